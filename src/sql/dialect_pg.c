/* SPDX-License-Identifier: MIT */
/* PostgreSQL 12 and newer. */
#include "sql/conflict.h"
#include "sql/dialect.h"
#include "sql/function.h"
#include "sql/json.h"
#include "sql/tree.h"
#include "sql/writer.h"
#include "value/caps.h"

/* One of them is chosen by the server's version and build, for the i-forms
 * only: text columns compare by code point. */
static const ryx_fold folds[] = {
    {RYX_SERVER_PG_C_UTF8, " COLLATE \"pg_c_utf8\"", ""},
    {RYX_SERVER_C_UTF8, " COLLATE \"C.utf8\"", ""},
    {RYX_SERVER_ICU, " COLLATE \"und-x-icu\"", ""},
    {0, "", ""},
};

/* How a column's values travel in an array. Documents and arrays go as text:
 * unnest would flatten an array of arrays. */
static const struct {
  const char *type; /* of the items */
  uint8_t elem;
  bool is_cast; /* back to the column's own type */
} items[RYX_T_MAX] = {
    [RYX_T_NULL] = {"text", RYX_T_TEXT, false},
    [RYX_T_BOOL] = {"bool", RYX_T_BOOL, false},
    [RYX_T_INT] = {"int8", RYX_T_INT, false},
    [RYX_T_DOUBLE] = {"float8", RYX_T_DOUBLE, false},
    [RYX_T_TEXT] = {"text", RYX_T_TEXT, false},
    [RYX_T_BYTES] = {"bytea", RYX_T_BYTES, false},
    [RYX_T_DECIMAL] = {"numeric", RYX_T_DECIMAL, false},
    [RYX_T_DATE] = {"date", RYX_T_DATE, false},
    [RYX_T_TIME] = {"time", RYX_T_TIME, false},
    [RYX_T_DATETIME] = {"timestamp", RYX_T_DATETIME, false},
    [RYX_T_DATETIMETZ] = {"timestamptz", RYX_T_DATETIMETZ, false},
    [RYX_T_DURATION] = {"int8", RYX_T_INT, false},
    [RYX_T_UUID] = {"uuid", RYX_T_UUID, false},
    [RYX_T_JSON] = {"jsonb", RYX_T_TEXT, true},
    [RYX_T_ARRAY] = {"", RYX_T_TEXT, true},
};

static void put_item_cast(ryx_sql *q, const ryx_node *param)
{
  if (!items[param->type].is_cast) return;
  ryx_sql_puts(q, "::");
  if (param->type == RYX_T_ARRAY) {
    ryx_sql_puts(q, items[param->elem].type);
    ryx_sql_puts(q, "[]");
    return;
  }
  ryx_sql_puts(q, items[param->type].type);
}

static void put_unnest(ryx_sql *q, const ryx_node *sets)
{
  const ryx_node *c = ryx_node_first(sets);

  ryx_sql_puts(q, " FROM unnest(");
  for (; c < ryx_node_end(sets); c = ryx_node_end(c)) {
    const ryx_node *param = ryx_node_first(c);
    bool is_text = items[param->type].is_cast;

    if (c > ryx_node_first(sets)) ryx_sql_puts(q, ", ");
    ryx_sql_bind(q, &(ryx_bind){.param = (int32_t)param->value,
                                .op = RYX_BIND_COLUMN,
                                .type = RYX_T_ARRAY,
                                .elem = items[param->type].elem});
    ryx_sql_puts(q, "::");
    ryx_sql_puts(q, is_text ? "text" : items[param->type].type);
    ryx_sql_puts(q, "[]");
  }
}

/* The columns of u are c1, c2, ...; its last one, n, is the row's number. The
 * rows are inserted in the caller's order, so the keys that the database makes
 * rise with it. */
static void unnest_rows(ryx_sql *q, const ryx_node *sets)
{
  const ryx_node *c;
  uint32_t i = 0;

  ryx_sql_puts(q, "SELECT ");
  for (c = ryx_node_first(sets); c < ryx_node_end(sets); c = ryx_node_end(c)) {
    ryx_sql_puts(q, i > 0 ? ", u.c" : "u.c");
    ryx_sql_put_number(q, ++i);
    put_item_cast(q, ryx_node_first(c));
  }
  put_unnest(q, sets);
  ryx_sql_puts(q, ") WITH ORDINALITY AS u(");
  for (uint32_t k = 1; k <= i; k++) {
    ryx_sql_puts(q, "c");
    ryx_sql_put_number(q, k);
    ryx_sql_puts(q, ", ");
  }
  ryx_sql_puts(q, "n) ORDER BY u.n");
}

/* UPDATE ... FROM unnest: the first column is the key. No table of the caller's
 * is likely to bear the name. */
static void unnest_update(ryx_sql *q, const ryx_node *sets)
{
  const ryx_node *key = ryx_node_first(sets), *c = ryx_node_end(key);
  uint32_t i = 1;

  for (; c < ryx_node_end(sets); c = ryx_node_end(c)) {
    ryx_sql_puts(q, i == 1 ? " SET " : ", ");
    ryx_sql_put_name(q, c);
    ryx_sql_puts(q, " = ryx_u.c");
    ryx_sql_put_number(q, ++i);
    put_item_cast(q, ryx_node_first(c));
  }
  put_unnest(q, sets);
  ryx_sql_puts(q, ") AS ryx_u(c1");
  for (uint32_t k = 2; k <= i; k++) {
    ryx_sql_puts(q, ", c");
    ryx_sql_put_number(q, k);
  }
  ryx_sql_puts(q, ") WHERE ");
  ryx_sql_source_name(q, 0);
  ryx_sql_puts(q, ".");
  ryx_sql_put_name(q, key);
  ryx_sql_puts(q, " = ryx_u.c1");
  put_item_cast(q, ryx_node_first(key));
}

#define ANY    "%c = ANY(%l)"
#define LOW(x) "LOWER(" x "%f)"

const ryx_dialect ryx_dialect_pg = {
    .name = "postgres",
    .caps = RYX_SERVER_RETURNING | RYX_SERVER_UPDATE_RETURNING |
            RYX_SERVER_DELETE_RETURNING | RYX_SERVER_RIGHT_JOIN |
            RYX_SERVER_FULL_JOIN | RYX_SERVER_CONFLICT_TARGET |
            RYX_SERVER_TELLS_INSERT | RYX_SERVER_ZONES,
    .quote = '"',
    .placeholder = '$',
    .lex = RYX_LEX_E_STRING | RYX_LEX_DOLLAR | RYX_LEX_NESTED,
    .harmless =
        " age any_value array_agg array_append array_cat array_length "
        "array_lower array_ndims array_position array_positions "
        "array_prepend array_remove array_replace array_to_json "
        "array_to_string array_upper bool_and bool_or btrim cardinality chr "
        "clock_timestamp corr covar_pop covar_samp current_schema "
        "current_schemas current_setting date_bin date_part date_trunc "
        "decode div encode every format gen_random_uuid generate_series "
        "generate_subscripts initcap isempty isfinite json_agg "
        "json_array_elements json_array_elements_text json_array_length "
        "json_build_array json_build_object json_each json_each_text "
        "json_extract_path json_extract_path_text json_object "
        "json_object_agg json_object_keys json_strip_nulls json_to_record "
        "json_to_recordset json_typeof jsonb_agg jsonb_array_elements "
        "jsonb_array_elements_text jsonb_array_length jsonb_build_array "
        "jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path "
        "jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg "
        "jsonb_object_keys jsonb_path_exists jsonb_path_match "
        "jsonb_path_query jsonb_path_query_array jsonb_path_query_first "
        "jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_to_record "
        "jsonb_to_recordset jsonb_typeof justify_days justify_hours "
        "justify_interval lower_inf make_date make_interval make_time "
        "make_timestamp make_timestamptz mode num_nonnulls num_nulls "
        "overlay percentile_cont percentile_disc pg_backend_pid pg_sleep "
        "pg_sleep_for pg_sleep_until pg_typeof "
        "phraseto_tsquery plainto_tsquery quote_ident quote_literal "
        "quote_nullable random regexp_match regexp_matches regexp_replace "
        "regexp_split_to_array regexp_split_to_table regr_slope row_to_json "
        "scale sha256 sha512 split_part starts_with statement_timestamp "
        "string_agg string_to_array strpos timeofday to_char to_date "
        "to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector "
        "transaction_timestamp translate trunc ts_headline ts_rank "
        "ts_rank_cd unnest upper_inf version websearch_to_tsquery "
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
    .has_arrays = true,
    .batch = RYX_BATCH_UNNEST,
    .batch_rows = unnest_rows,
    .batch_update = unnest_update,
    .conflict = ryx_sql_on_conflict,
    .new_row = {"EXCLUDED.", ""},
    .combine = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ",
                " INTERSECT ALL ", " EXCEPT ALL "},
    .explain = {"EXPLAIN ", "EXPLAIN (ANALYZE, BUFFERS) "},
    .lock = {" FOR UPDATE", " FOR SHARE", " NOWAIT", " SKIP LOCKED", true},
    .has_filter = true,
    .has_groups = true,
    .functions = ryx_functions_pg,
    .json = ryx_json_pg,
};
