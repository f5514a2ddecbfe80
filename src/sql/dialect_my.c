/* SPDX-License-Identifier: MIT */
/* MariaDB 10.5 and newer, MySQL 8. */
#include "sql/conflict.h"
#include "sql/dialect.h"
#include "sql/function.h"
#include "sql/json.h"
#include "sql/tree.h"
#include "value/caps.h"

static const ryx_fold folds[] = {
    {RYX_SERVER_MYSQL8, " COLLATE utf8mb4_0900_as_ci",
     " COLLATE utf8mb4_0900_bin"},
    {RYX_SERVER_UCA1400, " COLLATE utf8mb4_uca1400_nopad_as_ci",
     " COLLATE utf8mb4_nopad_bin"},
    {0, " COLLATE utf8mb4_unicode_520_nopad_ci", " COLLATE utf8mb4_nopad_bin"},
};

/* A list is a table of one column in the type of the left side, so that no
 * number is compared as text. */
#define LIST(type)                                              \
  "%c IN (SELECT v FROM JSON_TABLE(%l, '$[*]' COLUMNS (v " type \
  " PATH '$')) "                                                \
  "j)"
#define LOW(x)      "LOWER(" x "%f)%b"
#define LIKE_LOW(x) LOW("%c") " LIKE " LOW(x) " ESCAPE '!'"

/* Only a scalar is looked for among the items of an array. */
#define CONTAINS(all, some)                                   \
  "(JSON_CONTAINS(" all ", " some ") = 1 AND (JSON_TYPE(" all \
  ") = JSON_TYPE(" some ") OR JSON_TYPE(" some                \
  ") NOT IN ('OBJECT', 'ARRAY')))"
/* What is no object has no keys. */
#define KEYS(fn, v) "IFNULL(" fn "(JSON_KEYS(%c), " v "), 0) = 1"
#define ITEM        "JSON_EXTRACT(%c, CONCAT('$[', o - 1, ']'))"
/* No NULL is equal to another. */
#define ITEMS(all, some)                                          \
  "(JSON_CONTAINS(" all ", " some ") = 1 AND JSON_CONTAINS(" some \
  ", 'null') = 0)"

const ryx_dialect ryx_dialect_my = {
    .name = "mysql",
    .caps = RYX_SERVER_RIGHT_JOIN,
    .quote = '`',
    .placeholder = '?',
    .lex = RYX_LEX_BACKSLASH | RYX_LEX_BACKTICK | RYX_LEX_HASH |
           RYX_LEX_EXECUTABLE | RYX_LEX_DASH_SPACE | RYX_LEX_VARIABLE,
    .harmless =
        " adddate addtime benchmark bin bit_count bit_xor charset concat "
        "connection_id "
        "conv convert convert_tz crc32 curdate current_user curtime "
        "database date date_add date_format date_sub datediff day dayname "
        "dayofmonth dayofweek dayofyear elt field find_in_set force format "
        "from_base64 from_days from_unixtime group_concat hex hour if "
        "ifnull ignore index inet6_aton inet6_ntoa inet_aton inet_ntoa "
        "instr isnull json_array json_array_append json_array_insert "
        "json_arrayagg json_contains json_contains_path json_depth "
        "json_detailed json_exists json_extract json_insert json_keys "
        "json_length json_merge_patch json_merge_preserve json_object "
        "json_objectagg json_overlaps json_pretty json_query json_quote "
        "json_remove json_replace json_search json_set json_table json_type "
        "json_unquote json_valid json_value key last_day lcase locate log2 "
        "make_set makedate maketime microsecond mid minute month monthname "
        "nvl nvl2 oct ord partition period_add period_diff quarter quote "
        "rand regexp regexp_instr regexp_replace regexp_substr sec_to_time "
        "second sha1 sha2 sleep space std str_to_date strcmp subdate "
        "substring_index subtime sysdate time time_format time_to_sec "
        "timediff timestamp timestampadd timestampdiff to_base64 to_days "
        "to_seconds truncate ucase unhex unix_timestamp user utc_date "
        "utc_time utc_timestamp uuid value version week weekday weekofyear "
        "weight_string year yearweek ",
    .boolean = {"FALSE", "TRUE"},
    .empty_row = " () VALUES ()",
    .offset_alone = " LIMIT 18446744073709551615",
    .order =
        {
            [0] = "%o",
            [RYX_ORDER_DESC] = "%o DESC",
            [RYX_ORDER_FIRST] = "%o",
            [RYX_ORDER_FIRST | RYX_ORDER_DESC] = "%c IS NOT NULL, %o DESC",
            [RYX_ORDER_LAST] = "%c IS NULL, %o",
            [RYX_ORDER_LAST | RYX_ORDER_DESC] = "%o DESC",
        },
    .folds = folds,
    .lookup =
        {
            [RYX_LOOKUP_IEXACT] = {LOW("%c") " = " LOW("%v"), NULL},
            [RYX_LOOKUP_CONTAINS] = {"%c LIKE %k ESCAPE '!'",
                                     "LOCATE(%v, %c) > 0"},
            [RYX_LOOKUP_ICONTAINS] = {LIKE_LOW("%k"),
                                      "LOCATE(" LOW("%v") ", " LOW(
                                          "%c") ") > 0"},
            [RYX_LOOKUP_STARTSWITH] = {NULL, "LOCATE(%v, %c) = 1"},
            [RYX_LOOKUP_ISTARTSWITH] = {LIKE_LOW("%s"),
                                        "LOCATE(" LOW("%v") ", " LOW(
                                            "%c") ") = 1"},
            [RYX_LOOKUP_ENDSWITH] = {"%c LIKE %e ESCAPE '!'",
                                     "RIGHT(%c, CHAR_LENGTH(%v)) = %v"},
            [RYX_LOOKUP_IENDSWITH] =
                {LIKE_LOW("%e"),
                 LOW("RIGHT(%c, CHAR_LENGTH(%v))") " = " LOW("%v")},
            [RYX_LOOKUP_REGEX] = {"%c REGEXP %v", NULL},
            [RYX_LOOKUP_IREGEX] = {"%c%f REGEXP %v", NULL},
            [RYX_LOOKUP_JSON_EXACT] = {"JSON_EQUALS(%c, %v) = 1", NULL},
            [RYX_LOOKUP_JSON_NULL] = {"JSON_TYPE(%c) = 'NULL'", NULL},
            [RYX_LOOKUP_JSON_CONTAINS] = {CONTAINS("%c", "%v"), NULL},
            [RYX_LOOKUP_JSON_CONTAINED_BY] = {CONTAINS("%v", "%c"), NULL},
            [RYX_LOOKUP_HAS_KEY] = {KEYS("JSON_CONTAINS", "JSON_QUOTE(%v)"),
                                    NULL},
            [RYX_LOOKUP_HAS_ANY] = {KEYS("JSON_OVERLAPS", "%v"), NULL},
            [RYX_LOOKUP_HAS_ALL] = {KEYS("JSON_CONTAINS", "%v"), NULL},
            [RYX_LOOKUP_ARRAY_CONTAINS] = {ITEMS("%c", "%v"), NULL},
            [RYX_LOOKUP_ARRAY_CONTAINED_BY] = {ITEMS("%v", "%c"), NULL},
            [RYX_LOOKUP_ARRAY_OVERLAP] =
                {"JSON_OVERLAPS(%c, %v) = 1",
                 "EXISTS (SELECT 1 FROM JSON_TABLE(%c, '$[*]' COLUMNS (o FOR "
                 "ORDINALITY)) j WHERE " ITEM " <> 'null' AND "
                 "JSON_CONTAINS(%v, " ITEM ") = 1)"},
        },
    .list =
        {
            [RYX_T_BOOL] = LIST("TINYINT"),
            [RYX_T_INT] = LIST("BIGINT"),
            [RYX_T_DOUBLE] = LIST("DOUBLE"),
            [RYX_T_TEXT] = LIST("LONGTEXT CHARACTER SET utf8mb4%b"),
            [RYX_T_BYTES] = "%c IN (SELECT UNHEX(v) FROM JSON_TABLE(%l, '$[*]' "
                            "COLUMNS (v LONGTEXT PATH '$')) j)",
            [RYX_T_DECIMAL] = LIST("DECIMAL(65,30)"),
            [RYX_T_DATE] = LIST("DATE"),
            [RYX_T_TIME] = LIST("TIME(6)"),
            [RYX_T_DATETIME] = LIST("DATETIME(6)"),
            [RYX_T_DATETIMETZ] = LIST("DATETIME(6)"),
            [RYX_T_DURATION] = LIST("BIGINT"),
            [RYX_T_UUID] =
                LIST("CHAR(36) CHARACTER SET ascii COLLATE ascii_bin"),
        },
    .list_cap = RYX_SERVER_JSON_TABLE,
    .list_need = "JSON_TABLE (MariaDB 10.6, MySQL 8.0)",
    .stale_star = true,
    .batch = RYX_BATCH_REBIND,
    .conflict = ryx_sql_on_duplicate,
    .new_row = {"VALUES(", ")"},
    .combine = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ",
                " INTERSECT ALL ", " EXCEPT ALL "},
    .explain =
        {[RYX_EXPLAIN_PLAN] = "EXPLAIN ", [RYX_EXPLAIN_ANALYZE] = "ANALYZE "},
    .lock = {" FOR UPDATE", " LOCK IN SHARE MODE", " NOWAIT", " SKIP LOCKED",
             false},
    .zones_from = "mariadb-tzinfo-to-sql",
    .functions = ryx_functions_my,
    .json = ryx_json_my,
};
