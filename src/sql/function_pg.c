/* SPDX-License-Identifier: MIT */
/* PostgreSQL's functions. Columns of ints may be narrower than int8, so int
 * arithmetic widens them; texts made here compare by code point. */
#include "sql/function.h"
#include "sql/function_text.h"

#define C_TEXT(x) "(" x " COLLATE \"C\")"
/* An int8 as the int4 that text functions want, none of which goes further. */
#define UPTO(n, least)                                 \
  "CASE WHEN " n " < " least " THEN " least " WHEN " n \
  " > 2147483647 THEN 2147483647 ELSE " n " END::int4"
#define WIDE(op)            "(%1::int8 " op " %2::int8)"
#define IF_LIKE(form, then) "CASE WHEN %1 ~ " form " THEN " then " END"
#define IF_INT(x, then)                                                      \
  "CASE WHEN " x " BETWEEN " INT_MIN_TEXT " AND " INT_MAX_TEXT " THEN " then \
  " END"
#define NOT_NULL(fn) "CASE WHEN num_nulls(%*) = 0 THEN " fn "(%*) END"
#define CHANGED(create) \
  "jsonb_set(%1, ARRAY[%2::text], COALESCE(%3, 'null'::jsonb), " create ")"
#define PART(part)       "EXTRACT(" part " FROM %1)::int8"
#define SECONDS          "FLOOR(EXTRACT(SECOND FROM %1))::int8"
#define MICROS           "MOD(EXTRACT(MICROSECONDS FROM %1)::int8, 1000000)"
#define TRUNC(unit)      "date_trunc('" unit "', %1)"
#define TRUNC_DATE(unit) "date_trunc('" unit "', %1::timestamp)::date"
/* What lies between two decimals, exactly, which PERCENTILE_CONT does not give.
 * Equal aggregates are worked out once; NULLs are the last of the list. */
#define SHARE "(%2::numeric * (COUNT(%1)%o - 1))"
#define NTH(round) \
  "(ARRAY_AGG(%1::numeric ORDER BY %1)%o)[" round "(" SHARE ")::int + 1]"
#define LOW             NTH("FLOOR")
#define RISE            "(" NTH("CEIL") " - " LOW ")"
#define REST            "(" SHARE " - FLOOR(" SHARE "))"
#define BETWEEN(places) "ROUND(" LOW " + " REST " * " RISE ", " places ")"
#define MODE            "MODE() WITHIN GROUP (ORDER BY %1)"
#define DATETIME_FORM   "'YYYY-MM-DD HH24:MI:SS.US'"

const char *const ryx_functions_pg[RYX_FN_MAX] = {
    [RYX_FN_ADD] = WIDE("+"),
    [RYX_FN_SUB] = WIDE("-"),
    [RYX_FN_MUL] = WIDE("*"),
    [RYX_FN_DIV] = "(%1::float8 / NULLIF(%2, 0))",
    /* A quotient has as many digits as its dividend, or 16 in all. */
    [RYX_FN_DIV_DECIMAL] = "ROUND(ROUND(%1, %3 + 70) / NULLIF(%2, 0), %3)",
    [RYX_FN_INT_DIV] = "(%1::int8 / NULLIF(%2::int8, 0))",
    [RYX_FN_MOD] = "MOD(%1::int8, NULLIF(%2::int8, 0))",
    [RYX_FN_MOD_DOUBLE] = "(%1 - %2 * TRUNC(%1 / NULLIF(%2, 0)))",
    [RYX_FN_NEG] = "(- %1::int8)",
    [RYX_FN_ABS] = "ABS(%1::int8)",
    [RYX_FN_SIGN] = "SIGN(%1)::int8",
    [RYX_FN_SIGN_DECIMAL] = "SIGN(%1)::int8",
    [RYX_FN_ROUND_DOUBLE] = ROUND_OF("%1", "TRUNC(", ")"),
    [RYX_FN_ROUND_DECIMAL] = "ROUND(%1::numeric, %2)",
    [RYX_FN_POWER] = POWER_OF("TRUNC(%2)"),
    [RYX_FN_SQRT] = "SQRT(CASE WHEN %1 >= 0 THEN %1 END)",
    [RYX_FN_EXP] = EXP_OF("%1", "EXP(%1)"),
    [RYX_FN_LN] = LN_OF("LN"),
    [RYX_FN_LOG10] = LN_OF("LOG"),
    [RYX_FN_BIT_AND] = WIDE("&"),
    [RYX_FN_BIT_OR] = WIDE("|"),

    [RYX_FN_CONCAT] = "(%1 || %2)",
    [RYX_FN_LOWER] = C_TEXT("LOWER(%1%f)"),
    [RYX_FN_UPPER] = C_TEXT("UPPER(%1%f)"),
    [RYX_FN_SUBSTR] = "SUBSTR(%1, " UPTO("%2", "1") ", " UPTO("%3", "0") ")",
    [RYX_FN_SUBSTR_FROM] = "SUBSTR(%1, " UPTO("%2", "1") ")",
    [RYX_FN_LEFT] = "LEFT(%1, " UPTO("%2", "0") ")",
    [RYX_FN_RIGHT] = "RIGHT(%1, " UPTO("%2", "0") ")",
    [RYX_FN_POSITION] = "strpos(%1, %2)",
    [RYX_FN_REPEAT] = "REPEAT(%1, " UPTO("%2", "0") ")",
    [RYX_FN_LPAD] = "LPAD(%1, " UPTO("%2", "0") ", %3)",
    [RYX_FN_RPAD] = "RPAD(%1, " UPTO("%2", "0") ", %3)",
    [RYX_FN_REVERSE] = "REVERSE(%1)",
    [RYX_FN_TRIGRAM_SIMILARITY] = "similarity(%1, %2)::float8",

    [RYX_FN_GREATEST] = NOT_NULL("GREATEST"),
    [RYX_FN_LEAST] = NOT_NULL("LEAST"),
    [RYX_FN_CAST_INT_BOOL] = "(%1)::int4::int8",
    [RYX_FN_CAST_INT_DOUBLE] = "CASE WHEN %1 >= " INT_MIN_TEXT
                               " AND %1 < 9223372036854775808 "
                               "THEN TRUNC(%1)::int8 END",
    [RYX_FN_CAST_INT_DECIMAL] = IF_INT("TRUNC(%1)", "TRUNC(%1)::int8"),
    [RYX_FN_CAST_INT_TEXT] =
        IF_LIKE(TEXT_INT, IF_INT("%1::numeric", "%1::int8")),
    [RYX_FN_CAST_DOUBLE] = "%1::float8",
    [RYX_FN_CAST_DOUBLE_TEXT] = IF_LIKE(TEXT_DOUBLE, "%1::float8"),
    [RYX_FN_CAST_TEXT] = C_TEXT("%1::text"),
    [RYX_FN_WIDEN_INT] = "%1::int8",
    [RYX_FN_WIDEN_TEXT] = C_TEXT("%1::text"),
    [RYX_FN_WIDEN_DECIMAL] = "%1::numeric",
    [RYX_FN_CAST_TEXT_DOUBLE] = C_TEXT("REPLACE(%1::text, 'e+', 'e')"),
    [RYX_FN_CAST_TEXT_DECIMAL] = C_TEXT("%1::text"),
    [RYX_FN_CAST_TEXT_BOOL] = C_TEXT("(%1)::text"),
    [RYX_FN_CAST_TEXT_DATE] = C_TEXT("to_char(%1, 'YYYY-MM-DD')"),
    [RYX_FN_CAST_TEXT_TIME] = C_TEXT("to_char(%1, 'HH24:MI:SS.US')"),
    [RYX_FN_CAST_TEXT_DATETIME] = C_TEXT("to_char(%1, " DATETIME_FORM ")"),
    [RYX_FN_CAST_TEXT_DATETIMETZ] =
        C_TEXT("to_char(%1 AT TIME ZONE 'UTC', " DATETIME_FORM ")"),
    [RYX_FN_CAST_TEXT_UUID] = C_TEXT("%1::text"),
    [RYX_FN_CAST_DECIMAL] =
        "CASE WHEN ABS(ROUND(%1::numeric, %2)) < "
        "%3::numeric THEN ROUND(%1::numeric, %2) END",
    [RYX_FN_CAST_DECIMAL_TEXT] =
        IF_LIKE(TEXT_DECIMAL, "ROUND(%1::numeric, %2)"),
    [RYX_FN_CAST_DATE_TEXT] = IF_LIKE(TEXT_DATE, "%1::date"),
    [RYX_FN_CAST_TIME_TEXT] = IF_LIKE(TEXT_TIME, "%1::time"),
    [RYX_FN_CAST_DATETIME_TEXT] = IF_LIKE(TEXT_DATETIME, "%1::timestamp"),
    [RYX_FN_CAST_DATETIME_DATE] = "%1::timestamp",
    [RYX_FN_CAST_DATETIME_DATETIMETZ] = "(%1 AT TIME ZONE 'UTC')",
    [RYX_FN_CAST_DATETIMETZ_DATETIME] = "(%1 AT TIME ZONE 'UTC')",
    [RYX_FN_CAST_JSON] = "to_jsonb(%1)",
    [RYX_FN_CAST_JSON_DOUBLE] = "to_jsonb(%1)",
    [RYX_FN_CAST_JSON_DECIMAL] = "to_jsonb(%1)",
    [RYX_FN_CAST_JSON_BOOL] = "to_jsonb(%1)",
    [RYX_FN_CAST_JSON_TEXT] = "to_jsonb(%1)",
    [RYX_FN_JSON_ITEM] = "%1",
    [RYX_FN_JSON_OBJECT] = "jsonb_build_object(%*)",
    [RYX_FN_JSON_ARRAY] = "jsonb_build_array(%*)",
    [RYX_FN_JSON_OBJECT_OF] =
        "CASE COALESCE(jsonb_typeof(%1), 'null') WHEN 'object' THEN %1 "
        "WHEN 'null' THEN '{}'::jsonb END",
    [RYX_FN_JSON_ARRAY_OF] =
        "CASE COALESCE(jsonb_typeof(%1), 'null') WHEN 'array' THEN %1 "
        "WHEN 'null' THEN '[]'::jsonb END",
    [RYX_FN_JSON_IF_OBJECT] = "CASE jsonb_typeof(%1) WHEN 'object' THEN %1 END",
    [RYX_FN_JSON_IF_ARRAY] = "CASE jsonb_typeof(%1) WHEN 'array' THEN %1 END",
    [RYX_FN_JSON_SET_KEY] = "(%1 || jsonb_build_object(%r))",
    [RYX_FN_JSON_SET_ITEM] = CHANGED("true"),
    [RYX_FN_JSON_REPLACE_KEY] = CHANGED("false"),
    [RYX_FN_JSON_REPLACE_ITEM] = CHANGED("false"),
    [RYX_FN_JSON_REMOVE_KEY] = "(%1 - ARRAY[%r]::text[])",
    [RYX_FN_JSON_REMOVE_ITEM] = "(%1 - %2)",
    [RYX_FN_JSON_RANK] =
        "CASE jsonb_typeof(%1) WHEN 'null' THEN 1 WHEN 'boolean' THEN CASE "
        "WHEN %1 = 'false' THEN 2 ELSE 3 END WHEN 'number' THEN 4 "
        "WHEN 'string' THEN 5 WHEN 'array' THEN 6 WHEN 'object' THEN 7 END",

    [RYX_FN_YEAR] = PART("YEAR"),
    [RYX_FN_MONTH] = PART("MONTH"),
    [RYX_FN_DAY] = PART("DAY"),
    [RYX_FN_WEEK] = PART("WEEK"),
    [RYX_FN_ISO_YEAR] = PART("ISOYEAR"),
    [RYX_FN_DOW] = PART("DOW"),
    [RYX_FN_ISO_DOW] = PART("ISODOW"),
    [RYX_FN_QUARTER] = PART("QUARTER"),
    [RYX_FN_HOUR] = PART("HOUR"),
    [RYX_FN_MINUTE] = PART("MINUTE"),
    [RYX_FN_SECOND] = SECONDS,
    [RYX_FN_MICROSECOND] = MICROS,
    [RYX_FN_HOUR_TIME] = PART("HOUR"),
    [RYX_FN_MINUTE_TIME] = PART("MINUTE"),
    [RYX_FN_SECOND_TIME] = SECONDS,
    [RYX_FN_MICROSECOND_TIME] = MICROS,
    [RYX_FN_DATE_OF] = "%1::date",
    [RYX_FN_TIME_OF] = "%1::time",
    /* The keys on the way to a row of a recursive query, as text, each between
     * commas. */
    [RYX_FN_PATH_BEGIN] = "(',' || %1::text || ',')",
    [RYX_FN_PATH_ADD] = "(%1 || %2::text || ',')",
    [RYX_FN_PATH_HOLDS] = "(strpos(%1, ',' || %2::text || ',') > 0)",
    [RYX_FN_KEYS_BEGIN] = "ARRAY[%1]",
    [RYX_FN_KEYS_ADD] = "array_append(%1, %2)",
    [RYX_FN_KEYS_BEGIN_TEXT] = "ARRAY[%1]",
    [RYX_FN_KEYS_ADD_TEXT] = "array_append(%1, %2)",
    [RYX_FN_PLACE_BEGIN] = C_TEXT("LENGTH(%1::text) || %1::text"),
    [RYX_FN_PLACE_ADD] = "(%1 || LENGTH(%2::text) || %2::text)",
    [RYX_FN_RANDOM] = "random()",
    [RYX_FN_ARRAY_LEN] = "cardinality(%1)",
    [RYX_FN_ARRAY_ITEM_INT] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_DOUBLE] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_TEXT] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_DECIMAL] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_BOOL] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_DATE] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_TIME] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_DATETIME] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_DATETIMETZ] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_UUID] = "(%1)[%2 + 1]",
    [RYX_FN_ARRAY_ITEM_DURATION] = "(%1)[%2 + 1]",
    [RYX_FN_NOW] = "(now() AT TIME ZONE 'UTC')",
    [RYX_FN_NOW_DATETIMETZ] = "now()",
    [RYX_FN_TRUNC_YEAR] = TRUNC("year"),
    [RYX_FN_TRUNC_QUARTER] = TRUNC("quarter"),
    [RYX_FN_TRUNC_MONTH] = TRUNC("month"),
    [RYX_FN_TRUNC_WEEK] = TRUNC("week"),
    [RYX_FN_TRUNC_DAY] = TRUNC("day"),
    [RYX_FN_TRUNC_HOUR] = TRUNC("hour"),
    [RYX_FN_TRUNC_MINUTE] = TRUNC("minute"),
    [RYX_FN_TRUNC_SECOND] = TRUNC("second"),
    [RYX_FN_TRUNC_YEAR_DATE] = TRUNC_DATE("year"),
    [RYX_FN_TRUNC_QUARTER_DATE] = TRUNC_DATE("quarter"),
    [RYX_FN_TRUNC_MONTH_DATE] = TRUNC_DATE("month"),
    [RYX_FN_TRUNC_WEEK_DATE] = TRUNC_DATE("week"),
    [RYX_FN_DATETIME_DIFF] = "(EXTRACT(EPOCH FROM (%1 - %2)) * 1000000)::int8",
    /* An interval is multiplied by a double, which is exact up to 2^53. */
    [RYX_FN_DATETIME_ADD] =
        "(%1 + %2::int8 / 86400000000 * INTERVAL '1 day' + "
        "MOD(%2::int8, 86400000000) * INTERVAL '1 microsecond')",
    [RYX_FN_AT_ZONE] = "(%1 AT TIME ZONE 'UTC' AT TIME ZONE %2)",
    [RYX_FN_AT_ZONE_DATETIMETZ] = "(%1 AT TIME ZONE %2)",

    /* The sum of int8 is numeric; what is no int8 is an error. */
    [RYX_FN_SUM] = "SUM(%d%1)%o::int8",
    [RYX_FN_AVG] = "AVG(%d%1::float8)",
    [RYX_FN_AVG_DECIMAL] = "ROUND(AVG(%dROUND(%1, %2 + 70))%o, %2)",
    [RYX_FN_AVG_DURATION] = "ROUND(AVG(%d%1)%o)::int8",
    [RYX_FN_MIN_UUID] = "MIN(%d" C_TEXT("%1::text") ")%o::uuid",
    [RYX_FN_MAX_UUID] = "MAX(%d" C_TEXT("%1::text") ")%o::uuid",
    [RYX_FN_BOOL_AND] = "BOOL_AND(%d%1)",
    [RYX_FN_BOOL_OR] = "BOOL_OR(%d%1)",
    [RYX_FN_STDDEV] = "STDDEV_POP(%d%1::float8)",
    [RYX_FN_STDDEV_SAMPLE] = "STDDEV_SAMP(%d%1::float8)",
    [RYX_FN_VARIANCE] = "VAR_POP(%d%1::float8)",
    [RYX_FN_VARIANCE_SAMPLE] = "VAR_SAMP(%d%1::float8)",
    [RYX_FN_PERCENTILE] =
        "PERCENTILE_CONT(%2::float8) WITHIN GROUP (ORDER BY %1)",
    [RYX_FN_PERCENTILE_DECIMAL] = BETWEEN("%3"),
    [RYX_FN_PERCENTILE_DURATION] = BETWEEN("0") "::int8",
    RYX_MODES(MODE),
    [RYX_FN_MODE_DECIMAL] = MODE,
    [RYX_FN_STRING_AGG] = "STRING_AGG(%d%1, %2%q)",
    [RYX_FN_ARRAY_AGG] = "ARRAY_AGG(%d%1%q)",
    [RYX_FN_ARRAY_AGG_DECIMAL] = "ARRAY_AGG(%d%1%q)",
    [RYX_FN_ARRAY_AGG_BOOL] = "ARRAY_AGG(%d%1%q)",
    [RYX_FN_JSON_AGG] = "JSONB_AGG(%d%1%q)",

    /* What replaced a row still bears the lock that it was taken by. */
    [RYX_FN_MARKED] = "%1",
    [RYX_FN_IS_NEW] = "(xmax = 0)",
};
