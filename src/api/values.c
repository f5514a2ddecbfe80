/* SPDX-License-Identifier: MIT */
/* Values and decimals for hosts: thin faces over src/value. */
#include <string.h>

#include "api/api.h"
#include "base/err.h"
#include "base/mem.h"
#include "sql/numbers.h"
#include "value/check.h"
#include "value/decimal.h"
#include "value/text.h"
#include "value/time.h"

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

const ryx_number *ryx_numbers(void)
{
  return ryx_sql_numbers();
}

void ryx_free(void *mem)
{
  ryx_mem_free(mem);
}

/* As much as fits, and a NUL; gives what there is. */
static int64_t copy_out(const char *s, size_t n, char *out, size_t size)
{
  if (size > 0) {
    size_t fits = n < size ? n : size - 1;

    memcpy(out, s, fits);
    out[fits] = '\0';
  }
  return (int64_t)n;
}

int64_t ryx_val_text(const ryx_val *v, char *out, size_t size)
{
  ryx_val text = *v;
  ryx_arena a;
  int64_t n;

  if (ryx_values_check(v, 1, NULL) < 0) return RYX_E_VALIDATION;
  ryx_arena_init(&a, 64);
  if (v->type == RYX_T_NULL) text = ryx_text("");
  /* Every type has a text form, but bytes that are no text stay as they are. */
  if (v->type != RYX_T_BYTES && ryx_val_cast(&text, RYX_T_TEXT, &a, NULL) < 0) {
    ryx_arena_fini(&a);
    return RYX_E_NOMEM;
  }
  n = copy_out(text.u.s, text.len, out, size);
  ryx_arena_fini(&a);
  return n;
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

bool ryx_val_held(const ryx_val *v)
{
  return ryx_check_held(v);
}

bool ryx_is_text(const char *s, size_t n)
{
  return ryx_text_valid(s, n) && !memchr(s, 0, n);
}

bool ryx_val_parts(const ryx_val *v, ryx_civil *out)
{
  return ryx_time_parts(v, out);
}

int ryx_val_make(int type, const ryx_civil *p, ryx_val *out, ryx_err *err)
{
  return ryx_time_make(type, p, out, err);
}

bool ryx_val_split(const ryx_val *v, int64_t *days, int64_t *us)
{
  return ryx_time_split(v, days, us);
}

int ryx_val_add(const ryx_val *a, const ryx_val *b, ryx_val *out, ryx_err *err)
{
  return ryx_time_add(a, b, out, err);
}

int ryx_val_sub(const ryx_val *a, const ryx_val *b, ryx_val *out, ryx_err *err)
{
  return ryx_time_sub(a, b, out, err);
}

int64_t ryx_val_iso(const ryx_val *v, char *out, size_t size)
{
  char text[RYX_TEXT_MAX];
  int n = ryx_text_put_iso(text, v);

  return copy_out(text, (size_t)n, out, size);
}

ryx_val ryx_now(void)
{
  return (ryx_val){.type = RYX_T_DATETIME, .u.i = ryx_time_now()};
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
