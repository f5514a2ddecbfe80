/* SPDX-License-Identifier: MIT */
/* Making, filling and recycling requests. */
#include "engine/request.h"

#include <string.h>

#include "base/mem.h"
#include "value/text.h"

/* Beyond this a request's arena is given back instead of kept for the next. */
enum { ARENA_FIRST = 512, ARENA_KEPT = 4096 };

static void clear(ryx_req *q)
{
  /* Its neighbours point at q->all: the same bytes go back to the same place.
   */
  *q = (ryx_req){.arena = q->arena, .all = q->all, .label = ""};
  ryx_list_init(&q->spent);
  ryx_list_init(&q->node);
  ryx_deadline_init(&q->due, RYX_DUE_REQUEST);
}

ryx_req *ryx_request_new(void)
{
  ryx_req *q = ryx_mem_new(sizeof *q);
  if (!q) return NULL;
  ryx_arena_init(&q->arena, ARENA_FIRST);
  clear(q);
  ryx_list_init(&q->all);
  return q;
}

static void release_owner(ryx_req *q)
{
  if (q->release) q->release(q->owner);
  q->release = NULL;
}

void ryx_request_recycle(ryx_req *q)
{
  release_owner(q);
  ryx_buf_fini(&q->put);
  if (q->arena.next_size > ARENA_KEPT) {
    ryx_arena_fini(&q->arena);
    ryx_arena_init(&q->arena, ARENA_FIRST);
  } else {
    ryx_arena_reset(&q->arena);
  }
  clear(q);
}

void ryx_request_free(ryx_req *q)
{
  if (!q) return;
  release_owner(q);
  ryx_buf_fini(&q->put);
  ryx_list_remove(&q->all);
  ryx_arena_fini(&q->arena);
  ryx_mem_free(q);
}

static int copy_params(ryx_req *q, const ryx_stmt *s)
{
  size_t n = (size_t)s->n_params * (size_t)q->stmt.n_batch;
  if (n == 0) {
    q->stmt.params = NULL;
    return 0;
  }
  if (n > SIZE_MAX / sizeof(ryx_val)) return RYX_E_NOMEM;
  ryx_val *v = ryx_arena_alloc(&q->arena, n * sizeof *v);
  if (!v) return RYX_E_NOMEM;
  memcpy(v, s->params, n * sizeof *v);
  for (size_t i = 0; i < n; i++) {
    if (!ryx_val_has_bytes(&v[i])) continue;
    v[i].u.s = ryx_arena_dup(&q->arena, v[i].len ? v[i].u.s : "", v[i].len);
    if (!v[i].u.s) return RYX_E_NOMEM;
  }
  q->stmt.params = v;
  return 0;
}

static int copy_names(ryx_req *q, const ryx_stmt *s)
{
  size_t n = (size_t)s->n_params;
  if (!s->names || n == 0) return 0;
  const char **names = ryx_arena_alloc(&q->arena, n * sizeof *names);
  if (!names) return RYX_E_NOMEM;
  for (size_t i = 0; i < n; i++) {
    names[i] = ryx_arena_dup(&q->arena, s->names[i], strlen(s->names[i]));
    if (!names[i]) return RYX_E_NOMEM;
  }
  q->stmt.names = names;
  return 0;
}

int ryx_request_fill(ryx_req *q, const ryx_job *job)
{
  q->kind = job->kind;
  q->begin = job->begin;
  q->timeout_ms = job->timeout_ms;
  q->owner = job->owner;
  q->release = job->owner ? job->release : NULL;
  if (job->label && *job->label) {
    q->label = ryx_arena_dup(&q->arena, job->label, strlen(job->label));
    if (!q->label) return RYX_E_NOMEM;
  }
  if (job->kind != RYX_JOB_RUN) return 0;
  q->stmt = job->stmt;
  q->stmt.tag = q;
  q->is_copying = ryx_request_is_fed(q);
  if (q->stmt.n_batch < 1) q->stmt.n_batch = 1;
  if (!job->owner) {
    q->stmt.sql = ryx_arena_dup(&q->arena, job->stmt.sql, job->stmt.sql_len);
    if (!q->stmt.sql || copy_names(q, &job->stmt) < 0) return RYX_E_NOMEM;
  }
  return copy_params(q, &job->stmt);
}
