/* SPDX-License-Identifier: MIT */
/* SQLite 3.35 and newer, with the functions that the driver registers. */
#include "sql/conflict.h"
#include "sql/dialect.h"
#include "sql/function.h"
#include "sql/json.h"
#include "sql/search.h"
#include "sql/tree.h"
#include "value/caps.h"

static const ryx_fold folds[] = {{0, "", "", ""}};

#define LIST        "%c IN (SELECT value FROM json_each(%l))"
#define LOW(x)      "ryx_lower(" x ")"
#define LIKE_LOW(x) LOW("%c") " LIKE " LOW(x) " ESCAPE '!'"
/* substr counts from 1; a start beyond the end gives ''. */
#define TAIL(c, v)                                \
  "(length(" c ") >= length(" v ") AND substr(" c \
  ", "                                            \
  "length(" c ") - length(" v ") + 1) = " v ")"

const ryx_dialect ryx_dialect_lite = {
    .name = "sqlite",
    .driver = "sqlite",
    .caps = RYX_SERVER_RETURNING | RYX_SERVER_UPDATE_RETURNING |
            RYX_SERVER_DELETE_RETURNING | RYX_SERVER_CONFLICT_TARGET |
            RYX_SERVER_ZONES | RYX_SERVER_ROWS_AROUND,
    .quote = '"',
    .placeholder = '?',
    .lex = RYX_LEX_BACKTICK | RYX_LEX_BRACKET,
    .harmless =
        " char date datetime format glob group_concat hex ifnull iif instr "
        "json json_array json_array_length json_each json_error_position "
        "json_extract json_group_array json_group_object json_insert "
        "json_object json_patch json_pretty json_quote json_remove "
        "json_replace json_set json_tree json_type json_valid julianday "
        "likelihood likely log2 match octet_length printf quote random "
        "randomblob regexp sqlite_version strftime string_agg time timediff "
        "total trunc typeof unhex unicode unixepoch unlikely zeroblob ",
    .boolean = {"0", "1"},
    .empty_row = " DEFAULT VALUES",
    .offset_alone = " LIMIT -1",
    .update_aside = " FROM (SELECT 1)",
    /* Stored as text with a fixed number of digits. */
    .ordered = {[RYX_T_DECIMAL] = " COLLATE decimal"},
    .text_order = " COLLATE binary",
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
            [RYX_LOOKUP_CONTAINS] = {"instr(%c, %v) > 0", NULL},
            [RYX_LOOKUP_ICONTAINS] = {LIKE_LOW("%k"),
                                      "instr(" LOW("%c") ", " LOW(
                                          "%v") ") > 0"},
            [RYX_LOOKUP_STARTSWITH] = {NULL, "instr(%c, %v) = 1"},
            [RYX_LOOKUP_ISTARTSWITH] = {LIKE_LOW("%s"),
                                        "instr(" LOW("%c") ", " LOW(
                                            "%v") ") = 1"},
            [RYX_LOOKUP_ENDSWITH] = {"%c GLOB %g", TAIL("%c", "%v")},
            [RYX_LOOKUP_IENDSWITH] = {LIKE_LOW("%e"),
                                      TAIL(LOW("%c"), LOW("%v"))},
            [RYX_LOOKUP_REGEX] = {"%c REGEXP %v", NULL},
            [RYX_LOOKUP_IREGEX] = {"ryx_iregexp(%v, %c)", NULL},
            [RYX_LOOKUP_TRIGRAM_SIMILAR] = {"ryx_similarity(%c, %v) >= 0.3",
                                            NULL},
            [RYX_LOOKUP_JSON_EXACT] = {"ryx_json_norm(%c) = ryx_json_norm(%v)",
                                       NULL},
            [RYX_LOOKUP_JSON_NULL] = {"%c = 'null'", NULL},
            [RYX_LOOKUP_JSON_CONTAINS] = {"ryx_json_contains(%c, %v)", NULL},
            [RYX_LOOKUP_JSON_CONTAINED_BY] = {"ryx_json_contains(%v, %c)",
                                              NULL},
            [RYX_LOOKUP_HAS_KEY] = {"ryx_json_get(%c, %v) IS NOT NULL", NULL},
            [RYX_LOOKUP_HAS_ANY] =
                {"EXISTS (SELECT 1 FROM json_each(%V) ryx_k WHERE "
                 "ryx_json_get(%C, ryx_k.value) IS NOT NULL)",
                 NULL},
            [RYX_LOOKUP_HAS_ALL] =
                {"(json_type(%c) = 'object' AND NOT EXISTS (SELECT 1 FROM "
                 "json_each(%V) ryx_k WHERE "
                 "ryx_json_get(%C, ryx_k.value) IS NULL))",
                 NULL},
            [RYX_LOOKUP_ARRAY_CONTAINS] = {"ryx_array_contains(%c, %v)", NULL},
            [RYX_LOOKUP_ARRAY_CONTAINED_BY] = {"ryx_array_contains(%v, %c)",
                                               NULL},
            [RYX_LOOKUP_ARRAY_OVERLAP] = {"ryx_array_overlap(%c, %v)", NULL},
        },
    .list =
        {
            [RYX_T_BOOL] = LIST,
            [RYX_T_INT] = LIST,
            /* JSON has no infinities: they are text in it. */
            [RYX_T_DOUBLE] =
                "%c IN (SELECT CASE value WHEN 'Infinity' THEN 9e999 WHEN "
                "'-Infinity' THEN -9e999 ELSE value END FROM json_each(%l))",
            [RYX_T_TEXT] = LIST,
            /* hex(NULL) is '', and 3.40 has no unhex. */
            [RYX_T_BYTES] = "(%c IS NOT NULL AND hex(%c) IN "
                            "(SELECT upper(value) FROM json_each(%l)))",
            [RYX_T_DECIMAL] = LIST,
            [RYX_T_DATE] = LIST,
            [RYX_T_TIME] = LIST,
            [RYX_T_DATETIME] = LIST,
            [RYX_T_DATETIMETZ] = LIST,
            [RYX_T_DURATION] = LIST,
            [RYX_T_UUID] = LIST,
        },
    .batch = RYX_BATCH_REBIND,
    .has_rowid = true,
    .constant_stays = 2,
    .conflict = ryx_sql_on_conflict,
    .new_row = {"excluded.", ""},
    .combine = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", NULL,
                NULL},
    .hint = {[RYX_HINT_FORCE] = {" INDEXED BY ", ""},
             [RYX_HINT_IGNORE] = {" NOT INDEXED", ""}},
    .explain = {[RYX_EXPLAIN_PLAN] = "EXPLAIN QUERY PLAN "},
    .lock = {"", "", "", NULL, false}, /* a transaction locks the database */
    .has_filter = true,
    .has_groups = true,
    .functions = ryx_functions_lite,
    .json = ryx_json_lite,
    .search = ryx_search_lite,
};
