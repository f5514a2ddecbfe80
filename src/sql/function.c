/* SPDX-License-Identifier: MIT */
/* The functions by number and by name, and the SQL that serves all databases.
 */
#include "sql/function.h"

#include <string.h>

static const ryx_function_info functions[] = {
#define X(name, text, least, most) {text, sizeof text - 1, least, most},
    RYX_FUNCTIONS(X)
#undef X
};

const ryx_function_info *ryx_function_get(uint32_t function)
{
  return &functions[function];
}

int ryx_function_find(const char *name, size_t n)
{
  for (int i = 0; i < RYX_FN_MAX; i++) {
    if (functions[i].name_len != n) continue;
    if (memcmp(functions[i].name, name, n) == 0) return i;
  }
  return -1;
}

/* Minus signs are followed by a space: two of them begin a comment. */
const char *const ryx_functions_common[RYX_FN_MAX] = {
    [RYX_FN_ADD] = "(%1 + %2)",
    [RYX_FN_ADD_DOUBLE] = "(%1 + %2)",
    [RYX_FN_ADD_DECIMAL] = "(%1 + %2)",
    [RYX_FN_SUB] = "(%1 - %2)",
    [RYX_FN_SUB_DOUBLE] = "(%1 - %2)",
    [RYX_FN_SUB_DECIMAL] = "(%1 - %2)",
    [RYX_FN_MUL] = "(%1 * %2)",
    [RYX_FN_MUL_DOUBLE] = "(%1 * %2)",
    [RYX_FN_MUL_DECIMAL] = "(%1 * %2)",
    [RYX_FN_MOD] = "MOD(%1, NULLIF(%2, 0))",
    [RYX_FN_MOD_DECIMAL] = "MOD(%1, NULLIF(%2, 0))",
    [RYX_FN_NEG] = "(- %1)",
    [RYX_FN_NEG_DOUBLE] = "(- %1)",
    [RYX_FN_NEG_DECIMAL] = "(- %1)",
    [RYX_FN_ABS] = "ABS(%1)",
    [RYX_FN_ABS_DOUBLE] = "ABS(%1)",
    [RYX_FN_ABS_DECIMAL] = "ABS(%1)",
    [RYX_FN_SIGN] = "SIGN(%1)",
    [RYX_FN_SIGN_DECIMAL] = "SIGN(%1)",
    /* Adding zero makes 0.0 of -0.0. */
    [RYX_FN_FLOOR_DOUBLE] = "(FLOOR(%1) + 0.0)",
    [RYX_FN_FLOOR_DECIMAL] = "FLOOR(%1)",
    [RYX_FN_CEIL_DOUBLE] = "(CEIL(%1) + 0.0)",
    [RYX_FN_CEIL_DECIMAL] = "CEIL(%1)",
    [RYX_FN_BIT_AND] = "(%1 & %2)",
    [RYX_FN_BIT_OR] = "(%1 | %2)",

    [RYX_FN_DECIMAL_OF] = "%1",
    [RYX_FN_LENGTH] = "LENGTH(%1)",
    [RYX_FN_TRIM] = "TRIM(%1)",
    [RYX_FN_LTRIM] = "LTRIM(%1)",
    [RYX_FN_RTRIM] = "RTRIM(%1)",
    [RYX_FN_REPLACE] = "REPLACE(%1, %2, %3)",

    [RYX_FN_COALESCE] = "COALESCE(%*)",
    [RYX_FN_NULLIF] = "NULLIF(%1, %2)",
    [RYX_FN_ORDERED_DECIMAL] = "%1",
    /* What is stored in this form, or compared as it is. */
    [RYX_FN_CAST_TEXT_DECIMAL] = "%1",
    [RYX_FN_CAST_TEXT_BOOL] =
        "CASE WHEN %1 THEN 'true' WHEN NOT (%1) THEN 'false' END",
    [RYX_FN_CAST_TEXT_DATE] = "%1",
    [RYX_FN_CAST_TEXT_TIME] = "%1",
    [RYX_FN_CAST_TEXT_DATETIME] = "%1",
    [RYX_FN_CAST_TEXT_DATETIMETZ] = "%1",
    [RYX_FN_CAST_TEXT_UUID] = "%1",
    [RYX_FN_CAST_BOOL] = "(%1 <> 0)",
    [RYX_FN_CAST_BOOL_DECIMAL] = "(%1 <> 0)",
    [RYX_FN_CAST_BOOL_TEXT] =
        "CASE WHEN LOWER(%1) IN ('true', 't', 'yes', 'on', '1') THEN TRUE "
        "WHEN LOWER(%1) IN ('false', 'f', 'no', 'off', '0') THEN FALSE END",
    [RYX_FN_CAST_DATETIME_DATETIMETZ] = "%1",
    [RYX_FN_CAST_DATETIMETZ_DATETIME] = "%1",
    [RYX_FN_CAST_JSON_DECIMAL] = "%1",
    [RYX_FN_JSON_OR] = "COALESCE(%1, %2)",
    [RYX_FN_JSON_KEY] = "%1",
    [RYX_FN_JSON_PART] = "%1",
    [RYX_FN_CAST_JSON_BOOL] =
        "CASE WHEN %1 THEN 'true' WHEN NOT (%1) THEN 'false' END",
    [RYX_FN_JSON_OBJECT] = "JSON_OBJECT(%*)",
    [RYX_FN_JSON_ARRAY] = "JSON_ARRAY(%*)",

    [RYX_FN_COUNT] = "COUNT(%d%1)",
    [RYX_FN_SUM] = "SUM(%d%1)",
    [RYX_FN_SUM_DOUBLE] = "SUM(%d%1)",
    [RYX_FN_SUM_DECIMAL] = "SUM(%d%1)",
    [RYX_FN_MINIMUM] = "MIN(%d%1)",
    [RYX_FN_MIN_DECIMAL] = "MIN(%d%1)",
    [RYX_FN_MIN_UUID] = "MIN(%d%1)",
    [RYX_FN_MAXIMUM] = "MAX(%d%1)",
    [RYX_FN_MAX_DECIMAL] = "MAX(%d%1)",
    [RYX_FN_MAX_UUID] = "MAX(%d%1)",
    [RYX_FN_BOOL_AND] = "MIN(%d%1)",
    [RYX_FN_BOOL_OR] = "MAX(%d%1)",

    [RYX_FN_ROW_NUMBER] = "ROW_NUMBER()",
    [RYX_FN_RANK] = "RANK()",
    [RYX_FN_DENSE_RANK] = "DENSE_RANK()",
    [RYX_FN_PERCENT_RANK] = "PERCENT_RANK()",
    [RYX_FN_CUME_DIST] = "CUME_DIST()",
    [RYX_FN_NTILE] = "NTILE(%1)",
    [RYX_FN_LAG] = "LAG(%1, %2)",
    [RYX_FN_LAG_DEFAULT] = "LAG(%1, %2, %3)",
    [RYX_FN_LEAD] = "LEAD(%1, %2)",
    [RYX_FN_LEAD_DEFAULT] = "LEAD(%1, %2, %3)",
    [RYX_FN_FIRST_VALUE] = "FIRST_VALUE(%1)",
    [RYX_FN_LAST_VALUE] = "LAST_VALUE(%1)",
    [RYX_FN_NTH_VALUE] = "NTH_VALUE(%1, %2)",
};
