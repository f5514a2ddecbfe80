/* SPDX-License-Identifier: MIT */
/* Parameters on their way: cast to the type they are wanted in, then worked on
 * as their bind says. */
#include "sql/bind.h"

#include <string.h>

#include "base/err.h"
#include "sql/dialect.h"
#include "sql/pattern.h"
#include "sql/words.h"
#include "value/json.h"
#include "value/text.h"

static int work(const ryx_bind_job *j, ryx_val *v)
{
  ryx_bind_op op = (ryx_bind_op)j->bind->op;

  switch (op) {
    case RYX_BIND_VALUE:
    case RYX_BIND_COLUMN: return 0;
    case RYX_BIND_LIKE_CONTAINS:
    case RYX_BIND_LIKE_STARTS:
    case RYX_BIND_LIKE_ENDS:
    case RYX_BIND_LIKE_EXACT:
    case RYX_BIND_GLOB_ENDS: return ryx_pattern_make(op, v, j->arena, j->err);
    case RYX_BIND_PREFIX_END:
      return ryx_pattern_prefix_end(v, j->arena, j->err);
    case RYX_BIND_REGEX: return ryx_pattern_regex(v, j->arena, j->err);
    case RYX_BIND_WORDS_QUOTED:
    case RYX_BIND_WORDS_ALL:
    case RYX_BIND_WORDS_ANY: return ryx_words_make(op, v, j->arena, j->err);
    case RYX_BIND_LITERALS: return j->plan->dialect->list_literals(j, v);
  }
  return ryx_err_set(j->err, RYX_E_MISUSE, "unknown bind");
}

int ryx_bind_full(int rc, ryx_err *e)
{
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  return ryx_err_set(e, RYX_E_VALIDATION, "the list is too long");
}

int ryx_bind_text(const ryx_bind_job *j, const ryx_buf *b, ryx_val *v)
{
  char *s = ryx_arena_dup(j->arena, b->data, b->len);

  if (!s) return ryx_err_nomem(j->err);
  v->u.s = s;
  v->len = (uint32_t)b->len;
  return 0;
}

static int put_duration(ryx_buf *out, const ryx_json *item, ryx_err *e)
{
  size_t n;
  const char *s;
  int64_t us;
  int rc;

  if (ryx_json_type(item) != RYX_JSON_STRING) {
    rc = ryx_buf_puts(out, "null");
    return rc < 0 ? ryx_bind_full(rc, e) : 0;
  }
  s = ryx_json_string(item, &n);
  if (ryx_text_duration(s, n, &us, e) < 0) return RYX_E_VALIDATION;
  rc = ryx_json_put_int(out, us);
  return rc < 0 ? ryx_bind_full(rc, e) : 0;
}

/* ["01:00:00"] to [3600000000], the way durations are stored. */
static int put_durations(ryx_buf *out, const ryx_json *list, ryx_err *e)
{
  size_t n = ryx_json_type(list) == RYX_JSON_ARRAY ? ryx_json_size(list) : 0;
  int rc = ryx_buf_puts(out, "[");

  for (size_t i = 0; i < n && rc == 0; i++) {
    if (i > 0) rc = ryx_buf_puts(out, ",");
    if (rc < 0) break;
    rc = put_duration(out, ryx_json_at(list, i), e);
    if (rc < 0) return rc;
  }
  if (rc == 0) rc = ryx_buf_puts(out, "]");
  return rc < 0 ? ryx_bind_full(rc, e) : 0;
}

int ryx_bind_durations(const ryx_bind_job *j, ryx_val *v)
{
  ryx_json *list;
  ryx_buf out;
  int rc = ryx_json_parse(v->u.s, v->len, &list, j->err);

  if (rc < 0) return rc;
  ryx_buf_init(&out, UINT32_MAX);
  rc = put_durations(&out, list, j->err);
  if (rc == 0) rc = ryx_bind_text(j, &out, v);
  ryx_buf_fini(&out);
  ryx_json_free(list);
  return rc;
}

/* A list whose items are not marked is taken to be of the type it should be. */
static int cast_list(const ryx_bind_job *j, ryx_val *v)
{
  uint8_t want = j->plan->param_elem[j->bind->param];

  if (v->type != RYX_T_ARRAY) {
    return ryx_err_set(j->err, RYX_E_VALIDATION,
                       "a list of %s is needed, not a single %s",
                       ryx_type_name(want), ryx_type_name(v->type));
  }
  if (v->elem != RYX_T_NULL && v->elem != want) {
    return ryx_err_set(j->err, RYX_E_VALIDATION,
                       "a list of %s is needed, not a list of %s",
                       ryx_type_name(want), ryx_type_name(v->elem));
  }
  v->elem = want;
  if (j->bind->op == RYX_BIND_LITERALS || j->bind->elem == want) return 0;
  v->elem = j->bind->elem;
  return ryx_bind_durations(j, v);
}

int ryx_bind_value(const ryx_bind_job *j, ryx_val *v)
{
  uint8_t want = j->bind->type;
  int rc = 0;

  if (v->type == RYX_T_NULL) {
    v->elem = want; /* PostgreSQL wants a type for a NULL, too */
    return 0;
  }
  if (want == RYX_T_ARRAY) {
    rc = cast_list(j, v);
  } else if (want != RYX_T_NULL && v->type != want) {
    rc = ryx_val_cast(v, want, j->arena, j->err);
  }
  return rc < 0 ? rc : work(j, v);
}

/* Says which column the error is about. */
static int blame(const ryx_bind_job *j, int rc)
{
  const char *name = j->plan->param_name[j->bind->param];

  if (!j->err || name[0] == '\0' || rc == RYX_E_NOMEM) return rc;
  (void)ryx_err_set(j->err, rc, "%s: %s", name, j->err->message);
  ryx_err_name(j->err->column, name, strlen(name));
  return rc;
}

int ryx_plan_bind(const ryx_plan *p, const ryx_val *in, ryx_val *out,
                  ryx_arena *a, ryx_err *e)
{
  for (int32_t i = 0; i < p->n_binds; i++) {
    ryx_bind_job j = {.plan = p, .bind = &p->binds[i], .arena = a, .err = e};
    int rc;

    out[i] = in[j.bind->param];
    rc = ryx_bind_value(&j, &out[i]);
    if (rc < 0) return blame(&j, rc);
  }
  return 0;
}

static int bind_columns(const ryx_bind_job *j, const ryx_val *in, int32_t n,
                        ryx_val *out)
{
  ryx_bind_job one = *j;

  for (int32_t i = 0; i < j->plan->n_binds; i++) {
    int rc;

    one.bind = &j->plan->binds[i];
    if (one.bind->op == RYX_BIND_COLUMN) {
      rc = j->plan->dialect->batch_bind(&one, in, n, &out[i]);
    } else { /* the same in every row */
      out[i] = in[one.bind->param];
      rc = ryx_bind_value(&one, &out[i]);
    }
    if (rc < 0) return blame(&one, rc);
  }
  return 0;
}

static int bind_rows(const ryx_bind_job *j, const ryx_val *in, int32_t n,
                     ryx_val *out)
{
  for (int32_t row = 0; row < n; row++) {
    int rc = ryx_plan_bind(j->plan, in, out, j->arena, j->err);

    if (rc < 0) return rc;
    in += j->plan->n_params;
    out += j->plan->n_binds;
  }
  return 0;
}

int ryx_plan_bind_batch(const ryx_plan *p, const ryx_val *in, int32_t n,
                        ryx_val **out, ryx_arena *a, ryx_err *e)
{
  ryx_bind_job j = {.plan = p, .arena = a, .err = e};
  bool by_column = p->batch == RYX_BATCH_UNNEST;
  size_t n_out = (size_t)p->n_binds * (by_column ? 1 : (size_t)n);

  if (n_out > SIZE_MAX / sizeof **out) return ryx_err_nomem(e);
  *out = ryx_arena_alloc(a, n_out * sizeof **out);
  if (!*out) return ryx_err_nomem(e);
  return by_column ? bind_columns(&j, in, n, *out) : bind_rows(&j, in, n, *out);
}
