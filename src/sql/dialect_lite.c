/* SPDX-License-Identifier: MIT */
/* SQLite 3.35 and newer, with the functions that the driver registers. */
#include "sql/dialect.h"
#include "sql/tree.h"
#include "value/caps.h"

static const ryx_fold folds[] = {{0, "", ""}};

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
    .caps = RYX_SERVER_RETURNING,
    .quote = '"',
    .placeholder = '?',
    .lex = RYX_LEX_BACKTICK | RYX_LEX_BRACKET,
    .boolean = {"0", "1"},
    .empty_row = " DEFAULT VALUES",
    .offset_alone = " LIMIT -1",
    /* Stored as text with a fixed number of digits. */
    .ordered = {[RYX_T_DECIMAL] = " COLLATE decimal"},
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
        },
    .list =
        {
            [RYX_T_BOOL] = LIST,
            [RYX_T_INT] = LIST,
            /* JSON has no infinities: they are text in it. */
            [RYX_T_DOUBLE] =
                "%c IN (SELECT CASE value WHEN 'Infinity' THEN 9e999 WHEN "
                "'-Infinity' THEN -9e999 ELSE value END FROM json_each(%l))",
            [RYX_T_TEXT] = "%c IN (SELECT value FROM json_each(%t))",
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
};
