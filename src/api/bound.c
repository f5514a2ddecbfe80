/* SPDX-License-Identifier: MIT */
/* The parameters of a plan's statement as they would be bound, without sending
 * it. */
#include "api/api.h"
#include "base/err.h"
#include "base/mem.h"
#include "value/text.h"

struct ryx_bound {
  ryx_arena arena; /* the values and their bytes */
  ryx_val *values;
  int n;
};

static int check(const ryx_plan *p, const ryx_val *params, int n, ryx_err *e)
{
  if (p->batch != RYX_BATCH_NONE) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "a plan that inserts many rows is bound when their "
                       "number is known: send it");
  }
  if (n != p->n_params) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "the plan takes %d parameters, %d were given",
                       p->n_params, n);
  }
  if (n > 0 && !params) {
    return ryx_err_set(e, RYX_E_MISUSE, "n is %d, but params is NULL", n);
  }
  return ryx_values_check(params, (size_t)n, e);
}

static int fill(ryx_bound *b, const ryx_plan *p, const ryx_val *params,
                ryx_err *e)
{
  int rc;

  b->values = ryx_arena_alloc(&b->arena, (size_t)p->n_binds * sizeof(ryx_val));
  if (!b->values) return ryx_err_nomem(e);
  rc = ryx_plan_bind(p, params, b->values, &b->arena, e);
  if (rc < 0) return rc;
  for (; b->n < p->n_binds; b->n++) {
    if (ryx_val_copy(&b->values[b->n], &b->arena) < 0) return ryx_err_nomem(e);
  }
  return 0;
}

int ryx_bound_new(const ryx_plan *p, const ryx_val *params, int n,
                  ryx_bound **out, ryx_err *err)
{
  int rc = check(p, params, n, err);
  ryx_bound *b;

  *out = NULL;
  if (rc < 0) return rc;
  b = ryx_mem_new(sizeof *b);
  if (!b) return ryx_err_nomem(err);
  ryx_arena_init(&b->arena, 0);
  rc = fill(b, p, params, err);
  if (rc < 0) {
    ryx_bound_free(b);
    return rc;
  }
  *out = b;
  return 0;
}

void ryx_bound_free(ryx_bound *b)
{
  if (!b) return;
  ryx_arena_fini(&b->arena);
  ryx_mem_free(b);
}

int ryx_bound_count(const ryx_bound *b)
{
  return b->n;
}

void ryx_bound_value(const ryx_bound *b, int i, ryx_val *out)
{
  *out = i >= 0 && i < b->n ? b->values[i] : ryx_null();
}
