/* SPDX-License-Identifier: MIT */
/* Values and decimals for hosts: thin faces over src/value. */
#include <string.h>

#include "api/api.h"
#include "base/err.h"
#include "base/mem.h"
#include "value/decimal.h"
#include "value/text.h"

ryx_val ryx_null(void)
{
  return (ryx_val){.type = RYX_T_NULL};
}

ryx_val ryx_bool(bool v)
{
  return (ryx_val){.type = RYX_T_BOOL, .u.i = v};
}

ryx_val ryx_int(int64_t v)
{
  return (ryx_val){.type = RYX_T_INT, .u.i = v};
}

ryx_val ryx_double(double v)
{
  return (ryx_val){.type = RYX_T_DOUBLE, .u.d = v};
}

ryx_val ryx_text(const char *s)
{
  return ryx_bytes(RYX_T_TEXT, s, strlen(s));
}

ryx_val ryx_bytes(int type, const void *s, size_t n)
{
  bool fits = type >= 0 && type < RYX_T_MAX && n <= UINT32_MAX;

  if (!fits) return (ryx_val){.type = RYX_T_MAX};
  return (ryx_val){.type = (uint8_t)type, .len = (uint32_t)n, .u.s = s};
}

int ryx_values_check(const ryx_val *v, size_t n, ryx_err *e)
{
  for (size_t i = 0; i < n; i++) {
    if (v[i].type < RYX_T_MAX) continue;
    return ryx_err_set(e, RYX_E_VALIDATION,
                       "value %zu has more than %u bytes, or a type that does "
                       "not exist",
                       i + 1, UINT32_MAX);
  }
  return 0;
}

const char *ryx_type_text(int type)
{
  return ryx_type_name(type);
}

int ryx_type_from(const char *name)
{
  return ryx_type_of(name);
}

const char *ryx_error_kind(int code)
{
  return ryx_err_kind(code);
}

const char *const *ryx_lookups(void)
{
  return ryx_sql_lookups();
}

void ryx_free(void *mem)
{
  ryx_mem_free(mem);
}

int64_t ryx_val_text(const ryx_val *v, char *out, size_t size)
{
  ryx_val text = *v;
  ryx_arena a;
  size_t n;

  if (ryx_values_check(v, 1, NULL) < 0) return RYX_E_VALIDATION;
  ryx_arena_init(&a, 64);
  if (v->type == RYX_T_NULL) text = ryx_text("");
  /* Every type has a text form, but bytes that are no text stay as they are. */
  if (v->type != RYX_T_BYTES && ryx_val_cast(&text, RYX_T_TEXT, &a, NULL) < 0) {
    ryx_arena_fini(&a);
    return RYX_E_NOMEM;
  }
  n = text.len;
  if (size > 0) {
    if (n >= size) n = size - 1;
    memcpy(out, text.u.s, n);
    out[n] = '\0';
  }
  ryx_arena_fini(&a);
  return text.len;
}

int ryx_val_convert(ryx_val *v, int type, void **mem, ryx_err *err)
{
  const char *before = v->u.s;
  bool had_bytes = ryx_val_has_bytes(v);
  ryx_arena a;
  int rc = ryx_values_check(v, 1, err);

  *mem = NULL;
  if (rc < 0) return rc;
  ryx_arena_init(&a, 64);
  rc = ryx_val_cast(v, type, &a, err);
  if (rc == 0 && ryx_val_has_bytes(v) && !(had_bytes && v->u.s == before)) {
    *mem = ryx_mem_dup(v->u.s, v->len);
    v->u.s = *mem;
    if (!*mem) rc = ryx_err_nomem(err);
  }
  ryx_arena_fini(&a);
  return rc;
}

static const int64_t DAY_US = INT64_C(86400000000);

bool ryx_val_parts(const ryx_val *v, ryx_parts *out)
{
  ryx_civil c = {0};

  if (v->type != RYX_T_TIME && (v->u.i == INT64_MAX || v->u.i == INT64_MIN)) {
    return false;
  }
  if (v->type == RYX_T_DATE) {
    ryx_civil_of_days(v->u.i, &c);
  } else if (v->type == RYX_T_DATETIME || v->type == RYX_T_DATETIMETZ ||
             v->type == RYX_T_TIME) {
    ryx_civil_of_datetime(v->u.i, &c);
  } else {
    return false;
  }
  *out =
      (ryx_parts){c.year, c.month, c.day, c.hour, c.minute, c.second, c.micro};
  return true;
}

static int days_in(int year, int month)
{
  int64_t start = ryx_civil_days(year, month, 1);
  int64_t end = month == 12 ? ryx_civil_days(year + 1, 1, 1)
                            : ryx_civil_days(year, month + 1, 1);

  return (int)(end - start);
}

static int out_of_range(ryx_err *e, const char *part, int v)
{
  return ryx_err_set(e, RYX_E_VALIDATION, "%s %d is out of range", part, v);
}

static int check_date(const ryx_parts *p, ryx_err *e)
{
  if (p->year < 1 || p->year > 9999) return out_of_range(e, "year", p->year);
  if (p->month < 1 || p->month > 12) return out_of_range(e, "month", p->month);
  if (p->day < 1 || p->day > days_in(p->year, p->month)) {
    return out_of_range(e, "day", p->day);
  }
  return 0;
}

static int check_time(const ryx_parts *p, ryx_err *e)
{
  if (p->hour < 0 || p->hour > 23) return out_of_range(e, "hour", p->hour);
  if (p->minute < 0 || p->minute > 59) {
    return out_of_range(e, "minute", p->minute);
  }
  if (p->second < 0 || p->second > 59) {
    return out_of_range(e, "second", p->second);
  }
  if (p->micro < 0 || p->micro > 999999) {
    return out_of_range(e, "microsecond", p->micro);
  }
  return 0;
}

int ryx_val_make(int type, const ryx_parts *p, ryx_val *out, ryx_err *err)
{
  bool has_date = type != RYX_T_TIME, has_time = type != RYX_T_DATE;
  int64_t days = 0, us = 0;
  int rc = 0;

  if (type != RYX_T_DATE && type != RYX_T_TIME && type != RYX_T_DATETIME &&
      type != RYX_T_DATETIMETZ) {
    return ryx_err_set(err, RYX_E_MISUSE, "%s has no parts",
                       ryx_type_name(type));
  }
  if (has_date) rc = check_date(p, err);
  if (rc == 0 && has_time) rc = check_time(p, err);
  if (rc < 0) return rc;
  if (has_date) days = ryx_civil_days(p->year, p->month, p->day);
  us = ((p->hour * INT64_C(60) + p->minute) * 60 + p->second) * 1000000 +
       p->micro;
  *out = (ryx_val){.type = (uint8_t)type};
  out->u.i = has_time ? days * DAY_US + us : days;
  return 0;
}

/* Moves the text of a decimal out, or frees it. */
static int hand_out(int rc, ryx_buf *b, char **out, size_t *n, ryx_err *err)
{
  if (rc == 0) {
    *out = ryx_buf_take(b, n);
    if (!*out) rc = ryx_err_nomem(err);
  }
  ryx_buf_fini(b);
  return rc;
}

int ryx_decimal_calc(char op, const char *a, size_t na, const char *b,
                     size_t nb, char **out, size_t *n, ryx_err *err)
{
  ryx_buf text;
  int rc;

  ryx_buf_init(&text, 0);
  rc = ryx_decimal_op(op, (ryx_span){a, na}, (ryx_span){b, nb}, &text, err);
  return hand_out(rc, &text, out, n, err);
}

int ryx_decimal_compare(const char *a, size_t na, const char *b, size_t nb)
{
  return ryx_decimal_cmp((ryx_span){a, na}, (ryx_span){b, nb});
}

int ryx_decimal_places(const char *a, size_t na, int places, bool exact,
                       char **out, size_t *n, ryx_err *err)
{
  ryx_buf text;
  int rc;

  ryx_buf_init(&text, 0);
  rc = ryx_decimal_quantize((ryx_span){a, na}, places, exact, &text, err);
  return hand_out(rc, &text, out, n, err);
}
