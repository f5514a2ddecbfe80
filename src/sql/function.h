/* SPDX-License-Identifier: MIT */
/* Functions, operators and aggregates: a row each, for one meaning and one
 * choice of argument types. What SQL they make is in function.c for all
 * databases, in function_*.c where one differs. */
#ifndef RYX_SQL_FUNCTION_H
#define RYX_SQL_FUNCTION_H

#include "ryx_value.h"
#include "sql/dialect_list.h"

/* Arguments that %* takes. */
enum { RYX_FN_MANY = 99 };

/* X(NAME, "name", fewest arguments, most). Names end in the type of what they
 * take where there is a choice: nothing stands for int, or for every type. A
 * row cast_A_B makes an A of a B; what A cannot hold becomes NULL. `places` is
 * an integer literal. */
#define RYX_FUNCTIONS_NUMBER(X)                                     \
  X(ADD, "add", 2, 2)                                               \
  X(ADD_DOUBLE, "add_double", 2, 2)                                 \
  X(ADD_DECIMAL, "add_decimal", 2, 2)                               \
  X(SUB, "sub", 2, 2)                                               \
  X(SUB_DOUBLE, "sub_double", 2, 2)                                 \
  X(SUB_DECIMAL, "sub_decimal", 2, 2)                               \
  X(MUL, "mul", 2, 2)                                               \
  X(MUL_DOUBLE, "mul_double", 2, 2)                                 \
  X(MUL_DECIMAL, "mul_decimal", 2, 2)                               \
  X(DIV, "div", 2, 2)                 /* of ints and doubles */     \
  X(DIV_DECIMAL, "div_decimal", 3, 3) /* a, b, places */            \
  X(INT_DIV, "int_div", 2, 2)                                       \
  X(MOD, "mod", 2, 2)                                               \
  X(MOD_DOUBLE, "mod_double", 2, 2)                                 \
  X(MOD_DECIMAL, "mod_decimal", 2, 2)                               \
  X(NEG, "neg", 1, 1)                                               \
  X(NEG_DOUBLE, "neg_double", 1, 1)                                 \
  X(NEG_DECIMAL, "neg_decimal", 1, 1)                               \
  X(ABS, "abs", 1, 1)                                               \
  X(ABS_DOUBLE, "abs_double", 1, 1)                                 \
  X(ABS_DECIMAL, "abs_decimal", 1, 1)                               \
  X(SIGN, "sign", 1, 1) /* of ints and doubles */                   \
  X(SIGN_DECIMAL, "sign_decimal", 1, 1)                             \
  X(ROUND_DOUBLE, "round_double", 1, 1)                             \
  X(ROUND_DECIMAL, "round_decimal", 2, 2) /* number, places */      \
  X(DECIMAL_OF, "decimal_of", 2, 2)       /* a parameter, places */ \
  X(FLOOR_DOUBLE, "floor_double", 1, 1)                             \
  X(FLOOR_DECIMAL, "floor_decimal", 1, 1)                           \
  X(CEIL_DOUBLE, "ceil_double", 1, 1)                               \
  X(CEIL_DECIMAL, "ceil_decimal", 1, 1)                             \
  X(POWER, "power", 2, 2)                                           \
  X(SQRT, "sqrt", 1, 1)                                             \
  X(EXP, "exp", 1, 1)                                               \
  X(LN, "ln", 1, 1)                                                 \
  X(LOG10, "log10", 1, 1)                                           \
  X(BIT_AND, "bit_and", 2, 2)                                       \
  X(BIT_OR, "bit_or", 2, 2)

#define RYX_FUNCTIONS_TEXT(X)                            \
  X(CONCAT, "concat", 2, 2)                              \
  X(LOWER, "lower", 1, 1)                                \
  X(UPPER, "upper", 1, 1)                                \
  X(LENGTH, "length", 1, 1)                              \
  X(TRIM, "trim", 1, 1)                                  \
  X(LTRIM, "ltrim", 1, 1)                                \
  X(RTRIM, "rtrim", 1, 1)                                \
  X(REPLACE, "replace", 3, 3)                            \
  X(SUBSTR, "substr", 3, 3)                              \
  X(SUBSTR_FROM, "substr_from", 2, 2)                    \
  X(LEFT, "left", 2, 2)                                  \
  X(RIGHT, "right", 2, 2)                                \
  X(POSITION, "position", 2, 2) /* text, what to find */ \
  X(REPEAT, "repeat", 2, 2)                              \
  X(LPAD, "lpad", 3, 3)                                  \
  X(RPAD, "rpad", 3, 3)                                  \
  X(REVERSE, "reverse", 1, 1)                            \
  X(TRIGRAM_SIMILARITY, "trigram_similarity", 2, 2)

/* ordered: what max, min and NULLIF compare decimals by where they are text. */
#define RYX_FUNCTIONS_CHOICE(X)                                                \
  X(COALESCE, "coalesce", 2, RYX_FN_MANY)                                      \
  X(GREATEST, "greatest", 2, RYX_FN_MANY)                                      \
  X(LEAST, "least", 2, RYX_FN_MANY)                                            \
  X(NULLIF, "nullif", 2, 2)                                                    \
  X(ORDERED_DECIMAL, "ordered_decimal", 1, 1)                                  \
  X(CAST_INT_BOOL, "cast_int_bool", 1, 1)                                      \
  X(CAST_INT_DOUBLE, "cast_int_double", 1, 1)                                  \
  X(CAST_INT_DECIMAL, "cast_int_decimal", 1, 1)                                \
  X(CAST_INT_TEXT, "cast_int_text", 1, 1)                                      \
  X(CAST_DOUBLE, "cast_double", 1, 1) /* of ints and decimals */               \
  X(CAST_DOUBLE_TEXT, "cast_double_text", 1, 1)                                \
  X(CAST_TEXT, "cast_text", 1, 1)                                              \
  X(CAST_TEXT_DOUBLE, "cast_text_double", 1, 1)                                \
  X(CAST_TEXT_DECIMAL, "cast_text_decimal", 1, 1)                              \
  X(CAST_TEXT_BOOL, "cast_text_bool", 1, 1)                                    \
  X(CAST_TEXT_DATE, "cast_text_date", 1, 1)                                    \
  X(CAST_TEXT_TIME, "cast_text_time", 1, 1)                                    \
  X(CAST_TEXT_DATETIME, "cast_text_datetime", 1, 1)                            \
  X(CAST_TEXT_DATETIMETZ, "cast_text_datetimetz", 1, 1)                        \
  X(CAST_TEXT_UUID, "cast_text_uuid", 1, 1)                                    \
  X(WIDEN_INT, "widen_int", 1, 1) /* as wide as values of the type get */      \
  X(WIDEN_TEXT, "widen_text", 1, 1)                                            \
  X(WIDEN_DECIMAL, "widen_decimal", 2, 2) /* decimal, places */                \
  X(CAST_DECIMAL, "cast_decimal", 3, 3)   /* number, places, limit as text */  \
  X(CAST_DECIMAL_TEXT, "cast_decimal_text", 2, 2) /* text, places */           \
  X(CAST_BOOL, "cast_bool", 1, 1)                 /* of ints and doubles */    \
  X(CAST_BOOL_DECIMAL, "cast_bool_decimal", 1, 1)                              \
  X(CAST_BOOL_TEXT, "cast_bool_text", 1, 1)                                    \
  X(CAST_DATE_TEXT, "cast_date_text", 1, 1)                                    \
  X(CAST_TIME_TEXT, "cast_time_text", 1, 1)                                    \
  X(CAST_DATETIME_TEXT, "cast_datetime_text", 1, 1)                            \
  X(CAST_DATETIME_DATE, "cast_datetime_date", 1, 1)                            \
  X(CAST_DATETIME_DATETIMETZ, "cast_datetime_datetimetz", 1, 1)                \
  X(CAST_DATETIMETZ_DATETIME, "cast_datetimetz_datetime", 1, 1)                \
  X(CAST_JSON, "cast_json", 1, 1) /* of ints */                                \
  X(CAST_JSON_DOUBLE, "cast_json_double", 1, 1)                                \
  X(CAST_JSON_DECIMAL, "cast_json_decimal", 1, 1)                              \
  X(CAST_JSON_BOOL, "cast_json_bool", 1, 1)                                    \
  X(CAST_JSON_TEXT, "cast_json_text", 1, 1)                                    \
  X(JSON_ITEM, "json_item", 1, 1) /* a document as an argument of these two */ \
  X(JSON_OBJECT, "json_object", 0, RYX_FN_MANY) /* key, value, ... */          \
  X(JSON_ARRAY, "json_array", 0, RYX_FN_MANY)                                  \
  X(JSON_RANK, "json_rank", 1, 1) /* of its type in an order */
/* Changes of documents: json_or(change(object_of(x)), x). object_of and
 * array_of make an empty one of nothing and of JSON's null. What else is no
 * object or no array, and for the other two nothing either, becomes NULL, as
 * does every change of it; or a change leaves it as it is, and json_or is its
 * first argument. Set and replace take a json_key or position and a json_part,
 * again and again where it is a key, remove a json_key or position. A position
 * behind the end appends. */
#define RYX_FUNCTIONS_CHANGE(X)                         \
  X(JSON_OBJECT_OF, "json_object_of", 1, 1)             \
  X(JSON_ARRAY_OF, "json_array_of", 1, 1)               \
  X(JSON_IF_OBJECT, "json_if_object", 1, 1)             \
  X(JSON_IF_ARRAY, "json_if_array", 1, 1)               \
  X(JSON_OR, "json_or", 2, 2)                           \
  X(JSON_KEY, "json_key", 1, 1)                         \
  X(JSON_PART, "json_part", 1, 1)                       \
  X(JSON_SET_KEY, "json_set_key", 3, RYX_FN_MANY)       \
  X(JSON_SET_ITEM, "json_set_item", 3, 3)               \
  X(JSON_REPLACE_KEY, "json_replace_key", 3, 3)         \
  X(JSON_REPLACE_ITEM, "json_replace_item", 3, 3)       \
  X(JSON_REMOVE_KEY, "json_remove_key", 2, RYX_FN_MANY) \
  X(JSON_REMOVE_ITEM, "json_remove_item", 2, 2)

/* Parts and truncations are of datetimes; years to quarters of dates too. */
#define RYX_FUNCTIONS_TIME(X)                             \
  X(YEAR, "year", 1, 1)                                   \
  X(MONTH, "month", 1, 1)                                 \
  X(DAY, "day", 1, 1)                                     \
  X(WEEK, "week", 1, 1)                                   \
  X(ISO_YEAR, "iso_year", 1, 1)                           \
  X(DOW, "dow", 1, 1)         /* 0 is Sunday */           \
  X(ISO_DOW, "iso_dow", 1, 1) /* 1 is Monday */           \
  X(QUARTER, "quarter", 1, 1)                             \
  X(HOUR, "hour", 1, 1)                                   \
  X(MINUTE, "minute", 1, 1)                               \
  X(SECOND, "second", 1, 1)                               \
  X(MICROSECOND, "microsecond", 1, 1)                     \
  X(HOUR_TIME, "hour_time", 1, 1)                         \
  X(MINUTE_TIME, "minute_time", 1, 1)                     \
  X(SECOND_TIME, "second_time", 1, 1)                     \
  X(MICROSECOND_TIME, "microsecond_time", 1, 1)           \
  X(DATE_OF, "date_of", 1, 1)                             \
  X(TIME_OF, "time_of", 1, 1)                             \
  X(PATH_BEGIN, "path_begin", 1, 1)                       \
  X(PATH_ADD, "path_add", 2, 2)                           \
  X(PATH_HOLDS, "path_holds", 2, 2)                       \
  X(KEYS_BEGIN, "keys_begin", 1, 1)                       \
  X(KEYS_ADD, "keys_add", 2, 2)                           \
  X(KEYS_BEGIN_TEXT, "keys_begin_text", 1, 1)             \
  X(KEYS_ADD_TEXT, "keys_add_text", 2, 2)                 \
  X(PLACE_BEGIN, "place_begin", 1, 1)                     \
  X(PLACE_ADD, "place_add", 2, 2)                         \
  X(RANDOM, "random", 0, 0)                               \
  X(ARRAY_LEN, "array_len", 1, 1)                         \
  X(ARRAY_ITEM_INT, "array_item_int", 2, 2)               \
  X(ARRAY_ITEM_DOUBLE, "array_item_double", 2, 2)         \
  X(ARRAY_ITEM_TEXT, "array_item_text", 2, 2)             \
  X(ARRAY_ITEM_DECIMAL, "array_item_decimal", 2, 2)       \
  X(ARRAY_ITEM_BOOL, "array_item_bool", 2, 2)             \
  X(ARRAY_ITEM_DATE, "array_item_date", 2, 2)             \
  X(ARRAY_ITEM_TIME, "array_item_time", 2, 2)             \
  X(ARRAY_ITEM_DATETIME, "array_item_datetime", 2, 2)     \
  X(ARRAY_ITEM_DATETIMETZ, "array_item_datetimetz", 2, 2) \
  X(ARRAY_ITEM_UUID, "array_item_uuid", 2, 2)             \
  X(ARRAY_ITEM_DURATION, "array_item_duration", 2, 2)     \
  X(NOW, "now", 0, 0)                                     \
  X(NOW_DATETIMETZ, "now_datetimetz", 0, 0)               \
  X(TRUNC_YEAR, "trunc_year", 1, 1)                       \
  X(TRUNC_QUARTER, "trunc_quarter", 1, 1)                 \
  X(TRUNC_MONTH, "trunc_month", 1, 1)                     \
  X(TRUNC_WEEK, "trunc_week", 1, 1)                       \
  X(TRUNC_DAY, "trunc_day", 1, 1)                         \
  X(TRUNC_HOUR, "trunc_hour", 1, 1)                       \
  X(TRUNC_MINUTE, "trunc_minute", 1, 1)                   \
  X(TRUNC_SECOND, "trunc_second", 1, 1)                   \
  X(TRUNC_YEAR_DATE, "trunc_year_date", 1, 1)             \
  X(TRUNC_QUARTER_DATE, "trunc_quarter_date", 1, 1)       \
  X(TRUNC_MONTH_DATE, "trunc_month_date", 1, 1)           \
  X(TRUNC_WEEK_DATE, "trunc_week_date", 1, 1)             \
  X(DATETIME_DIFF, "datetime_diff", 2, 2)                 \
  X(DATETIME_ADD, "datetime_add", 2, 2)                   \
  X(AT_ZONE, "at_zone", 2, 2)                             \
  X(AT_ZONE_DATETIMETZ, "at_zone_datetimetz", 2, 2)

/* A percentile takes x, its share as a text literal from 0 to 1, and places;
 * the places of a mode are those of x. */
#define RYX_FUNCTIONS_AGGREGATE(X)                                  \
  X(COUNT, "count", 1, 1)                                           \
  X(SUM, "sum", 1, 1) /* of ints and durations */                   \
  X(SUM_DOUBLE, "sum_double", 1, 1)                                 \
  X(SUM_DECIMAL, "sum_decimal", 1, 1)                               \
  X(AVG, "avg", 1, 1)                 /* of ints and doubles */     \
  X(AVG_DECIMAL, "avg_decimal", 2, 2) /* x, places */               \
  X(AVG_DURATION, "avg_duration", 1, 1)                             \
  X(MINIMUM, "min", 1, 1)                                           \
  X(MIN_DECIMAL, "min_decimal", 1, 1)                               \
  X(MIN_UUID, "min_uuid", 1, 1)                                     \
  X(MAXIMUM, "max", 1, 1)                                           \
  X(MAX_DECIMAL, "max_decimal", 1, 1)                               \
  X(MAX_UUID, "max_uuid", 1, 1)                                     \
  X(BOOL_AND, "bool_and", 1, 1)                                     \
  X(BOOL_OR, "bool_or", 1, 1)                                       \
  X(STDDEV, "stddev", 1, 1)                                         \
  X(STDDEV_SAMPLE, "stddev_sample", 1, 1)                           \
  X(VARIANCE, "variance", 1, 1)                                     \
  X(VARIANCE_SAMPLE, "variance_sample", 1, 1)                       \
  X(PERCENTILE, "percentile", 2, 2) /* of doubles */                \
  X(PERCENTILE_DECIMAL, "percentile_decimal", 3, 3)                 \
  X(PERCENTILE_DURATION, "percentile_duration", 2, 2)               \
  X(MODE, "mode", 1, 1) /* of ints and durations */                 \
  X(MODE_BOOL, "mode_bool", 1, 1)                                   \
  X(MODE_DOUBLE, "mode_double", 1, 1)                               \
  X(MODE_DECIMAL, "mode_decimal", 2, 2) /* x, places */             \
  X(MODE_TEXT, "mode_text", 1, 1)                                   \
  X(MODE_UUID, "mode_uuid", 1, 1)                                   \
  X(MODE_DATE, "mode_date", 1, 1)                                   \
  X(MODE_TIME, "mode_time", 1, 1)                                   \
  X(MODE_DATETIME, "mode_datetime", 1, 1)                           \
  X(STRING_AGG, "string_agg", 2, 2) /* x, separator as a literal */ \
  X(ARRAY_AGG, "array_agg", 1, 1)                                   \
  X(ARRAY_AGG_DECIMAL, "array_agg_decimal", 1, 1)                   \
  X(ARRAY_AGG_BOOL, "array_agg_bool", 1, 1)                         \
  X(JSON_AGG, "json_agg", 1, 1) /* of documents */

/* n is an integer literal. */
#define RYX_FUNCTIONS_WINDOW(X)         \
  X(ROW_NUMBER, "row_number", 0, 0)     \
  X(RANK, "rank", 0, 0)                 \
  X(DENSE_RANK, "dense_rank", 0, 0)     \
  X(PERCENT_RANK, "percent_rank", 0, 0) \
  X(CUME_DIST, "cume_dist", 0, 0)       \
  X(NTILE, "ntile", 1, 1)               \
  X(LAG, "lag", 2, 2) /* x, n */        \
  X(LAG_DEFAULT, "lag_default", 3, 3)   \
  X(LEAD, "lead", 2, 2)                 \
  X(LEAD_DEFAULT, "lead_default", 3, 3) \
  X(FIRST_VALUE, "first_value", 1, 1)   \
  X(LAST_VALUE, "last_value", 1, 1)     \
  X(NTH_VALUE, "nth_value", 2, 2)

/* Of an insert that may update instead. Where a row does not say by itself what
 * became of it, an assignment marks it with a number that is the statement's
 * own, so what an earlier one left behind does not matter. */
#define RYX_FUNCTIONS_WRITE(X)            \
  X(MARKED, "marked", 2, 2) /* x, mark */ \
  X(IS_NEW, "is_new", 1, 1) /* mark */

#define RYX_FUNCTIONS(X)     \
  RYX_FUNCTIONS_NUMBER(X)    \
  RYX_FUNCTIONS_TEXT(X)      \
  RYX_FUNCTIONS_CHOICE(X)    \
  RYX_FUNCTIONS_CHANGE(X)    \
  RYX_FUNCTIONS_TIME(X)      \
  RYX_FUNCTIONS_AGGREGATE(X) \
  RYX_FUNCTIONS_WINDOW(X)    \
  RYX_FUNCTIONS_WRITE(X)

typedef enum {
#define X(name, text, least, most) RYX_FN_##name,
  RYX_FUNCTIONS(X)
#undef X
      RYX_FN_MAX
} ryx_function;

typedef struct ryx_function_info {
  const char *name;
  uint32_t name_len, least, most;
} ryx_function_info;

/* By number; and the number by name, or -1. */
const ryx_function_info *ryx_function_get(uint32_t function);
int ryx_function_find(const char *name, size_t n);

/* The template of a database: SQL with holes.
 *
 *   %1 .. %9  an argument              %*  all of them, with commas between
 *   %r        all but the first
 *   %i %f %b  around what is folded, and to compare it (dialect.h)
 *   %%        a percent sign
 *   of aggregates and window functions:
 *   %d  DISTINCT and a space, if so    %D  1 if DISTINCT, else 0
 *   %q  ORDER BY, after a space, if so %k  , key, flags for each key of the
 * order (flags: 1 DESC, 2 NULLS FIRST, 4 NULLS LAST, 8 compare as decimal) %o
 * a space and the whole OVER (...), nothing outside a window; without the hole,
 * it follows the template
 *
 * An operator brings its own parentheses: "(%1 + %2)". NULL: the database has
 * no such function, which is an error that names it. */
#define X(dialect) extern const char *const ryx_functions_##dialect[RYX_FN_MAX];
RYX_DIALECTS(X)
#undef X
/* Serves where the database's own row is NULL. */
extern const char *const ryx_functions_common[RYX_FN_MAX];

#endif
