/* SPDX-License-Identifier: MIT */
/* Plans, and turning a query into a job for the engine. */
#include <string.h>

#include "api/api.h"
#include "base/err.h"

static const ryx_job_kind kinds[] = {
    [RYX_OP_RUN] = RYX_JOB_RUN,
    [RYX_OP_CONNECT] = RYX_JOB_CONNECT,
    [RYX_OP_SLEEP] = RYX_JOB_SLEEP,
    [RYX_OP_BEGIN] = RYX_JOB_BEGIN,
    [RYX_OP_COMMIT] = RYX_JOB_COMMIT,
    [RYX_OP_ROLLBACK] = RYX_JOB_ROLLBACK,
    [RYX_OP_SAVEPOINT] = RYX_JOB_SAVEPOINT,
    [RYX_OP_RELEASE] = RYX_JOB_RELEASE,
    [RYX_OP_ROLLBACK_TO] = RYX_JOB_ROLLBACK_TO,
};

static const ryx_isolation isolations[] = {
    RYX_ISO_DEFAULT,
    RYX_ISO_READ_COMMITTED,
    RYX_ISO_REPEATABLE_READ,
    RYX_ISO_SERIALIZABLE,
};

int ryx_plan_get(ryx *r, int alias, const void *description, size_t n,
                 ryx_plan **out, ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  const ryx_api_pool *p;
  int rc = ryx_pools_get(&r->pools, alias, &p, e);

  if (rc < 0) return rc;
  if (p->caps < 0) return 1;
  return ryx_plans_get(ryx_runtime_plans(r->rt), p->dialect, (unsigned)p->caps,
                       description, n, out, e);
}

void ryx_plan_keep(ryx_plan *p)
{
  ryx_plan_retain(p);
}

void ryx_plan_free(ryx_plan *p)
{
  ryx_plan_release(p);
}

void ryx_plan_get_info(const ryx_plan *p, ryx_plan_info *out)
{
  *out = (ryx_plan_info){
      .sql = p->sql,
      .n_params = p->n_params,
      .param_type = p->param_type,
      .param_elem = p->param_elem,
      .param_name = p->param_name,
      .n_cols = p->n_cols,
      .col_type = p->col_type,
      .col_elem = p->col_elem,
      .col_name = p->col_name,
      .copies = p->copies || p->batch == RYX_BATCH_COPY,
  };
}

static void release_plan(void *plan)
{
  ryx_plan_release(plan);
}

/* Every value is what its column wants, so nothing is left to bind. */
static bool fits(const ryx_plan *p, const ryx_val *v, int n_rows)
{
  if (!p->direct) return false;
  for (int row = 0; row < n_rows; row++, v += p->n_params) {
    for (int i = 0; i < p->n_params; i++) {
      if (v[i].type != p->param_type[i] && v[i].type != RYX_T_NULL) {
        return false;
      }
    }
  }
  return true;
}

static int bind_batch(ryx *r, const ryx_query *q, ryx_stmt *s, ryx_err *e)
{
  ryx_val *out;
  int rc;

  if (q->n_rows < 1) {
    return ryx_err_set(e, RYX_E_MISUSE, "there is no row to insert");
  }
  s->n_batch = q->plan->batch == RYX_BATCH_REBIND ? q->n_rows : 1;
  if (s->n_batch > 1 && fits(q->plan, q->params, q->n_rows)) return 0;
  rc = ryx_plan_bind_batch(q->plan, q->params, q->n_rows, &out, &r->scratch, e);
  s->params = out;
  return rc;
}

static int bind(ryx *r, const ryx_query *q, ryx_stmt *s, ryx_err *e)
{
  const ryx_plan *p = q->plan;
  ryx_val *out;

  if (p->batch == RYX_BATCH_COPY) {
    s->flags |= RYX_STMT_STREAM | RYX_STMT_COPY;
    s->n_params = 0; /* the rows come by ryx_put */
    return 0;
  }
  if (p->batch != RYX_BATCH_NONE) return bind_batch(r, q, s, e);
  if (q->n_rows > 1) {
    return ryx_err_set(e, RYX_E_MISUSE, "this plan takes one row, not %d",
                       q->n_rows);
  }
  if (fits(p, q->params, 1)) return 0;
  out = ryx_arena_alloc(&r->scratch, (size_t)p->n_binds * sizeof *out);
  if (!out) return ryx_err_nomem(e);
  s->params = out;
  return ryx_plan_bind(p, q->params, out, &r->scratch, e);
}

/* The first row of n whose values do not fit, and why. */
static int bind_rows(ryx *r, const ryx_plan *p, const ryx_val *in, int n,
                     ryx_val *out, int *bad, ryx_err *e)
{
  for (*bad = 0; *bad < n; ++*bad) {
    int rc = ryx_values_check(in, (size_t)p->n_params, e);

    if (rc == 0) rc = ryx_plan_bind(p, in, out, &r->scratch, e);
    if (rc < 0) return rc;
    in += p->n_params;
    out += p->n_binds;
  }
  return 0;
}

static int blame(const ryx_plan *p, int64_t at, ryx_err *e)
{
  const char *name = p->bind_name[at % p->n_binds];
  char text[RYX_MESSAGE_MAX + 1];

  memcpy(text, e->message, sizeof text);
  (void)ryx_err_set(e, e->code, "%s: %s", name, text);
  ryx_err_name(e->column, name, strlen(name));
  return e->code;
}

int ryx_put(ryx *r, ryx_tag tag, const ryx_plan *p, const ryx_val *rows,
            int n_rows, int *bad, ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  const ryx_val *bound = rows;
  ryx_val *out;
  int64_t at;
  int rc;

  *bad = -1;
  if (p->batch != RYX_BATCH_COPY || n_rows < 1) {
    return ryx_err_set(e, RYX_E_MISUSE, "this plan takes no rows");
  }
  ryx_arena_reset(&r->scratch);
  if (!fits(p, rows, n_rows)) {
    out = ryx_arena_alloc(&r->scratch,
                          (size_t)n_rows * (size_t)p->n_binds * sizeof *out);
    if (!out) return ryx_err_nomem(e);
    rc = bind_rows(r, p, rows, n_rows, out, bad, e);
    if (rc < 0) return rc;
    bound = out;
  }
  rc = ryx_engine_put(r->engine, tag, bound, n_rows, p->n_binds, &at, e);
  *bad = at < 0 ? -1 : (int)(at / p->n_binds);
  if (rc == RYX_E_VALIDATION) blame(p, at, e);
  return rc;
}

int ryx_find_misfit(ryx *r, const ryx_plan *p, const ryx_val *rows, int n_rows,
                    int *bad, ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  ryx_val *out;
  int rc;

  ryx_arena_reset(&r->scratch);
  out = ryx_arena_alloc(&r->scratch, (size_t)p->n_binds * sizeof *out + 1);
  if (!out) return ryx_err_nomem(e);
  for (*bad = 0; *bad < n_rows; ++*bad, rows += p->n_params) {
    rc = ryx_values_check(rows, (size_t)p->n_params, e);
    if (rc == 0) rc = ryx_plan_bind(p, rows, out, &r->scratch, e);
    if (rc < 0) return rc;
  }
  *bad = -1;
  return 0;
}

/* A statement with more parameters than the database takes is not sent. */
static int check_count(const ryx_api_pool *p, int n, ryx_err *e)
{
  if (!p || p->max_params == 0 || n <= p->max_params) return 0;
  return ryx_err_set(e, RYX_E_MISUSE,
                     "the statement has %d parameters, %s takes at most %d", n,
                     ryx_dialect_name(p->dialect), p->max_params);
}

/* Rows of parameters that the caller hands over; bind refuses what does not
 * suit the plan. */
static size_t n_rows(const ryx_query *q)
{
  if (q->plan->batch == RYX_BATCH_NONE) return 1;
  if (q->plan->batch == RYX_BATCH_COPY) return 0;
  return q->n_rows > 0 ? (size_t)q->n_rows : 0;
}

static int from_plan(ryx *r, const ryx_query *q, ryx_job *job, ryx_err *e)
{
  ryx_plan *p = q->plan;
  int rc;

  if (q->n_params != p->n_params) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "the plan takes %d parameters, %d were given",
                       p->n_params, q->n_params);
  }
  rc = check_count(ryx_pools_peek(&r->pools, q->alias), p->n_binds, e);
  if (rc == 0)
    rc = ryx_values_check(q->params, n_rows(q) * (size_t)p->n_params, e);
  if (rc < 0) return rc;
  job->stmt.id = p->id;
  job->stmt.sql = p->sql;
  job->stmt.sql_len = p->sql_len;
  job->stmt.params = q->params;
  job->stmt.n_params = p->n_binds;
  job->stmt.row_at = p->row_at;
  job->stmt.row_len = p->row_len;
  job->stmt.row_params = p->row_binds;
  job->stmt.names = p->bind_name;
  if (p->read) job->stmt.flags |= RYX_STMT_READ;
  if (p->keys) job->stmt.flags |= RYX_STMT_KEYS;
  if (p->copies) job->stmt.flags |= RYX_STMT_STREAM | RYX_STMT_COPY;
  ryx_arena_reset(&r->scratch);
  rc = bind(r, q, &job->stmt, e);
  if (rc < 0) return rc;
  ryx_plan_retain(p);
  job->owner = p;
  job->release = release_plan;
  return 0;
}

static void release_text(void *text)
{
  ryx_raws_release(text);
}

/* A list is one value where the database has arrays. */
static int check_lists(const ryx_api_pool *p, const ryx_query *q, ryx_err *e)
{
  if (ryx_dialect_has_arrays(p->dialect)) return 0;
  for (int i = 0; i < q->n_params; i++) {
    if (q->params[i].type != RYX_T_ARRAY) continue;
    return ryx_err_set(e, RYX_E_MISUSE,
                       "parameter %d is a list, and %s has no arrays: write "
                       "IN (?, ?) with a parameter for each item, or pass a "
                       "JSON text",
                       i + 1, ryx_dialect_name(p->dialect));
  }
  return 0;
}

static int check_text(const ryx_api_pool *p, const ryx_query *q, int n,
                      ryx_err *e)
{
  int rc;

  if (n != q->n_params) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "the statement has %d parameters (?), %d were given; a "
                       "literal question mark is written ??",
                       n, q->n_params);
  }
  rc = check_count(p, n, e);
  if (rc == 0) rc = ryx_values_check(q->params, (size_t)n, e);
  return rc < 0 ? rc : check_lists(p, q, e);
}

static int from_text(ryx *r, const ryx_query *q, ryx_job *job, ryx_err *e)
{
  const ryx_api_pool *p;
  ryx_raw_text *t;
  int rc = ryx_pools_get(&r->pools, q->alias, &p, e);

  if (rc < 0) return rc;
  rc = ryx_raws_get(ryx_runtime_raws(r->rt), p->dialect, q->sql, strlen(q->sql),
                    &t, e);
  if (rc < 0) return rc;
  rc = check_text(p, q, t->about.n_params, e);
  if (rc < 0) {
    ryx_raws_release(t);
    return rc;
  }
  job->stmt.flags |= RYX_STMT_RAW;
  if (t->about.taints) job->stmt.flags |= RYX_STMT_TAINTS;
  if (t->about.reads) job->stmt.flags |= RYX_STMT_READ;
  /* PostgreSQL refuses a prepared * whose table has another column now, and a
   * transaction would end with that. */
  job->stmt.id = q->tx && t->about.has_star ? 0 : t->id;
  job->stmt.sql = t->sql;
  job->stmt.sql_len = t->sql_len;
  job->stmt.params = q->params;
  job->stmt.n_params = t->about.n_params;
  job->owner = t;
  job->release = release_text;
  return 0;
}

/* What the engine needs to know where the statement goes. */
static int aim(ryx *r, const ryx_query *q, ryx_job *job, ryx_err *e)
{
  const ryx_api_pool *p;
  int rc;

  if (q->op == RYX_OP_SLEEP || q->tx) return 0;
  rc = ryx_pools_get(&r->pools, q->alias, &p, e);
  if (rc < 0) return rc;
  job->pool = p->number;
  if (!q->plan || q->plan->dialect == p->dialect) return 0;
  /* Another engine has met the server, this one not yet. */
  if (p->caps < 0 && ryx_dialect_is_kin(q->plan->dialect, p->dialect)) return 0;
  return ryx_err_set(e, RYX_E_MISUSE, "the plan is for %s, the database is %s",
                     ryx_dialect_name(q->plan->dialect),
                     ryx_dialect_name(p->dialect));
}

static int statement(ryx *r, const ryx_query *q, ryx_job *job, ryx_err *e)
{
  job->stmt.n_batch = 1;
  if (q->chunk > 0) {
    job->stmt.flags |= RYX_STMT_STREAM;
    job->stmt.chunk = q->chunk;
  }
  if (q->plan) return from_plan(r, q, job, e);
  if (q->sql) return from_text(r, q, job, e);
  return ryx_err_set(e, RYX_E_MISUSE, "a query needs a plan or a text");
}

static int check(const ryx_query *q, ryx_err *e)
{
  if ((unsigned)q->op > RYX_OP_ROLLBACK_TO) {
    return ryx_err_set(e, RYX_E_MISUSE, "unknown operation %d", (int)q->op);
  }
  if ((unsigned)q->isolation > 3) {
    return ryx_err_set(e, RYX_E_MISUSE, "unknown isolation %d", q->isolation);
  }
  if (q->n_params > 0 && !q->params) {
    return ryx_err_set(e, RYX_E_MISUSE, "n_params is %d, but params is NULL",
                       q->n_params);
  }
  return 0;
}

static int submit(ryx *r, const ryx_query *q, ryx_tag *out, ryx_err *e)
{
  ryx_job job = {
      .tx = q->tx,
      .timeout_ms = q->timeout_ms,
      .label = q->label,
      .flags = q->no_queue ? RYX_JOB_NO_QUEUE : 0,
  };
  int rc = check(q, e);

  if (rc == 0) rc = aim(r, q, &job, e);
  if (rc < 0) return rc;
  job.kind = kinds[q->op];
  if (q->op == RYX_OP_BEGIN) {
    job.begin = (ryx_begin){.isolation = isolations[q->isolation],
                            .read_only = q->read_only,
                            .deferrable = q->deferrable};
  }
  if (q->op == RYX_OP_RUN) rc = statement(r, q, &job, e);
  return rc < 0 ? rc : ryx_engine_send(r->engine, &job, out, e);
}

int ryx_send(ryx *r, const ryx_query *q, ryx_tag *out, ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  ryx_query known = {0};

  if (q->size < sizeof q->size) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "the size of the query is not set: write .size = "
                       "sizeof(ryx_query)");
  }
  /* A caller built against another version has a shorter or longer query. */
  if (q->size != sizeof *q) {
    memcpy(&known, q, q->size < sizeof known ? q->size : sizeof known);
    q = &known;
  }
  return submit(r, q, out, e);
}

int ryx_run(ryx *r, const ryx_query *q, ryx_result *out, ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  ryx_tag tag;
  int rc;

  *out = (ryx_result){.code = RYX_E_MISUSE};
  if (q->chunk > 0) {
    return ryx_err_set(e, RYX_E_MISUSE, "a stream needs ryx_send");
  }
  rc = ryx_send(r, q, &tag, e);
  out->code = rc;
  if (rc < 0) return rc;
  rc = ryx_wait(r, tag, -1);
  if (rc >= 0) rc = ryx_take(r, tag, out);
  if (rc < 0) {
    ryx_drop(r, tag);
    return ryx_err_set(e, rc, "cannot wait for the statement: %s",
                       ryx_err_kind(rc));
  }
  rc = out->code;
  if (rc == 0) return 0;
  if (e != out->err) *e = *out->err;
  ryx_result_free(out);
  return rc;
}
