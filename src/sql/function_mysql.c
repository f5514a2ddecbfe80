/* SPDX-License-Identifier: MIT */
/* MySQL's functions, where they are not MariaDB's as well. JSON is a type of
 * its own, which NULL in a document is a value of. */
#include "sql/family_my.h"

#define BIN        " COLLATE utf8mb4_0900_bin"
#define AS_JSON(x) "CAST(" x " AS JSON)"
#define JSON_BOOL \
  AS_JSON("CASE WHEN %1 THEN 'true' WHEN NOT (%1) THEN 'false' END")
#define ITEM                                                      \
  "JSON_UNQUOTE(NULLIF(JSON_EXTRACT(%1, CONCAT('$[', %2, ']')), " \
  "CAST('null' AS JSON)))"
/* JSON_ARRAYAGG knows neither DISTINCT nor an order. */
#define AGG(x)                                            \
  "CONCAT('[', GROUP_CONCAT(%dJSON_EXTRACT(JSON_ARRAY(" x \
  "), '$[0]')%q "                                         \
  "SEPARATOR ',')%o, ']')"

/* An aggregate of a derived table is that of the query whose columns it names;
 * one that names none has but one value there, which all are. */
#define WHOLE(value)                                                         \
  "CASE WHEN COUNT(%1) > 0 THEN (SELECT CASE WHEN CHAR_LENGTH(ryx_list) < "  \
  "@@group_concat_max_len OR " RYX_MY_TOO_MANY(                              \
      "ryx_n") " THEN " value                                                \
               " END FROM (SELECT GROUP_CONCAT(%1 ORDER BY 1) AS ryx_list, " \
               "COUNT(%1) AS "                                               \
               "ryx_n) ryx_values) END"
#define MODE(item, type)                                                  \
  "CASE WHEN COUNT(%1) > 0 THEN (SELECT ryx_v FROM (SELECT "              \
  "JSON_ARRAYAGG(" item                                                   \
  ") AS ryx_list) ryx_values JOIN JSON_TABLE(ryx_list, '$[*]' "           \
  "COLUMNS (ryx_v " type                                                  \
  " PATH '$' ERROR ON ERROR)) ryx_items WHERE "                           \
  "ryx_v IS NOT NULL GROUP BY ryx_v ORDER BY COUNT(*) DESC, ryx_v LIMIT " \
  "1) END"

const char *const ryx_functions_mysql[RYX_FN_MAX] = {
    /* A quotient has four places more than the dividend and is rounded there:
     * near a half it must not be so twice. */
    [RYX_FN_DIV_DECIMAL] =
        "ROUND(CAST(%1 AS DECIMAL(65, 30)) / NULLIF(%2, 0), %3)",
    /* Else a parameter has 30 places, and so has what it is part of. */
    [RYX_FN_DECIMAL_OF] = "CAST(%1 AS DECIMAL(65, %2))",
    /* A capital may take more bytes than its letter, and UPPER ends there, save
     * where all take as many. */
    [RYX_FN_UPPER] =
        "CONVERT(UPPER(CONVERT(%1 USING utf32) COLLATE "
        "utf32_unicode_520_ci) USING utf8mb4)%b",
    [RYX_FN_CAST_JSON] = AS_JSON("%1"),
    [RYX_FN_CAST_JSON_DOUBLE] = AS_JSON("%1"),
    [RYX_FN_CAST_JSON_DECIMAL] = AS_JSON("%1"),
    [RYX_FN_CAST_JSON_BOOL] = JSON_BOOL,
    [RYX_FN_CAST_JSON_TEXT] = AS_JSON("JSON_QUOTE(%1)"),
    [RYX_FN_JSON_ITEM] = AS_JSON("%1"),
    [RYX_FN_JSON_KEY] = "CONCAT('$.', JSON_QUOTE(%1)" BIN ")",
    [RYX_FN_JSON_PART] = AS_JSON("%1"),
    RYX_MY_JSON_CHANGES(BIN),
    [RYX_FN_JSON_RANK] =
        RYX_MY_JSON_RANK(" COLLATE utf8mb4_0900_bin",
                         "JSON_EXTRACT(%1, '$') = " AS_JSON("'false'")),
    RYX_MY_ITEMS(ITEM, "'true'"),
    RYX_MY_PERCENTILES(WHOLE, "ryx_list", "ryx_n"),
    RYX_MY_MODES(MODE),
    [RYX_FN_ARRAY_AGG] = AGG("%1"),
    [RYX_FN_ARRAY_AGG_DECIMAL] = AGG("CAST(%1 AS CHAR)"),
    [RYX_FN_ARRAY_AGG_BOOL] = AGG(JSON_BOOL),
    [RYX_FN_JSON_AGG] = AGG(AS_JSON("%1")),
    [RYX_FN_LAG_DEFAULT] = "LAG(%1, %2, %3)",
    [RYX_FN_LEAD_DEFAULT] = "LEAD(%1, %2, %3)",
};
