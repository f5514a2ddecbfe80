/* SPDX-License-Identifier: MIT */
/* SQLite's functions, with those that the driver registers. Decimals, dates and
 * times are text (driver/lite_decimal.c, value/text.h). */
#include "sql/function.h"
#include "sql/function_text.h"

#define ROUNDED(x, places) "ryx_decimal_round(" x ", " places ")"
#define NEGATIVE(x)        "decimal_sub('0', " x ")"
/* A half, less than any decimal's last place: rounding goes down, or up. */
#define ALMOST_HALF         "'0.4999999999999999999999999999999999999999999999999'"
#define IF_LIKE(form, then) "CASE WHEN %1 REGEXP " form " THEN " then " END"
#define IF_INT(x, then)                                    \
  "CASE WHEN " x " COLLATE decimal BETWEEN '" INT_MIN_TEXT \
  "' AND '" INT_MAX_TEXT "' THEN " then " END"
#define UNSIGNED(x) "ltrim(" x ", '+')"
/* substr takes the lowest 32 bits of its numbers. */
#define UPTO(n)   "min(max(" n ", 0), 2147483647)"
#define FROM_1(n) "min(max(" n ", 1), 2147483647)"
/* Texts of n times x; zeroblob(NULL) is empty. */
#define TIMES(x, n) "replace(hex(zeroblob(" n ")), '00', " x ")"
#define PAD(text)                          \
  "CASE WHEN length(%1) >= %2 OR %3 = '' " \
  "THEN substr(%1, 1, " UPTO("%2") ") || substr(%3, 1, 0) ELSE " text " END"
#define FILL          "substr(" TIMES("%3", "%2") ", 1, %2 - length(%1))"
#define PART(from, n) "CAST(substr(%1, " from ", " n ") AS INTEGER)"
#define THURSDAY      "date(substr(%1, 1, 10), '-3 days', 'weekday 4')"
#define WEEKDAY       "CAST(strftime('%%w', substr(%1, 1, 10)) AS INTEGER)"
#define MONDAY        "date(substr(%1, 1, 10), '-6 days', 'weekday 1')"
#define MIDNIGHT      " || ' 00:00:00.000000')"
#define QUARTER_START                                             \
  "substr(%1, 1, 5) || substr('010101040404070707101010', " PART( \
      "6", "2") " * 2 - 1, 2) || '-01'"
#define NOW "(strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now') || '000')"
/* What the decimal quotient, rounded to an int, leaves of the dividend; where
 * it was rounded away from zero, the divisor is given back. */
#define QUOTIENT ROUNDED("ryx_decimal_div(%1, %2)", "0")
#define REST     "decimal_sub(%1, decimal_mul(%2, " QUOTIENT "))"
#define SIZE     "ltrim(%2, '-')"
#define JSON_BOOL \
  "json(CASE WHEN %1 THEN 'true' WHEN NOT (%1) THEN 'false' END)"

const char *const ryx_functions_lite[RYX_FN_MAX] = {
    [RYX_FN_ADD_DECIMAL] = "decimal_add(%1, %2)",
    [RYX_FN_SUB_DECIMAL] = "decimal_sub(%1, %2)",
    [RYX_FN_MUL_DECIMAL] = "decimal_mul(%1, %2)",
    [RYX_FN_DIV] = "(CAST(%1 AS REAL) / NULLIF(%2, 0))",
    [RYX_FN_DIV_DECIMAL] = ROUNDED("ryx_decimal_div(%1, %2)", "%3"),
    [RYX_FN_INT_DIV] = "(%1 / NULLIF(%2, 0))",
    [RYX_FN_MOD] = "(%1 %% NULLIF(%2, 0))",
    [RYX_FN_MOD_DOUBLE] = "(%1 - %2 * trunc(%1 / NULLIF(%2, 0)))",
    [RYX_FN_MOD_DECIMAL] =
        "CASE decimal_cmp(" REST
        ", '0') * decimal_cmp(%1, '0') "
        "WHEN -1 THEN CASE WHEN decimal_cmp(%1, '0') < 0 "
        "THEN decimal_sub(" REST ", " SIZE
        ") "
        "ELSE decimal_add(" REST ", " SIZE ") END ELSE " REST " END",
    [RYX_FN_NEG_DECIMAL] = NEGATIVE("%1"),
    [RYX_FN_ABS_DECIMAL] = "ltrim(%1, '-')",
    [RYX_FN_SIGN_DECIMAL] = "decimal_cmp(%1, '0')",
    [RYX_FN_ROUND_DOUBLE] = ROUND_OF("%1", "trunc(", ")"),
    [RYX_FN_ROUND_DECIMAL] = ROUNDED("%1", "%2"),
    [RYX_FN_FLOOR_DECIMAL] = ROUNDED("decimal_sub(%1, " ALMOST_HALF ")", "0"),
    [RYX_FN_CEIL_DECIMAL] = ROUNDED("decimal_add(%1, " ALMOST_HALF ")", "0"),
    [RYX_FN_POWER] = POWER_OF("trunc(%2)"),
    [RYX_FN_SQRT] = "sqrt(%1)",
    [RYX_FN_EXP] = EXP_OF("%1", "exp(%1)"),
    [RYX_FN_LN] = LN_OF("ln"),
    [RYX_FN_LOG10] = LN_OF("log10"),

    [RYX_FN_CONCAT] = "(%1 || %2)",
    [RYX_FN_LOWER] = "ryx_lower(%1)",
    [RYX_FN_UPPER] = "ryx_upper(%1)",
    [RYX_FN_SUBSTR] = "substr(%1, " FROM_1("%2") ", " UPTO("%3") ")",
    [RYX_FN_SUBSTR_FROM] = "substr(%1, " FROM_1("%2") ")",
    [RYX_FN_LEFT] = "substr(%1, 1, " UPTO("%2") ")",
    [RYX_FN_RIGHT] = "substr(%1, - " UPTO("%2") ", " UPTO("%2") ")",
    [RYX_FN_POSITION] = "instr(%1, %2)",
    [RYX_FN_TRIGRAM_SIMILARITY] = "ryx_similarity(%1, %2)",
    [RYX_FN_REPEAT] = "CASE WHEN %2 IS NOT NULL THEN " TIMES("%1", "%2") " END",
    [RYX_FN_LPAD] = PAD(FILL " || %1"),
    [RYX_FN_RPAD] = PAD("%1 || " FILL),

    [RYX_FN_GREATEST] = "max(%*)",
    [RYX_FN_LEAST] = "min(%*)",
    [RYX_FN_ORDERED_DECIMAL] = "%1 COLLATE decimal",
    [RYX_FN_CAST_INT_BOOL] = "CAST(%1 AS INTEGER)",
    [RYX_FN_CAST_INT_DOUBLE] = "CASE WHEN %1 >= " INT_MIN_TEXT
                               ".0 AND %1 < 9223372036854775808.0 "
                               "THEN CAST(%1 AS INTEGER) END",
    [RYX_FN_CAST_INT_DECIMAL] =
        "CASE WHEN %1 COLLATE decimal > '-9223372036854775809' AND "
        "%1 COLLATE decimal < '9223372036854775808' "
        "THEN CAST(%1 AS INTEGER) END",
    [RYX_FN_CAST_INT_TEXT] = IF_LIKE(
        TEXT_INT, IF_INT("decimal(" UNSIGNED("%1") ")", "CAST(%1 AS INTEGER)")),
    [RYX_FN_CAST_DOUBLE] = "CAST(%1 AS REAL)",
    [RYX_FN_CAST_DOUBLE_TEXT] = IF_LIKE(TEXT_DOUBLE, "CAST(%1 AS REAL)"),
    [RYX_FN_CAST_TEXT] = "CAST(%1 AS TEXT)",
    [RYX_FN_WIDEN_INT] = "%1",
    [RYX_FN_WIDEN_TEXT] = "%1",
    [RYX_FN_WIDEN_DECIMAL] = "%1",
    [RYX_FN_CAST_TEXT_DOUBLE] =
        "CASE WHEN abs(%1) < 1e15 AND trunc(%1) = %1 "
        "THEN CAST(CAST(%1 AS INTEGER) AS TEXT) "
        "ELSE replace(replace(CAST(%1 AS TEXT), 'e+', 'e'), '.0e', 'e') END",
    [RYX_FN_CAST_DECIMAL] = "CASE WHEN ltrim(" ROUNDED(
        "%1", "%2") ", '-') COLLATE decimal < %3 THEN " ROUNDED("%1",
                                                                "%2") " END",
    [RYX_FN_CAST_DECIMAL_TEXT] =
        IF_LIKE(TEXT_DECIMAL, ROUNDED(UNSIGNED("%1"), "%2")),
    [RYX_FN_CAST_BOOL_DECIMAL] = "(decimal_cmp(%1, '0') <> 0)",
    [RYX_FN_CAST_DATE_TEXT] = IF_LIKE(TEXT_DATE, "%1"),
    /* The storage form, cut from the text and what it lacks. */
    [RYX_FN_CAST_TIME_TEXT] =
        IF_LIKE(TEXT_TIME, "%1 || substr('00:00:00.000000', length(%1) + 1)"),
    [RYX_FN_CAST_DATETIME_TEXT] =
        IF_LIKE(TEXT_DATETIME,
                "replace(%1, 'T', ' ') || "
                "substr(' 00:00:00.000000', length(%1) - 9)"),
    [RYX_FN_CAST_DATETIME_DATE] = "(%1" MIDNIGHT,
    [RYX_FN_CAST_JSON] = "CAST(%1 AS TEXT)",
    [RYX_FN_CAST_JSON_DOUBLE] =
        "CASE WHEN %1 IS NOT NULL THEN json(printf('%%!.17g', %1)) END",
    [RYX_FN_CAST_JSON_TEXT] =
        "CASE WHEN %1 IS NOT NULL THEN json_quote(%1) END",
    [RYX_FN_JSON_ITEM] = "json(%1)",
    [RYX_FN_JSON_OBJECT_OF] = "ryx_json_some(%1, '{}')",
    [RYX_FN_JSON_ARRAY_OF] = "ryx_json_some(%1, '[]')",
    [RYX_FN_JSON_IF_OBJECT] = "%1",
    [RYX_FN_JSON_IF_ARRAY] = "%1",
    [RYX_FN_JSON_OR] = "%1",
    [RYX_FN_JSON_SET_KEY] = "ryx_json_set(%*)",
    [RYX_FN_JSON_SET_ITEM] = "ryx_json_set(%*)",
    [RYX_FN_JSON_REPLACE_KEY] = "ryx_json_replace(%*)",
    [RYX_FN_JSON_REPLACE_ITEM] = "ryx_json_replace(%*)",
    [RYX_FN_JSON_REMOVE_KEY] = "ryx_json_remove(%*)",
    [RYX_FN_JSON_REMOVE_ITEM] = "ryx_json_remove(%*)",
    [RYX_FN_JSON_RANK] =
        "CASE json_type(%1) WHEN 'null' THEN 1 WHEN 'false' THEN 2 "
        "WHEN 'true' THEN 3 WHEN 'integer' THEN 4 WHEN 'real' THEN 4 "
        "WHEN 'text' THEN 5 WHEN 'array' THEN 6 WHEN 'object' THEN 7 END",

    [RYX_FN_YEAR] = PART("1", "4"),
    [RYX_FN_MONTH] = PART("6", "2"),
    [RYX_FN_DAY] = PART("9", "2"),
    [RYX_FN_WEEK] =
        "((CAST(strftime('%%j', " THURSDAY ") AS INTEGER) - 1) / 7 + 1)",
    [RYX_FN_ISO_YEAR] = "CAST(strftime('%%Y', " THURSDAY ") AS INTEGER)",
    [RYX_FN_DOW] = WEEKDAY,
    [RYX_FN_ISO_DOW] = "((" WEEKDAY " + 6) %% 7 + 1)",
    [RYX_FN_QUARTER] = "((" PART("6", "2") " + 2) / 3)",
    [RYX_FN_HOUR] = PART("12", "2"),
    [RYX_FN_MINUTE] = PART("15", "2"),
    [RYX_FN_SECOND] = PART("18", "2"),
    [RYX_FN_MICROSECOND] = PART("21", "6"),
    [RYX_FN_HOUR_TIME] = PART("1", "2"),
    [RYX_FN_MINUTE_TIME] = PART("4", "2"),
    [RYX_FN_SECOND_TIME] = PART("7", "2"),
    [RYX_FN_MICROSECOND_TIME] = PART("10", "6"),
    [RYX_FN_DATE_OF] = "substr(%1, 1, 10)",
    [RYX_FN_TIME_OF] = "substr(%1, 12)",
    [RYX_FN_PATH_BEGIN] = "(',' || %1 || ',')",
    [RYX_FN_PATH_ADD] = "(%1 || %2 || ',')",
    [RYX_FN_PATH_HOLDS] = "(instr(%1, ',' || %2 || ',') > 0)",
    [RYX_FN_KEYS_BEGIN] = "json_array(%1)",
    [RYX_FN_KEYS_ADD] = "json_insert(%1, '$[#]', %2)",
    [RYX_FN_KEYS_BEGIN_TEXT] = "json_array(%1)",
    [RYX_FN_KEYS_ADD_TEXT] = "json_insert(%1, '$[#]', %2)",
    [RYX_FN_PLACE_BEGIN] = "(length(%1) || %1)",
    [RYX_FN_PLACE_ADD] = "(%1 || length(%2) || %2)",
    [RYX_FN_RANDOM] = "random()",
    [RYX_FN_ARRAY_LEN] = "json_array_length(%1)",
    [RYX_FN_ARRAY_ITEM_INT] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_DOUBLE] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_TEXT] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_DECIMAL] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_BOOL] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_DATE] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_TIME] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_DATETIME] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_DATETIMETZ] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_UUID] = "ryx_array_get(%1, %2)",
    [RYX_FN_ARRAY_ITEM_DURATION] = "ryx_array_get(%1, %2)",
    [RYX_FN_NOW] = NOW,
    [RYX_FN_NOW_DATETIMETZ] = NOW,
    [RYX_FN_TRUNC_YEAR] = "(substr(%1, 1, 4) || '-01-01'" MIDNIGHT,
    [RYX_FN_TRUNC_QUARTER] = "(" QUARTER_START MIDNIGHT,
    [RYX_FN_TRUNC_MONTH] = "(substr(%1, 1, 7) || '-01'" MIDNIGHT,
    [RYX_FN_TRUNC_WEEK] = "(" MONDAY MIDNIGHT,
    [RYX_FN_TRUNC_DAY] = "(substr(%1, 1, 10)" MIDNIGHT,
    [RYX_FN_TRUNC_HOUR] = "(substr(%1, 1, 13) || ':00:00.000000')",
    [RYX_FN_TRUNC_MINUTE] = "(substr(%1, 1, 16) || ':00.000000')",
    [RYX_FN_TRUNC_SECOND] = "(substr(%1, 1, 19) || '.000000')",
    [RYX_FN_TRUNC_YEAR_DATE] = "(substr(%1, 1, 4) || '-01-01')",
    [RYX_FN_TRUNC_QUARTER_DATE] = "(" QUARTER_START ")",
    [RYX_FN_TRUNC_MONTH_DATE] = "(substr(%1, 1, 7) || '-01')",
    [RYX_FN_TRUNC_WEEK_DATE] = MONDAY,
    [RYX_FN_DATETIME_DIFF] = "ryx_datetime_diff(%1, %2)",
    [RYX_FN_DATETIME_ADD] = "ryx_datetime_add(%1, %2)",
    [RYX_FN_AT_ZONE] = "ryx_local(%1, %2)",
    [RYX_FN_AT_ZONE_DATETIMETZ] = "ryx_local(%1, %2)",

    [RYX_FN_AVG] = "AVG(%d%1)",
    [RYX_FN_SUM_DECIMAL] = "decimal_sum(%d%1)",
    /* Of one argument each, because DISTINCT takes no more. The quotient has
     * four places more than the sum, as the average is to have. */
    [RYX_FN_AVG_DECIMAL] =
        ROUNDED("ryx_decimal_div(decimal_sum(%d%1)%o, COUNT(%d%1)%o)", "%2"),
    [RYX_FN_AVG_DURATION] = "CAST(" ROUNDED(
        "ryx_decimal_div(SUM(%d%1)%o, COUNT(%d%1)%o)", "0") " AS INTEGER)",
    [RYX_FN_MIN_DECIMAL] = "MIN(%d%1 COLLATE decimal)",
    [RYX_FN_MAX_DECIMAL] = "MAX(%d%1 COLLATE decimal)",
    [RYX_FN_STDDEV] = "ryx_stddev(%d%1)",
    [RYX_FN_STDDEV_SAMPLE] = "ryx_stddev_sample(%d%1)",
    [RYX_FN_VARIANCE] = "ryx_variance(%d%1)",
    [RYX_FN_VARIANCE_SAMPLE] = "ryx_variance_sample(%d%1)",
    [RYX_FN_PERCENTILE] = "ryx_percentile(%1, %2)",
    [RYX_FN_PERCENTILE_DECIMAL] = "ryx_percentile_decimal(%1, %2, %3)",
    [RYX_FN_PERCENTILE_DURATION] =
        "CAST(ryx_percentile_decimal(%1, %2, 0)%o AS INTEGER)",
    RYX_MODES("ryx_mode(%1)"),
    [RYX_FN_MODE_DECIMAL] = "ryx_mode_decimal(%1)",
    [RYX_FN_STRING_AGG] = "ryx_string_agg(%1, %2, %D%k)",
    [RYX_FN_ARRAY_AGG] = "ryx_array_agg(%1, %D%k)",
    [RYX_FN_ARRAY_AGG_DECIMAL] = "ryx_array_agg(%1, %D%k)",
    [RYX_FN_ARRAY_AGG_BOOL] = "ryx_json_agg(" JSON_BOOL ", %D%k)",
    [RYX_FN_JSON_AGG] = "ryx_json_agg(%1, %D%k)",
};
