/* SPDX-License-Identifier: MIT */
#include "value/check.h"

#include "base/err.h"
#include "value/text.h"
#include "value/text_check.h"
#include "value/time.h"

/* "NaN", "Infinity" and "-Infinity" are decimals on PostgreSQL. */
static bool is_number(const ryx_val *v)
{
  return v->len > 0 && v->u.s[v->len - 1] >= '0' && v->u.s[v->len - 1] <= '9';
}

bool ryx_check_held(const ryx_val *v)
{
  switch ((ryx_type)v->type) {
    case RYX_T_DECIMAL: return is_number(v);
    case RYX_T_DATE: return ryx_civil_has_day(v->u.i);
    case RYX_T_TIME: return ryx_time_in_day(v->u.i);
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: return ryx_civil_has_datetime(v->u.i);
    case RYX_T_NULL:
    case RYX_T_BOOL:
    case RYX_T_INT:
    case RYX_T_DOUBLE:
    case RYX_T_TEXT:
    case RYX_T_BYTES:
    case RYX_T_DURATION:
    case RYX_T_UUID:
    case RYX_T_JSON:
    case RYX_T_ARRAY:
    case RYX_T_MAX: break;
  }
  return true;
}

int ryx_check_param(const ryx_val *v, ryx_err *e)
{
  char shown[80];

  if (ryx_val_has_bytes(v) && v->type != RYX_T_BYTES) {
    int rc = ryx_text_check(v, e);
    if (rc < 0) return rc;
  }
  if (ryx_check_held(v)) return 0;
  ryx_val_show(v, shown);
  return ryx_err_set(e, RYX_E_VALIDATION,
                     "%s %s is out of range: days are of the years 1 to 9999, "
                     "times within one day, decimals numbers",
                     ryx_type_name(v->type), shown);
}
