/* SPDX-License-Identifier: MIT */
/* MySQL 8.0.31 and newer. What its JSON functions give as text has a collation
 * as weak as a literal's, so theirs is written out wherever it is compared. */
#include "sql/family_my.h"

/* LOWER folds by itself, but cuts a text with one of the two letters whose
 * small form takes more bytes. With their character set these texts are those
 * of an index, where the server keeps it. */
static const ryx_fold folds[] = {
    {0,
     ", _utf8mb4'\u023A', _utf8mb4'\u2C65'), _utf8mb4'\u023E', "
     "_utf8mb4'\u2C66')",
     " COLLATE utf8mb4_0900_bin", "REPLACE(REPLACE("},
};

#define SAME_JSON "CAST(%c AS JSON) = CAST(%v AS JSON)"
#define ITEM      "JSON_EXTRACT(%c, CONCAT('$[', o - 1, ']'))"

const ryx_dialect ryx_dialect_mysql = {
    .name = "mysql",
    .driver = "mysql",
    .server = RYX_SERVER_MYSQL,
    .caps = RYX_SERVER_RIGHT_JOIN | RYX_SERVER_LATERAL | RYX_SERVER_ROWS_AROUND,
    .quote = '`',
    .placeholder = '?',
    .lex = RYX_MY_LEX,
    .harmless = RYX_MY_HARMLESS
    "bin_to_uuid grouping is_uuid json_schema_valid "
    "json_storage_size regexp_like uuid_to_bin ",
    .boolean = {"FALSE", "TRUE"},
    /* A sub-query that is empty for certain loses its own name for the table
     * and becomes one that reads what is written (1093). */
    .unknown = {"RAND() < 0", "RAND() >= 0"},
    .empty_row = " () VALUES ()",
    .offset_alone = " LIMIT 18446744073709551615",
    .assigns_in_turn = true,
    .picked_text = {"CAST(", " AS CHAR)"},
    /* IS NULL would be read as a comparison with a zero date, which a derived
     * table refuses as an incorrect value. */
    .null_moment = "%c <=> NULL",
    .moment_there = "NOT (%c <=> NULL)",
    .order = RYX_MY_ORDERS,
    .folds = folds,
    .lookup =
        {
            /* Alone an empty pattern is an error. */
            [RYX_LOOKUP_REGEX] = {"REGEXP_LIKE(%c, CONCAT('(?s)', %v), 'c')",
                                  NULL},
            [RYX_LOOKUP_IREGEX] = {"REGEXP_LIKE(%c, CONCAT('(?s)', %v), 'i')",
                                   NULL},
            [RYX_LOOKUP_JSON_EXACT] = {SAME_JSON, NULL},
            [RYX_LOOKUP_JSON_NULL] = {"JSON_TYPE(%c)%b = 'NULL'", NULL},
            [RYX_LOOKUP_JSON_CONTAINS] = {RYX_MY_CONTAINS("%c", "%v", "%b"),
                                          NULL},
            [RYX_LOOKUP_JSON_CONTAINED_BY] = {RYX_MY_CONTAINS("%v", "%c", "%b"),
                                              NULL},
            [RYX_LOOKUP_ARRAY_OVERLAP] =
                {"JSON_OVERLAPS(%c, %v) = 1",
                 "EXISTS (SELECT 1 FROM JSON_TABLE(%c, '$[*]' COLUMNS (o FOR "
                 "ORDINALITY)) j WHERE JSON_TYPE(" ITEM ")%b <> 'NULL' AND "
                 "JSON_CONTAINS(%v, " ITEM ") = 1)"},
        },
    .family_lookup = ryx_lookups_my,
    .list = RYX_MY_LISTS,
    .many =
        {
            [RYX_T_TEXT] = RYX_MY_HASHED("CONVERT(%c USING utf8mb4)", "v"),
        },
    .equal_or_null = "%c <=> %v",
    .many_from = {RYX_PLACE_OR, RYX_PLACE_OR},
    .bounded = RYX_MY_BOUNDED,
    .letters_max = RYX_MY_LETTERS,
    .stale_star = true,
    .batch = RYX_BATCH_REBIND,
    .conflict = ryx_sql_on_duplicate,
    .new_row = {"`ryx_new`.", ""},
    .new_alias = " AS `ryx_new`",
    .keys_follow = true,
    .combine = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ",
                " INTERSECT ALL ", " EXCEPT ALL "},
    .hint = RYX_MY_INDEX_HINTS,
    .explain = {[RYX_EXPLAIN_PLAN] = "EXPLAIN FORMAT=TREE ",
                [RYX_EXPLAIN_ANALYZE] = "EXPLAIN ANALYZE FORMAT=TREE "},
    .lock = {" FOR UPDATE", " FOR SHARE", " NOWAIT", " SKIP LOCKED", true},
    .beside_frame = " JOIN (SELECT 1 AS ryx_1 UNION SELECT 1) ryx_one",
    .exists_hint = "/*+ NO_SEMIJOIN() */ ",
    .zones_from = "mysql_tzinfo_to_sql",
    .functions = ryx_functions_mysql,
    .family_functions = ryx_functions_my,
    .json = ryx_json_mysql,
    .search = ryx_search_mysql,
    .no_search_list = "in percentiles and Mode: search in a Subquery",
};
