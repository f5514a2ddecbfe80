/* SPDX-License-Identifier: MIT */
/* PostgreSQL 12 and newer. */
#include "sql/batch_pg.h"
#include "sql/conflict.h"
#include "sql/dialect.h"
#include "sql/function.h"
#include "sql/json.h"
#include "sql/search.h"
#include "sql/tree.h"
#include "value/caps.h"

/* One of them is chosen by the server's version and build, for the i-forms
 * only: text columns compare by code point. */
static const ryx_fold folds[] = {
    {RYX_SERVER_PG_C_UTF8, " COLLATE \"pg_c_utf8\"", "", ""},
    {RYX_SERVER_C_UTF8, " COLLATE \"C.utf8\"", "", ""},
    {RYX_SERVER_ICU, " COLLATE \"und-x-icu\"", "", ""},
    {0, "", "", ""},
};

#define ANY    "%c = ANY(%l)"
#define MANY   "%c IN (SELECT unnest(%l))"
#define LOW(x) "LOWER(" x "%f)"

const ryx_dialect ryx_dialect_pg = {
    .name = "postgres",
    .driver = "postgres",
    .caps = RYX_SERVER_RETURNING | RYX_SERVER_UPDATE_RETURNING |
            RYX_SERVER_DELETE_RETURNING | RYX_SERVER_RIGHT_JOIN |
            RYX_SERVER_FULL_JOIN | RYX_SERVER_CONFLICT_TARGET |
            RYX_SERVER_TELLS_INSERT | RYX_SERVER_ZONES | RYX_SERVER_LATERAL |
            RYX_SERVER_ROWS_AROUND | RYX_SERVER_SEQUENCES | RYX_SERVER_COPY,
    .quote = '"',
    .placeholder = '$',
    .lex = RYX_LEX_E_STRING | RYX_LEX_DOLLAR | RYX_LEX_NESTED,
    .harmless =
        " age any_value array_agg array_append array_cat array_length "
        "array_lower array_ndims array_position array_positions array_prepend "
        "array_remove array_replace array_to_json array_to_string array_upper "
        "bool_and bool_or btrim cardinality chr clock_timestamp corr "
        "covar_pop covar_samp current_schema current_schemas current_setting "
        "date_bin date_part date_trunc decode div encode every format "
        "gen_random_uuid generate_series generate_subscripts hashtextextended "
        "initcap isempty isfinite json_agg json_array_elements "
        "json_array_elements_text json_array_length json_build_array "
        "json_build_object json_each json_each_text json_extract_path "
        "json_extract_path_text json_object json_object_agg json_object_keys "
        "json_strip_nulls json_to_record json_to_recordset json_typeof "
        "jsonb_agg jsonb_array_elements jsonb_array_elements_text "
        "jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each "
        "jsonb_each_text jsonb_extract_path jsonb_extract_path_text "
        "jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys "
        "jsonb_path_exists jsonb_path_match jsonb_path_query "
        "jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set "
        "jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof "
        "justify_days justify_hours justify_interval lower_inf make_date "
        "make_interval make_time make_timestamp make_timestamptz mode "
        "num_nonnulls num_nulls overlay percentile_cont percentile_disc "
        "pg_backend_pid pg_get_serial_sequence pg_sequence_last_value "
        "pg_sleep pg_sleep_for pg_sleep_until pg_try_advisory_xact_lock "
        "pg_typeof phraseto_tsquery plainto_tsquery quote_ident quote_literal "
        "quote_nullable random regexp_match regexp_matches regexp_replace "
        "regexp_split_to_array regexp_split_to_table regr_slope row_to_json "
        "scale setval sha256 sha512 split_part starts_with "
        "statement_timestamp string_agg string_to_array strpos timeofday "
        "to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery "
        "to_tsvector transaction_timestamp translate trunc ts_headline "
        "ts_rank ts_rank_cd unnest upper_inf version websearch_to_tsquery "
        "width_bucket ",
    .boolean = {"FALSE", "TRUE"},
    .empty_row = " DEFAULT VALUES",
    .offset_alone = "",
    .order =
        {
            [0] = "%o NULLS FIRST",
            [RYX_ORDER_DESC] = "%o DESC NULLS LAST",
            [RYX_ORDER_FIRST] = "%o NULLS FIRST",
            [RYX_ORDER_FIRST | RYX_ORDER_DESC] = "%o DESC NULLS FIRST",
            [RYX_ORDER_LAST] = "%o NULLS LAST",
            [RYX_ORDER_LAST | RYX_ORDER_DESC] = "%o DESC NULLS LAST",
        },
    .folds = folds,
    .lookup =
        {
            [RYX_LOOKUP_IEXACT] = {LOW("%c") " = " LOW("%v"), NULL},
            [RYX_LOOKUP_CONTAINS] = {"%c LIKE %k ESCAPE '!'",
                                     "strpos(%c, %v) > 0"},
            [RYX_LOOKUP_ICONTAINS] =
                {LOW("%c") " LIKE " LOW("%k") " ESCAPE '!'",
                 "strpos(" LOW("%c") ", " LOW("%v") ") > 0"},
            [RYX_LOOKUP_STARTSWITH] = {NULL, "strpos(%c, %v) = 1"},
            [RYX_LOOKUP_ISTARTSWITH] =
                {LOW("%c") " LIKE " LOW("%s") " ESCAPE '!'",
                 "strpos(" LOW("%c") ", " LOW("%v") ") = 1"},
            [RYX_LOOKUP_ENDSWITH] = {"%c LIKE %e ESCAPE '!'",
                                     "right(%c, length(%v)) = %v"},
            [RYX_LOOKUP_IENDSWITH] =
                {LOW("%c") " LIKE " LOW("%e") " ESCAPE '!'",
                 LOW("right(%c, length(%v))") " = " LOW("%v")},
            /* . matches a newline, ^ and $ are the ends of the value. */
            [RYX_LOOKUP_REGEX] = {"%c%f ~ %x", "%c%f ~ %v"},
            [RYX_LOOKUP_IREGEX] = {"%c%f ~* %x", "%c%f ~* %v"},
            /* The operator has an index; first what is told when there is
             * no extension, and what no setting changes. */
            [RYX_LOOKUP_TRIGRAM_SIMILAR] =
                {"(similarity(%c, %v) >= 0.3 AND %c %% %v)", NULL},
            [RYX_LOOKUP_JSON_EXACT] = {"%c = %v", NULL},
            [RYX_LOOKUP_JSON_NULL] = {"%c = 'null'::jsonb", NULL},
            [RYX_LOOKUP_JSON_CONTAINS] = {"%c @> %v", NULL},
            [RYX_LOOKUP_JSON_CONTAINED_BY] = {"%c <@ %v", NULL},
            [RYX_LOOKUP_HAS_KEY] = {"(jsonb_typeof(%c) = 'object' AND %c ? %v)",
                                    NULL},
            [RYX_LOOKUP_HAS_ANY] =
                {"(jsonb_typeof(%c) = 'object' AND %c ?| %v)", NULL},
            [RYX_LOOKUP_HAS_ALL] =
                {"(jsonb_typeof(%c) = 'object' AND %c ?& %v)", NULL},
            [RYX_LOOKUP_ARRAY_CONTAINS] = {"%c @> %v", NULL},
            [RYX_LOOKUP_ARRAY_CONTAINED_BY] = {"%c <@ %v", NULL},
            [RYX_LOOKUP_ARRAY_OVERLAP] = {"%c && %v", NULL},
        },
    .list =
        {
            [RYX_T_BOOL] = ANY,
            [RYX_T_INT] = ANY,
            [RYX_T_DOUBLE] = ANY,
            [RYX_T_TEXT] = ANY,
            [RYX_T_BYTES] = ANY,
            [RYX_T_DECIMAL] = ANY,
            [RYX_T_DATE] = ANY,
            [RYX_T_TIME] = ANY,
            [RYX_T_DATETIME] = ANY,
            [RYX_T_DATETIMETZ] = ANY,
            [RYX_T_DURATION] = ANY,
            [RYX_T_UUID] = ANY,
        },
    /* A plan for any list goes through ANY's item by item, and so does one
     * whose items are int8 beside a column of int4. */
    .many =
        {
            [RYX_T_BOOL] = MANY,
            [RYX_T_INT] = MANY,
            [RYX_T_DOUBLE] = MANY,
            [RYX_T_TEXT] = MANY,
            [RYX_T_BYTES] = MANY,
            [RYX_T_DECIMAL] = MANY,
            [RYX_T_DATE] = MANY,
            [RYX_T_TIME] = MANY,
            [RYX_T_DATETIME] = MANY,
            [RYX_T_DATETIMETZ] = MANY,
            [RYX_T_DURATION] = MANY,
            [RYX_T_UUID] = MANY,
        },
    .many_from = {RYX_PLACE_AND, RYX_PLACE_NOT},
    .has_arrays = true,
    .joins_groups = true,
    .batch = RYX_BATCH_UNNEST,
    .batch_rows = ryx_batch_pg_rows,
    .batch_update = ryx_batch_pg_update,
    .batch_bind = ryx_batch_pg_bind,
    .list_literals = ryx_batch_pg_literals,
    .conflict = ryx_sql_on_conflict,
    .new_row = {"EXCLUDED.", ""},
    .has_schemas = true,
    .has_cte_writes = true,
    .cte_once = "MATERIALIZED ",
    .combine = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ",
                " INTERSECT ALL ", " EXCEPT ALL "},
    .explain = {[RYX_EXPLAIN_PLAN] = "EXPLAIN ",
                [RYX_EXPLAIN_ANALYZE] = "EXPLAIN (ANALYZE, BUFFERS) "},
    .lock = {" FOR UPDATE", " FOR SHARE", " NOWAIT", " SKIP LOCKED", true},
    .has_filter = true,
    .has_groups = true,
    .functions = ryx_functions_pg,
    .json = ryx_json_pg,
    .search = ryx_search_pg,
};
