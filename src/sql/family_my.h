/* SPDX-License-Identifier: MIT */
/* What MariaDB and MySQL have in common: the rows of their tables that are the
 * same, and the pieces of those that are nearly so. */
#ifndef RYX_SQL_FAMILY_MY_H
#define RYX_SQL_FAMILY_MY_H

#include "sql/conflict.h"
#include "sql/dialect.h"
#include "sql/function.h"
#include "sql/json.h"
#include "sql/search.h"
#include "value/caps.h"
#include "value/too_many.h"

extern const ryx_lookup_sql ryx_lookups_my[RYX_LOOKUP_MAX];
extern const char *const ryx_functions_my[RYX_FN_MAX];

#define RYX_MY_LEX                                                            \
  (RYX_LEX_BACKSLASH | RYX_LEX_BACKTICK | RYX_LEX_HASH | RYX_LEX_EXECUTABLE | \
   RYX_LEX_DASH_SPACE | RYX_LEX_VARIABLE)

/* Harmless functions of both, but for those that one has alone. */
#define RYX_MY_HARMLESS                                                 \
  " adddate addtime benchmark bin bit_count bit_xor charset concat "    \
  "connection_id conv convert convert_tz crc32 curdate current_user "   \
  "curtime database date date_add date_format date_sub datediff day "   \
  "dayname dayofmonth dayofweek dayofyear elt field find_in_set force " \
  "format from_base64 from_days from_unixtime group_concat hex hour "   \
  "if ifnull ignore index inet6_aton inet6_ntoa inet_aton inet_ntoa "   \
  "instr isnull json_array json_array_append json_array_insert "        \
  "json_arrayagg json_contains json_contains_path json_depth "          \
  "json_extract json_insert json_keys json_length json_merge_patch "    \
  "json_merge_preserve json_object json_objectagg json_overlaps "       \
  "json_pretty json_quote json_remove json_replace json_search "        \
  "json_set json_table json_type json_unquote json_valid json_value "   \
  "key last_day lcase locate log2 make_set makedate maketime "          \
  "microsecond mid minute month monthname oct ord partition "           \
  "period_add period_diff quarter quote rand regexp regexp_instr "      \
  "regexp_replace regexp_substr sec_to_time second sha1 sha2 sleep "    \
  "space std str_to_date strcmp subdate substring_index subtime "       \
  "sysdate time time_format time_to_sec timediff timestamp "            \
  "timestampadd timestampdiff to_base64 to_days to_seconds truncate "   \
  "ucase unhex unix_timestamp user utc_date utc_time utc_timestamp "    \
  "uuid value version week weekday weekofyear weight_string year "      \
  "yearweek "

#define RYX_MY_ORDERS                                                   \
  {                                                                     \
    [0] = "%o", [RYX_ORDER_DESC] = "%o DESC", [RYX_ORDER_FIRST] = "%o", \
    [RYX_ORDER_FIRST | RYX_ORDER_DESC] = "%c IS NOT NULL, %o DESC",     \
    [RYX_ORDER_LAST] = "%c IS NULL, %o",                                \
    [RYX_ORDER_LAST | RYX_ORDER_DESC] = "%o DESC",                      \
  }

/* A list is a table of one column in the type of the left side, so that no
 * number is compared as text. */
#define RYX_MY_LIST(type)                                                      \
  "%c IN (SELECT v FROM JSON_TABLE(%l, '$[*]' COLUMNS (v " type " PATH '$')) " \
  "j)"
#define RYX_MY_LISTS                                                           \
  {                                                                            \
    [RYX_T_BOOL] = RYX_MY_LIST("TINYINT"),                                     \
    [RYX_T_INT] = RYX_MY_LIST("BIGINT"),                                       \
    [RYX_T_DOUBLE] = RYX_MY_LIST("DOUBLE"),                                    \
    [RYX_T_TEXT] = RYX_MY_LIST("LONGTEXT CHARACTER SET utf8mb4%b"),            \
    [RYX_T_BYTES] = "%c IN (SELECT UNHEX(v) FROM JSON_TABLE(%l, '$[*]' "       \
                    "COLUMNS (v LONGTEXT PATH '$')) j)",                       \
    [RYX_T_DECIMAL] = RYX_MY_LIST("DECIMAL(65,30)"),                           \
    [RYX_T_DATE] = RYX_MY_LIST("DATE"), [RYX_T_TIME] = RYX_MY_LIST("TIME(6)"), \
    [RYX_T_DATETIME] = RYX_MY_LIST("DATETIME(6)"),                             \
    [RYX_T_DATETIMETZ] = RYX_MY_LIST("DATETIME(6)"),                           \
    [RYX_T_DURATION] = RYX_MY_LIST("BIGINT"),                                  \
    [RYX_T_UUID] =                                                             \
        RYX_MY_LIST("CHAR(36) CHARACTER SET ascii COLLATE ascii_bin"),         \
  }

/* Longer texts are no keys of the tables that the servers look things up in, so
 * those are found by their hash. What is cut at one letter more than the left
 * side has is none of its texts. */
#define RYX_MY_LETTERS 512
#define RYX_MY_BOUNDED                                                 \
  "%c IN (SELECT v FROM JSON_TABLE(%l, '$[*]' COLUMNS (v VARCHAR(%n) " \
  "CHARACTER SET utf8mb4%b PATH '$')) j WHERE CHAR_LENGTH(v) < %n)"
#define RYX_MY_HASHED(c, v)                                           \
  "SHA2(" c ", 256) IN (SELECT SHA2(" v ", 256) FROM JSON_TABLE(%l, " \
  "'$[*]' COLUMNS (v LONGTEXT CHARACTER SET utf8mb4 PATH '$')) j)"

/* Only a scalar is looked for among the items of an array; `type` is
 * JSON_TYPE, which ends behind its parenthesis with `tail`. */
#define RYX_MY_CONTAINS(all, some, tail)                               \
  "(JSON_CONTAINS(" all ", " some ") = 1 AND (JSON_TYPE(" all ")" tail \
  " = JSON_TYPE(" some ")" tail " OR JSON_TYPE(" some ")" tail         \
  " NOT IN ('OBJECT', 'ARRAY')))"

/* Of the type of a document; `is_false` asks a boolean. */
#define RYX_MY_JSON_RANK(collate, is_false)                                 \
  "CASE JSON_TYPE(%1)" collate                                              \
  " WHEN 'NULL' THEN 1 WHEN 'BOOLEAN' THEN CASE WHEN " is_false             \
  " THEN 2 ELSE 3 END WHEN 'INTEGER' THEN 4 WHEN 'UNSIGNED INTEGER' THEN 4" \
  " WHEN 'DOUBLE' THEN 4 WHEN 'DECIMAL' THEN 4 WHEN 'STRING' THEN 5"        \
  " WHEN 'ARRAY' THEN 6 WHEN 'OBJECT' THEN 7 END"

/* Item n of an array by its type; `item` gives the text of a scalar, `yes` that
 * of true. */
#define RYX_MY_ITEMS(item, yes)                                     \
  [RYX_FN_ARRAY_ITEM_INT] = "CAST(" item " AS SIGNED)",             \
  [RYX_FN_ARRAY_ITEM_DOUBLE] = "CAST(" item " AS DOUBLE)",          \
  [RYX_FN_ARRAY_ITEM_TEXT] = item "%b",                             \
  [RYX_FN_ARRAY_ITEM_DECIMAL] = "CAST(" item " AS DECIMAL(65,30))", \
  [RYX_FN_ARRAY_ITEM_BOOL] = "(" item "%b = " yes ")",              \
  [RYX_FN_ARRAY_ITEM_DATE] = "CAST(" item " AS DATE)",              \
  [RYX_FN_ARRAY_ITEM_TIME] = "CAST(" item " AS TIME(6))",           \
  [RYX_FN_ARRAY_ITEM_DATETIME] = "CAST(" item " AS DATETIME(6))",   \
  [RYX_FN_ARRAY_ITEM_DATETIMETZ] = "CAST(" item " AS DATETIME(6))", \
  [RYX_FN_ARRAY_ITEM_UUID] = item "%b",                             \
  [RYX_FN_ARRAY_ITEM_DURATION] =                                    \
      "(TIME_TO_SEC(CAST(" item " AS TIME(6))) * 1000000)"

/* Percentiles are picked out of a text that lists the values in order; the rest
 * is between the two where the share falls. Too many for one text: an error
 * (value/too_many.h). */
#define RYX_MY_TOO_MANY(n) RYX_TOO_MANY " + 2 * " n " > 0"
#define RYX_MY_NTH(list, n, type)                                             \
  "CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(" list ", ',', " n " + 1), ',', -1) " \
  "AS " type ")"
#define RYX_MY_LOW(list, at, type) RYX_MY_NTH(list, "FLOOR(" at ")", type)
#define RYX_MY_RISE(list, at, type)                                     \
  "(" RYX_MY_NTH(list, "CEIL(" at ")", type) " - " RYX_MY_LOW(list, at, \
                                                              type) ")"
#define RYX_MY_REST(at) "(" at " - FLOOR(" at "))"
#define RYX_MY_BETWEEN(list, at, type) \
  RYX_MY_LOW(list, at, type)           \
  " + " RYX_MY_REST(at) " * " RYX_MY_RISE(list, at, type)
#define RYX_MY_AT(n, type) "(CAST(%2 AS " type ") * (" n " - 1))"
#define RYX_MY_DOUBLE(list, n) \
  RYX_MY_BETWEEN(list, RYX_MY_AT(n, "DOUBLE"), "DOUBLE")
#define RYX_MY_EXACT(list, n, places)                           \
  "ROUND(" RYX_MY_BETWEEN(list, RYX_MY_AT(n, "DECIMAL(16,15)"), \
                          "DECIMAL(65," places ")") ", " places ")"
/* whole(value) is what stands around a value that is made of list and n. */
#define RYX_MY_PERCENTILES(whole, list, n)                          \
  [RYX_FN_PERCENTILE] = whole(RYX_MY_DOUBLE(list, n)),              \
  [RYX_FN_PERCENTILE_DECIMAL] = whole(RYX_MY_EXACT(list, n, "%3")), \
  [RYX_FN_PERCENTILE_DURATION] =                                    \
      whole("CAST(" RYX_MY_EXACT(list, n, "0") " AS SIGNED)")
/* of(item, type): what is listed, and what an item of the list is read as. */
#define RYX_MY_MODES(of)                                                     \
  [RYX_FN_MODE] = of("%1", "BIGINT"),                                        \
  [RYX_FN_MODE_BOOL] = of("CAST(%1 AS SIGNED)", "BIGINT"),                   \
  [RYX_FN_MODE_DOUBLE] = of("%1", "DOUBLE"),                                 \
  [RYX_FN_MODE_DECIMAL] = of("CAST(%1 AS CHAR)", "DECIMAL(65,%2)"),          \
  [RYX_FN_MODE_TEXT] = of("%1", "LONGTEXT CHARACTER SET utf8mb4%b"),         \
  [RYX_FN_MODE_UUID] = of("CAST(%1 AS CHAR)",                                \
                          "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin"), \
  [RYX_FN_MODE_DATE] = of("%1", "DATE"),                                     \
  [RYX_FN_MODE_TIME] = of("%1", "TIME(6)"),                                  \
  [RYX_FN_MODE_DATETIME] = of("%1", "DATETIME(6)")

#define RYX_MY_INDEX_HINTS                                            \
  {                                                                   \
    [RYX_HINT_USE] = {" USE INDEX (", ")"},                           \
    [RYX_HINT_FORCE] = {" FORCE INDEX (", ")"}, [RYX_HINT_IGNORE] = { \
      " IGNORE INDEX (",                                              \
      ")"                                                             \
    }                                                                 \
  }
/* collate: behind JSON_TYPE(...). */
#define RYX_MY_JSON_OF(collate, type, empty)                    \
  "CASE COALESCE(JSON_TYPE(%1)" collate ", 'NULL') WHEN '" type \
  "' THEN %1 WHEN 'NULL' THEN " empty " END"
#define RYX_MY_JSON_IF(collate, type) \
  "CASE JSON_TYPE(%1)" collate " WHEN '" type "' THEN %1 END"
#define RYX_MY_JSON_CHANGES(collate)                                          \
  [RYX_FN_JSON_OBJECT_OF] =                                                   \
      RYX_MY_JSON_OF(collate, "OBJECT", "JSON_OBJECT()"),                     \
  [RYX_FN_JSON_ARRAY_OF] = RYX_MY_JSON_OF(collate, "ARRAY", "JSON_ARRAY()"),  \
  [RYX_FN_JSON_IF_OBJECT] = RYX_MY_JSON_IF(collate, "OBJECT"),                \
  [RYX_FN_JSON_IF_ARRAY] = RYX_MY_JSON_IF(collate, "ARRAY"),                  \
  [RYX_FN_JSON_SET_KEY] = "JSON_SET(%*)",                                     \
  [RYX_FN_JSON_SET_ITEM] = "JSON_SET(%1, CONCAT('$[', %2, ']'), %3)",         \
  [RYX_FN_JSON_REPLACE_KEY] = "JSON_REPLACE(%*)",                             \
  [RYX_FN_JSON_REPLACE_ITEM] = "JSON_REPLACE(%1, CONCAT('$[', %2, ']'), %3)", \
  [RYX_FN_JSON_REMOVE_KEY] = "JSON_REMOVE(%*)",                               \
  [RYX_FN_JSON_REMOVE_ITEM] = "JSON_REMOVE(%1, CONCAT('$[', %2, ']'))"

/* The part of a document, by what it is asked for as: what its JSON_TYPE must
 * be, and what stands around function(document, path). */
typedef struct ryx_json_my_part {
  const char *types, *before, *fn, *after;
} ryx_json_my_part;

/* type_end: behind JSON_TYPE(...). A text ends with the dialect's collation. */
typedef struct ryx_json_my {
  const char *type_end;
  ryx_json_my_part part[RYX_JSON_AS_MAX];
} ryx_json_my;

/* Both find words alike; where neither can is in their tables. */
void ryx_search_my_put(ryx_sql *q, const ryx_node *n);

void ryx_json_my_put(ryx_sql *q, const ryx_node *n, const ryx_json_my *how);

#endif
