/* SPDX-License-Identifier: MIT */
/* Pieces of SQL that the templates of all databases share. */
#ifndef RYX_SQL_FUNCTION_TEXT_H
#define RYX_SQL_FUNCTION_TEXT_H

/* What a text must look like to become another type. In PCRE a $ also stands
 * before a last newline, so nothing may follow it. */
#define TEXT_END     "$(?!.)'"
#define TEXT_INT     "'^[-+]?[0-9]{1,60}" TEXT_END
#define TEXT_DECIMAL "'^[-+]?[0-9]{1,30}([.][0-9]{1,30})?" TEXT_END
/* Nothing that leaves the range of doubles. */
#define TEXT_DOUBLE                                         \
  "'^[-+]?([0-9]{1,200}([.][0-9]{0,200})?|[.][0-9]{1,200})" \
  "([eE][-+]?[0-9]{1,2})?" TEXT_END
#define LEAP_YEAR                             \
  "([0-9]{2}(0[48]|[2468][048]|[13579][26])|" \
  "([02468][048]|[13579][26])00)"
#define DATE_FORM                                                           \
  "(?!0000)([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|"           \
  "(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|" LEAP_YEAR \
  "-02-29)"
#define TIME_FORM     "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
#define TEXT_DATE     "'^" DATE_FORM TEXT_END
#define TEXT_TIME     "'^" TIME_FORM TEXT_END
#define TEXT_DATETIME "'^" DATE_FORM "([T ]" TIME_FORM ")?" TEXT_END

#define INT_MIN_TEXT "-9223372036854775808"
#define INT_MAX_TEXT "9223372036854775807"

/* exp leaves the range of doubles above the first, and gives 0 below the
 * second. */
#define EXP_MAX "709.782712893384"
#define EXP_MIN "-745.133219101941"
#define EXP_OF(x, exp)                                            \
  "CASE WHEN " x " > " EXP_MAX " THEN NULL WHEN " x " < " EXP_MIN \
  " THEN 0.0 ELSE " exp " END"
/* NULL where no real number is the result; what is too near to 0 is 0. */
#define POWER_OF(whole)                                                \
  "CASE WHEN %1 = 0 AND %2 < 0 THEN NULL WHEN %1 < 0 AND %2 <> " whole \
  " THEN NULL WHEN %2 * LN(ABS(NULLIF(%1, 0))) > 709.7827 THEN NULL "  \
  "WHEN %2 * LN(ABS(NULLIF(%1, 0))) < -745.13 THEN 0.0 "               \
  "ELSE POWER(%1, %2) END"
#define LN_OF(ln) "CASE WHEN %1 > 0 THEN " ln "(%1) END"
/* Halves away from zero; exact for every double. */
#define ROUND_OF(x, trunc, end) \
  "(" trunc x end " + " trunc "2 * (" x " - " trunc x end ")" end " + 0.0)"

/* The mode of all types but decimals, where it is one and the same. */
#define RYX_MODES(sql)                                                       \
  [RYX_FN_MODE] = sql, [RYX_FN_MODE_BOOL] = sql, [RYX_FN_MODE_DOUBLE] = sql, \
  [RYX_FN_MODE_TEXT] = sql, [RYX_FN_MODE_UUID] = sql,                        \
  [RYX_FN_MODE_DATE] = sql, [RYX_FN_MODE_TIME] = sql,                        \
  [RYX_FN_MODE_DATETIME] = sql

#endif
