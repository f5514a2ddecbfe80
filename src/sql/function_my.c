/* SPDX-License-Identifier: MIT */
/* The functions of MariaDB and MySQL that are the same. */
#include "sql/family_my.h"
#include "sql/function_text.h"

#define AS_DOUBLE(x) "CAST(" x " AS DOUBLE)"
#define AS_INT(x)    "CAST(" x " AS SIGNED)"
#define AS_TIME(x)   "CAST(" x " AS DATETIME(6))"
#define IF_LIKE(form, then) \
  "CASE WHEN %1 REGEXP '(?s)' " form " THEN " then " END"
#define IF_INT(x, then)                                                      \
  "CASE WHEN " x " BETWEEN " INT_MIN_TEXT " AND " INT_MAX_TEXT " THEN " then \
  " END"
#define TRUNC(form)      AS_TIME("DATE_FORMAT(%1, '" form "')")
#define TRUNC_DATE(form) "CAST(DATE_FORMAT(%1, '" form "') AS DATE)"
#define QUARTER_START                \
  "CONCAT(DATE_FORMAT(%1, '%%Y-'), " \
  "ELT(QUARTER(%1), '01-01', '04-01', '07-01', '10-01'))"
#define WEEK_START "(DATE(%1) - INTERVAL WEEKDAY(%1) DAY)"
/* A list in the form that it is stored in. */
#define KEYS_BEGIN(x) "CAST(CONCAT('[', " x ", ']') AS CHAR(250000))"
#define KEYS_ADD(x)   "CONCAT(LEFT(%1, CHAR_LENGTH(%1) - 1), ',', " x ", ']')"

/* LPAD and RPAD give NULL where there is nothing to pad with. */
#define PAD(fn)                                  \
  "CASE WHEN %3 = '' THEN LEFT(%1, %2) ELSE " fn \
  "(%1, GREATEST(%2, "                           \
  "0), %3) END"

const char *const ryx_functions_my[RYX_FN_MAX] = {
    [RYX_FN_DIV] = "(" AS_DOUBLE("%1") " / NULLIF(%2, 0))",
    [RYX_FN_INT_DIV] = "(%1 DIV NULLIF(%2, 0))",
    [RYX_FN_MOD_DOUBLE] = "(%1 - %2 * TRUNCATE(%1 / NULLIF(%2, 0), 0))",
    [RYX_FN_ROUND_DOUBLE] = ROUND_OF("%1", "TRUNCATE(", ", 0)"),
    [RYX_FN_ROUND_DECIMAL] = "CAST(%1 AS DECIMAL(65, %2))",
    [RYX_FN_POWER] = POWER_OF("TRUNCATE(%2, 0)"),
    [RYX_FN_SQRT] = "SQRT(CASE WHEN %1 >= 0 THEN %1 END)",
    [RYX_FN_EXP] = EXP_OF("%1", "EXP(%1)"),
    [RYX_FN_LN] = LN_OF("LN"),
    [RYX_FN_LOG10] = LN_OF("LOG10"),
    [RYX_FN_BIT_AND] = AS_INT("%1 & %2"),
    [RYX_FN_BIT_OR] = AS_INT("%1 | %2"),

    [RYX_FN_CONCAT] = "CONCAT(%1, %2)",
    [RYX_FN_LOWER] = "LOWER(%i%1%f)%b",
    [RYX_FN_LENGTH] = "CHAR_LENGTH(%1)",
    [RYX_FN_SUBSTR] = "SUBSTR(%1, GREATEST(%2, 1), %3)",
    [RYX_FN_SUBSTR_FROM] = "SUBSTR(%1, GREATEST(%2, 1))",
    [RYX_FN_LEFT] = "LEFT(%1, %2)",
    [RYX_FN_RIGHT] = "RIGHT(%1, %2)",
    [RYX_FN_POSITION] = "LOCATE(%2, %1)",
    [RYX_FN_REPEAT] = "REPEAT(%1, %2)",
    [RYX_FN_LPAD] = PAD("LPAD"),
    [RYX_FN_RPAD] = PAD("RPAD"),
    [RYX_FN_REVERSE] = "REVERSE(%1)",

    [RYX_FN_GREATEST] = "GREATEST(%*)",
    [RYX_FN_LEAST] = "LEAST(%*)",
    [RYX_FN_CAST_INT_BOOL] = AS_INT("%1"),
    [RYX_FN_CAST_INT_DOUBLE] = "CASE WHEN %1 >= " INT_MIN_TEXT
                               "e0 AND %1 < 9223372036854775808e0 "
                               "THEN " AS_INT("TRUNCATE(%1, 0)") " END",
    [RYX_FN_CAST_INT_DECIMAL] =
        IF_INT("TRUNCATE(%1, 0)", AS_INT("TRUNCATE(%1, 0)")),
    [RYX_FN_CAST_INT_TEXT] =
        IF_LIKE(TEXT_INT, IF_INT("CAST(%1 AS DECIMAL(65))", AS_INT("%1"))),
    [RYX_FN_CAST_DOUBLE] = AS_DOUBLE("%1"),
    [RYX_FN_CAST_DOUBLE_TEXT] = IF_LIKE(TEXT_DOUBLE, AS_DOUBLE("%1")),
    [RYX_FN_CAST_TEXT] = "CAST(%1 AS CHAR)",
    [RYX_FN_WIDEN_INT] = "CAST(%1 AS SIGNED)",
    /* Not longer than the least max_allowed_packet there is. */
    [RYX_FN_WIDEN_TEXT] = "CAST(%1 AS CHAR(250000))",
    [RYX_FN_WIDEN_DECIMAL] = "CAST(%1 AS DECIMAL(65, %2))",
    [RYX_FN_CAST_TEXT_DOUBLE] = "CAST(%1 AS CHAR)",
    [RYX_FN_CAST_TEXT_DECIMAL] = "CAST(%1 AS CHAR)",
    [RYX_FN_CAST_TEXT_DATE] = "CAST(%1 AS CHAR)",
    [RYX_FN_CAST_TEXT_TIME] = "TIME_FORMAT(%1, '%%H:%%i:%%s.%%f')",
    [RYX_FN_CAST_TEXT_DATETIME] =
        "DATE_FORMAT(%1, '%%Y-%%m-%%d %%H:%%i:%%s.%%f')",
    [RYX_FN_CAST_TEXT_DATETIMETZ] =
        "DATE_FORMAT(%1, '%%Y-%%m-%%d %%H:%%i:%%s.%%f')",
    [RYX_FN_CAST_TEXT_UUID] = "CAST(%1 AS CHAR)",
    [RYX_FN_CAST_DECIMAL] =
        "CASE WHEN ABS(CAST(%1 AS DECIMAL(65, %2))) < CAST(%3 AS DECIMAL(65)) "
        "THEN CAST(%1 AS DECIMAL(65, %2)) END",
    [RYX_FN_CAST_DECIMAL_TEXT] =
        IF_LIKE(TEXT_DECIMAL, "CAST(%1 AS DECIMAL(65, %2))"),
    [RYX_FN_CAST_DATE_TEXT] = IF_LIKE(TEXT_DATE, "CAST(%1 AS DATE)"),
    [RYX_FN_CAST_TIME_TEXT] = IF_LIKE(TEXT_TIME, "CAST(%1 AS TIME(6))"),
    [RYX_FN_CAST_DATETIME_TEXT] = IF_LIKE(TEXT_DATETIME, AS_TIME("%1")),
    [RYX_FN_CAST_DATETIME_DATE] = AS_TIME("%1"),

    [RYX_FN_YEAR] = "YEAR(%1)",
    [RYX_FN_MONTH] = "MONTH(%1)",
    [RYX_FN_DAY] = "DAY(%1)",
    [RYX_FN_WEEK] = "WEEK(%1, 3)",
    [RYX_FN_ISO_YEAR] = "(YEARWEEK(%1, 3) DIV 100)",
    [RYX_FN_DOW] = "(DAYOFWEEK(%1) - 1)",
    [RYX_FN_ISO_DOW] = "(WEEKDAY(%1) + 1)",
    [RYX_FN_QUARTER] = "QUARTER(%1)",
    [RYX_FN_HOUR] = "HOUR(%1)",
    [RYX_FN_MINUTE] = "MINUTE(%1)",
    [RYX_FN_SECOND] = "SECOND(%1)",
    [RYX_FN_MICROSECOND] = "MICROSECOND(%1)",
    [RYX_FN_HOUR_TIME] = "HOUR(%1)",
    [RYX_FN_MINUTE_TIME] = "MINUTE(%1)",
    [RYX_FN_SECOND_TIME] = "SECOND(%1)",
    [RYX_FN_MICROSECOND_TIME] = "MICROSECOND(%1)",
    [RYX_FN_DATE_OF] = "DATE(%1)",
    [RYX_FN_TIME_OF] = "TIME(%1)",
    /* A column of a recursive query is as wide as its first row's. MariaDB
     * loses rows when narrower ones outgrow its memory. */
    [RYX_FN_PATH_BEGIN] = "CAST(CONCAT(',', %1, ',') AS CHAR(250000))",
    [RYX_FN_PATH_ADD] = "CONCAT(%1, %2, ',')",
    [RYX_FN_PATH_HOLDS] = "(LOCATE(CONCAT(',', %2, ','), %1) > 0)",
    [RYX_FN_KEYS_BEGIN] = KEYS_BEGIN("%1"),
    [RYX_FN_KEYS_ADD] = KEYS_ADD("%2"),
    [RYX_FN_KEYS_BEGIN_TEXT] = KEYS_BEGIN("JSON_QUOTE(%1)%b"),
    [RYX_FN_KEYS_ADD_TEXT] = KEYS_ADD("JSON_QUOTE(%2)%b"),
    [RYX_FN_PLACE_BEGIN] = "CAST(CONCAT(LENGTH(%1), %1) AS CHAR(250000))",
    [RYX_FN_PLACE_ADD] = "CONCAT(%1, LENGTH(%2), %2)",
    [RYX_FN_RANDOM] = "RAND()",
    [RYX_FN_ARRAY_LEN] = "JSON_LENGTH(%1)",
    [RYX_FN_NOW] = "UTC_TIMESTAMP(6)",
    [RYX_FN_NOW_DATETIMETZ] = "UTC_TIMESTAMP(6)",
    [RYX_FN_TRUNC_YEAR] = TRUNC("%%Y-01-01"),
    [RYX_FN_TRUNC_QUARTER] = AS_TIME(QUARTER_START),
    [RYX_FN_TRUNC_MONTH] = TRUNC("%%Y-%%m-01"),
    [RYX_FN_TRUNC_WEEK] = AS_TIME(WEEK_START),
    [RYX_FN_TRUNC_DAY] = AS_TIME("DATE(%1)"),
    [RYX_FN_TRUNC_HOUR] = TRUNC("%%Y-%%m-%%d %%H:00:00"),
    [RYX_FN_TRUNC_MINUTE] = TRUNC("%%Y-%%m-%%d %%H:%%i:00"),
    [RYX_FN_TRUNC_SECOND] = TRUNC("%%Y-%%m-%%d %%H:%%i:%%s"),
    [RYX_FN_TRUNC_YEAR_DATE] = TRUNC_DATE("%%Y-01-01"),
    [RYX_FN_TRUNC_QUARTER_DATE] = "CAST(" QUARTER_START " AS DATE)",
    [RYX_FN_TRUNC_MONTH_DATE] = TRUNC_DATE("%%Y-%%m-01"),
    [RYX_FN_TRUNC_WEEK_DATE] = WEEK_START,
    [RYX_FN_DATETIME_DIFF] = "TIMESTAMPDIFF(MICROSECOND, %2, %1)",
    [RYX_FN_DATETIME_ADD] = "DATE_ADD(%1, INTERVAL %2 MICROSECOND)",
    [RYX_FN_AT_ZONE] = "CONVERT_TZ(%1, '+00:00', %2)",
    [RYX_FN_AT_ZONE_DATETIMETZ] = "CONVERT_TZ(%1, '+00:00', %2)",

    /* The sum of ints is DECIMAL; what is no BIGINT is an error. */
    [RYX_FN_SUM] = "(SUM(%d%1)%o DIV 1)",
    [RYX_FN_AVG] = "AVG(%d" AS_DOUBLE("%1") ")",
    [RYX_FN_AVG_DECIMAL] = "ROUND(AVG(%dCAST(%1 AS DECIMAL(65, %2)))%o, %2)",
    [RYX_FN_AVG_DURATION] = AS_INT("ROUND(AVG(%d%1)%o)"),
    [RYX_FN_STDDEV] = "STDDEV_POP(" AS_DOUBLE("%1") ")",
    [RYX_FN_STDDEV_SAMPLE] = "STDDEV_SAMP(" AS_DOUBLE("%1") ")",
    [RYX_FN_VARIANCE] = "VAR_POP(" AS_DOUBLE("%1") ")",
    [RYX_FN_VARIANCE_SAMPLE] = "VAR_SAMP(" AS_DOUBLE("%1") ")",
    [RYX_FN_STRING_AGG] = "GROUP_CONCAT(%d%1%q SEPARATOR %2)",

};
