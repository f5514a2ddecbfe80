/* SPDX-License-Identifier: MIT */
/* MariaDB 10.5 and newer. */
#include "sql/family_my.h"

static const ryx_fold folds[] = {
    {RYX_SERVER_UCA1400, " COLLATE utf8mb4_uca1400_nopad_as_ci",
     " COLLATE utf8mb4_nopad_bin", ""},
    {0, " COLLATE utf8mb4_unicode_520_nopad_ci", " COLLATE utf8mb4_nopad_bin",
     ""},
};

#define ITEM "JSON_EXTRACT(%c, CONCAT('$[', o - 1, ']'))"

/* Quotes that close a text have no dash behind them. */
static const ryx_dashes dashes = {
    .spelled = "\\\\u002d",
    .open = "REPLACE(",
    .hide = ", '\"-', '\"\\\\u002d')",
    .show = ", '\"\\\\u002d', '\"-')",
};

const ryx_dialect ryx_dialect_mariadb = {
    .name = "mariadb",
    .driver = "mysql",
    .caps = RYX_SERVER_RIGHT_JOIN,
    .quote = '`',
    .placeholder = '?',
    .lex = RYX_MY_LEX,
    .harmless =
        RYX_MY_HARMLESS "json_detailed json_exists json_query nvl nvl2 ",
    .boolean = {"FALSE", "TRUE"},
    .empty_row = " () VALUES ()",
    .offset_alone = " LIMIT 18446744073709551615",
    .old_column = {"COALESCE(", ")"},
    .writes_in_turn = true,
    .unmerged = " LIMIT 18446744073709551615",
    .order = RYX_MY_ORDERS,
    .folds = folds,
    .lookup =
        {
            [RYX_LOOKUP_REGEX] = {"%c REGEXP %v", NULL},
            [RYX_LOOKUP_IREGEX] = {"%c%f REGEXP %v", NULL},
            [RYX_LOOKUP_JSON_EXACT] = {"JSON_EQUALS(%c, %v) = 1", NULL},
            [RYX_LOOKUP_JSON_NULL] = {"JSON_TYPE(%c) = 'NULL'", NULL},
            [RYX_LOOKUP_JSON_CONTAINS] = {RYX_MY_CONTAINS("%c", "%v", ""),
                                          NULL},
            [RYX_LOOKUP_JSON_CONTAINED_BY] = {RYX_MY_CONTAINS("%v", "%c", ""),
                                              NULL},
            [RYX_LOOKUP_ARRAY_OVERLAP] =
                {"JSON_OVERLAPS(%c, %v) = 1",
                 "EXISTS (SELECT 1 FROM JSON_TABLE(%c, '$[*]' COLUMNS (o FOR "
                 "ORDINALITY)) j WHERE " ITEM " <> 'null' AND "
                 "JSON_CONTAINS(%v, " ITEM ") = 1)"},
        },
    .family_lookup = ryx_lookups_my,
    .list = RYX_MY_LISTS,
    .many =
        {
            [RYX_T_TEXT] = RYX_MY_HASHED("CONVERT(%c USING utf8mb4)", "v"),
            [RYX_T_BYTES] = RYX_MY_HASHED("%c", "UNHEX(v)"),
        },
    .many_from = {RYX_PLACE_AND, RYX_PLACE_OR},
    .bounded = RYX_MY_BOUNDED,
    .letters_max = RYX_MY_LETTERS,
    .list_cap = RYX_SERVER_JSON_TABLE,
    .list_need = "JSON_TABLE (MariaDB 10.6)",
    .stale_star = true,
    .names_deleted = true,
    .batch = RYX_BATCH_REBIND,
    .conflict = ryx_sql_on_duplicate,
    .new_row = {"VALUES(", ")"},
    .combine = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ",
                " INTERSECT ALL ", " EXCEPT ALL "},
    .hint = RYX_MY_INDEX_HINTS,
    .explain =
        {[RYX_EXPLAIN_PLAN] = "EXPLAIN ", [RYX_EXPLAIN_ANALYZE] = "ANALYZE "},
    .lock = {" FOR UPDATE", " LOCK IN SHARE MODE", " NOWAIT", " SKIP LOCKED",
             false},
    .mode_ungrouped = true,
    .constant_stays = 1,
    .zones_from = "mariadb-tzinfo-to-sql",
    .functions = ryx_functions_mariadb,
    .family_functions = ryx_functions_my,
    .json = ryx_json_mariadb,
    .dashes = &dashes,
    .search = ryx_search_mariadb,
    .no_search_set = "in an assignment: filter the rows by the search instead",
};
