/* SPDX-License-Identifier: MIT */
/* MariaDB's functions, where they are not MySQL's as well. */
#include "sql/family_my.h"

/* A default that may be NULL, or of another width: LAG itself has none. The
 * constant is NULL only where no row is. */
#define OR_DEFAULT(fn) \
  "CASE WHEN " fn "(1, %2)%o IS NULL THEN %3 ELSE " fn "(%1, %2)%o END"
#define JSON_BOOL "CASE WHEN %1 THEN 'true' WHEN NOT (%1) THEN 'false' END"

#define ITEM "JSON_VALUE(%1, CONCAT('$[', %2, ']'))"

/* In place: what is an aggregate of a grouped query inside a sub-query of it
 * ends the server now and then. */
#define WHOLE(value)                                                      \
  "CASE WHEN SUM(CHAR_LENGTH(%1) + 1) <= LEAST(@@group_concat_max_len, "  \
  "@@max_allowed_packet) OR " RYX_MY_TOO_MANY("COUNT(%1)") " THEN " value \
                                                           " END"
/* Of a query that is not grouped. A list that is cut to what the server allows
 * makes the array around it NULL: then ryx_n is 1. */
#define MODE(item, type) \
  "(SELECT CASE WHEN ryx_n = 0 OR " RYX_MY_TOO_MANY("ryx_n") " THEN ryx_v " \
  "END FROM JSON_TABLE(COALESCE(JSON_ARRAY(0, JSON_ARRAYAGG(" item ")), "      \
  "'[1]'), '$' COLUMNS (ryx_n BIGINT PATH '$[0]', NESTED PATH '$[1][*]' "  \
  "COLUMNS (ryx_v " type " PATH '$' ERROR ON ERROR))) ryx_values GROUP BY " \
  "ryx_n, ryx_v ORDER BY COUNT(ryx_v) DESC, ryx_v LIMIT 1)"

const char *const ryx_functions_mariadb[RYX_FN_MAX] = {
    [RYX_FN_DIV_DECIMAL] =
        "ROUND(CAST(%1 AS DECIMAL(65, %3)) / NULLIF(%2, 0), %3)",
    [RYX_FN_UPPER] = "UPPER(%1%f)%b",
    /* SIGNED alone is as narrow as its argument. */
    [RYX_FN_WIDEN_INT] = "CAST(CAST(%1 AS DECIMAL(20)) AS SIGNED)",
    [RYX_FN_CAST_JSON] = "CAST(%1 AS CHAR)",
    [RYX_FN_CAST_JSON_DOUBLE] = "CAST(%1 AS CHAR)",
    [RYX_FN_CAST_JSON_DECIMAL] = "CAST(%1 AS CHAR)",
    [RYX_FN_CAST_JSON_TEXT] = "JSON_QUOTE(%1)",
    [RYX_FN_JSON_ITEM] = "JSON_EXTRACT(%1, '$')",
    /* A key that begins with a dash is found by another spelling alone. */
    [RYX_FN_JSON_KEY] =
        "CONCAT('$.', REPLACE(JSON_QUOTE(%1) "
        "COLLATE utf8mb4_nopad_bin, '\"-', '\"\\\\u002d'))",
    [RYX_FN_JSON_PART] = "JSON_EXTRACT(%1, '$')",
    RYX_MY_JSON_CHANGES(""),
    [RYX_FN_JSON_RANK] = RYX_MY_JSON_RANK("", "JSON_VALUE(%1, '$') = '0'"),
    RYX_MY_ITEMS(ITEM, "'1'"),
    RYX_MY_PERCENTILES(WHOLE, "GROUP_CONCAT(%1 ORDER BY 1)", "COUNT(%1)"),
    RYX_MY_MODES(MODE),
    [RYX_FN_ARRAY_AGG] = "JSON_ARRAYAGG(%d%1%q)",
    [RYX_FN_ARRAY_AGG_DECIMAL] = "JSON_ARRAYAGG(%dCAST(%1 AS CHAR)%q)",
    [RYX_FN_ARRAY_AGG_BOOL] =
        "JSON_ARRAYAGG(%dJSON_EXTRACT(" JSON_BOOL ", '$')%q)",
    [RYX_FN_JSON_AGG] = "JSON_ARRAYAGG(%dJSON_EXTRACT(%1, '$')%q)",
    [RYX_FN_LAG_DEFAULT] = OR_DEFAULT("LAG"),
    [RYX_FN_LEAD_DEFAULT] = OR_DEFAULT("LEAD"),
    [RYX_FN_MARKED] = "IF((@ryx_mark := %2) IS NULL, NULL, %1)",
    [RYX_FN_IS_NEW] = "COALESCE(@ryx_mark <> %1, TRUE)",
};
