/* SPDX-License-Identifier: MIT */
/* Prepared statements: a name for each plan, kept by the server for as long as
 * it is in the cache. Poolers, users and schema changes make them vanish. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "driver/pg_conn.h"

static void to_stale(void *ctx, void *handle)
{
  ryx_pg *c = ctx;
  ryx_pg_prepared *h = handle;

  ryx_list_add_tail(&c->names.stale, &h->link);
}

int ryx_pg_prepared_init(ryx_pg *c)
{
  int max = c->opts->statement_cache;

  c->names.off = c->opts->prepare > RYX_PREPARE_NAMED || max <= 0;
  ryx_list_init(&c->names.stale);
  return ryx_stmts_init(&c->names.kept, max > 0 ? (uint32_t)max : 0, to_stale,
                        c);
}

static void free_stale(ryx_pg *c)
{
  ryx_list *n;

  while ((n = ryx_list_pop(&c->names.stale)))
    ryx_mem_free(RYX_OF(n, ryx_pg_prepared, link));
}

void ryx_pg_prepared_fini(ryx_pg *c)
{
  if (!c->names.stale.next) return;
  ryx_stmts_fini(&c->names.kept);
  free_stale(c);
}

void ryx_pg_prepared_forget(ryx_pg *c)
{
  ryx_stmts_clear(&c->names.kept);
}

void ryx_pg_prepared_gone(ryx_pg *c)
{
  ryx_stmts_clear(&c->names.kept);
  free_stale(c);
}

/* A CALL or DO may commit half-way, and then its error would not mean that
 * nothing happened: of the user's text only what has a plan is named. */
bool ryx_pg_prepared_may(const ryx_pg *c, const ryx_stmt *s)
{
  if (s->id == 0 || c->names.off || s->flags & RYX_STMT_UNNAMED) return false;
  return !(s->flags & RYX_STMT_RAW) || ryx_pg_words_planned(s->sql);
}

ryx_pg_prepared *ryx_pg_prepared_get(ryx_pg *c, const ryx_stmt *s)
{
  return ryx_stmts_get(&c->names.kept, s->id);
}

void ryx_pg_prepared_drop(ryx_pg *c, const ryx_stmt *s)
{
  ryx_stmts_remove(&c->names.kept, s->id);
}

/* It may still fail, and who executes it by name would fail with it. */
bool ryx_pg_prepared_pending(ryx_pg *c, const ryx_stmt *s)
{
  for (uint32_t i = c->at; i != c->tail; i++) {
    const ryx_pg_flight *f = ryx_pg_at(c, i);

    if (f->prepares && f->stmt->id == s->id) return true;
  }
  return false;
}

ryx_pg_prepared *ryx_pg_prepared_new(ryx_pg *c, const ryx_stmt *s,
                                     const ryx_pg_params *p)
{
  size_t types = (size_t)p->n * sizeof(Oid);
  ryx_pg_prepared *h = ryx_mem_alloc(sizeof *h + types);

  if (!h) return NULL;
  *h = (ryx_pg_prepared){.serial = ++c->names.serial, .n_params = p->n};
  ryx_list_init(&h->link);
  if (types > 0) memcpy(h->types, p->types, types);
  snprintf(h->name, sizeof h->name, "ryx_%u_%u", s->id, h->serial);
  return h;
}

/* A DEALLOCATE that fails would break a transaction. Only some at a time, so
 * that a schema change does not delay the statement after it. */
void ryx_pg_prepared_sweep(ryx_pg *c)
{
  char sql[64];

  if (ryx_list_empty(&c->names.stale) || !ryx_pg_send_calm(c)) return;
  for (int i = 0; i < RYX_PG_DEALLOCATES; i++) {
    bool fits = c->tail - c->head < RYX_PG_RING / 2;
    ryx_list *n = fits ? ryx_list_pop(&c->names.stale) : NULL;
    ryx_pg_prepared *h;

    if (!n) return;
    h = RYX_OF(n, ryx_pg_prepared, link);
    snprintf(sql, sizeof sql, "DEALLOCATE %s", h->name);
    ryx_mem_free(h);
    ryx_pg_send_own(c, RYX_PG_QUIET, sql, false);
  }
}

static bool has_rows(const ryx_pg_flight *f)
{
  return f->result && PQresultStatus(f->result) == PGRES_TUPLES_OK;
}

static void learn(ryx_pg_prepared *h, const ryx_pg_flight *f)
{
  if (h->learned || !has_rows(f)) return;
  h->learned = true;
  h->binary = ryx_pg_rows_binary(f->result);
}

static void keep(ryx_pg *c, ryx_pg_flight *f, ryx_pg_prepared *h)
{
  if (!f->acked || c->names.off) {
    ryx_mem_free(h);
    return;
  }
  learn(h, f);
  if (ryx_stmts_put(&c->names.kept, f->stmt->id, h) < 0) to_stale(c, h);
}

/* DEALLOCATE ALL and DISCARD ALL by whoever say so in their tag. */
static bool drops_all(const ryx_pg_flight *f)
{
  const char *tag = f->result ? PQcmdStatus(f->result) : "";

  return strcmp(tag, "DEALLOCATE ALL") == 0 || strcmp(tag, "DISCARD ALL") == 0;
}

/* The server has no such statement though it had acknowledged it, or has one
 * under a name that is new here. */
static bool is_unknown(const ryx_pg_flight *f)
{
  return ryx_pg_error_is(f->result, "26000") ||
         ryx_pg_error_is(f->result, "42P05");
}

/* The session is not ours alone. What others call by these names is theirs, so
 * nothing is deallocated. */
void ryx_pg_prepared_off(ryx_pg *c)
{
  c->names.off = true;
  c->caps |= RYX_SERVER_UNNAMED;
  ryx_pg_prepared_gone(c);
}

/* A plan whose columns changed is refused as a missing feature (0A000), which
 * is what other refusals are called, too: those come again when the statement
 * is repeated. */
static bool has_vanished(ryx_pg *c, ryx_pg_flight *f, bool is_new)
{
  bool is_error = PQresultStatus(f->result) == PGRES_FATAL_ERROR;

  if (f->serial == 0 || !is_error) return false;
  if (is_unknown(f)) {
    f->not_started = true;
    ryx_stmts_remove(&c->names.kept, f->stmt->id);
    if (!c->names.doubtful) ryx_pg_prepared_off(c);
    return true;
  }
  if (is_new || !ryx_pg_error_is(f->result, "0A000")) return false;
  ryx_stmts_remove(&c->names.kept, f->stmt->id);
  return true;
}

bool ryx_pg_prepared_ended(ryx_pg *c, ryx_pg_flight *f)
{
  ryx_pg_prepared *h = f->prepares;
  bool is_new = h != NULL;

  f->prepares = NULL;
  if (is_new) {
    keep(c, f, h);
  } else if (f->serial != 0 && has_rows(f)) {
    h = ryx_stmts_get(&c->names.kept, f->stmt->id);
    if (h && h->serial == f->serial) learn(h, f);
  }
  if (drops_all(f)) ryx_pg_prepared_gone(c);
  return has_vanished(c, f, is_new);
}
