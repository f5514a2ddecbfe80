/* SPDX-License-Identifier: MIT */
/* From nothing to a connection that takes statements, and back to that state
 * after a user's statement. Settings travel in the start-up packet, where
 * DISCARD ALL leaves them alone; a pooler that refuses them there gets them as
 * a statement instead. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/pg_conn.h"

/* X(name, value) */
#define SETTINGS(X)                      \
  X("TimeZone", "UTC")                   \
  X("standard_conforming_strings", "on") \
  X("DateStyle", "ISO")                  \
  X("IntervalStyle", "iso_8601")         \
  X("extra_float_digits", "1")           \
  X("bytea_output", "hex")

#define X(name, value) " -c " name "=" value
static const char start_settings[] = SETTINGS(X);
#undef X
#define X(name, value) ", set_config('" name "', '" value "', false)"
static const char late_settings[] = "SELECT 1" SETTINGS(X);
#undef X

/* Which of the collations for folding case this database can use. */
#define COLLATIONS                                                  \
  "SELECT collname FROM pg_catalog.pg_collation WHERE collname IN " \
  "('pg_c_utf8', 'C.utf8', 'und-x-icu') AND collencoding IN (-1, "  \
  "(SELECT encoding FROM pg_catalog.pg_database WHERE datname = "   \
  "current_database()))"

/* YugabyteDB and Citus are PostgreSQL in all of this. */
const ryx_pg_flavour ryx_pg_flavours[RYX_PG_FLAVOURS] = {
    [RYX_PG_POSTGRES] = {.greeting = COLLATIONS, .reset = "DISCARD ALL"},
    [RYX_PG_POOLER] = {.refusal = "startup parameter", /* PgBouncer */
                       .drops = true, /* with ignore_startup_parameters */
                       .late_settings = true,
                       .unnamed = true,
                       .greeting = COLLATIONS,
                       .reset = "DISCARD ALL"},
    [RYX_PG_COCKROACH] = {.parameter = "crdb_version", .reset = "DISCARD ALL"},
};

static ryx_io fail(ryx_pg *c, ryx_err *e, const char *what)
{
  ryx_pg_step_die(c, what);
  *e = c->why;
  return RYX_IO_FAIL;
}

/* libpq prints notices to stderr unless somebody takes them. While nothing is
 * in flight the server's last word comes as one, too. */
static void take_notice(void *ud, const PGresult *r)
{
  if (ryx_pg_error_fatal(r)) ryx_pg_step_die(ud, PQresultErrorMessage(r));
}

static ryx_io start(ryx_pg *c, ryx_err *e)
{
  const ryx_opts *o = c->opts;
  char port[16] = "";

  if (o->port > 0) snprintf(port, sizeof port, "%d", o->port);
  const struct {
    const char *key, *value;
  } all[] = {
      /* A name has been resolved already; a verified certificate is still
       * compared with it. */
      {"host", o->host},
      {"hostaddr", c->dial->addr},
      {"port", port[0] ? port : NULL},
      {"user", o->user},
      {"password", o->password},
      {"dbname", o->database},
      {"sslmode", o->sslmode},
      {"sslrootcert", o->sslrootcert},
      {"sslcert", o->sslcert},
      {"sslkey", o->sslkey},
      {"application_name", o->application_name ? o->application_name : "ryx"},
      {"client_encoding", "UTF8"},
      {"options", c->flavour->late_settings ? NULL : start_settings},
  };
  const char *keys[sizeof all / sizeof *all + 1] = {NULL};
  const char *values[sizeof all / sizeof *all + 1] = {NULL};
  int n = 0;

  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (!all[i].value) continue;
    keys[n] = all[i].key;
    values[n++] = all[i].value;
  }
  c->pg = PQconnectStartParams(keys, values, 0);
  if (!c->pg) return fail(c, e, "out of memory while connecting");
  PQsetNoticeReceiver(c->pg, take_notice, c);
  if (PQstatus(c->pg) == CONNECTION_BAD) return fail(c, e, NULL);
  c->dialling = true;
  return c->dial_io = RYX_IO_WRITE;
}

ryx_io ryx_pg_dial(void *p, const ryx_dial *d, ryx_err *e)
{
  ryx_pg *c = p;

  c->opts = d->opts;
  c->dial = d;
  c->flavour = &ryx_pg_flavours[RYX_PG_POSTGRES];
  c->caps = RYX_SERVER_RETURNING | RYX_SERVER_UUID_TYPE;
  c->tx_known = true;
  if (ryx_pg_prepared_init(c) < 0) {
    return fail(c, e, "out of memory while connecting");
  }
  return start(c, e);
}

static bool is_set(PGconn *pg, const char *name, const char *value)
{
  const char *is = PQparameterStatus(pg, name);

  return !is || strcmp(is, value) == 0;
}

/* Of two settings that are not PostgreSQL's own servers report the value. */
static bool were_dropped(PGconn *pg)
{
  return !is_set(pg, "TimeZone", "UTC") ||
         !is_set(pg, "IntervalStyle", "iso_8601");
}

/* Once it is connected it may turn out to be another, but for one that was
 * dialled anew as what it is. */
static void recognise(ryx_pg *c)
{
  bool is_known = c->flavour->refusal != NULL;

  for (int i = 0; !is_known && i < RYX_PG_FLAVOURS; i++) {
    const ryx_pg_flavour *f = &ryx_pg_flavours[i];

    if ((f->drops && were_dropped(c->pg)) ||
        (f->parameter && PQparameterStatus(c->pg, f->parameter)))
      c->flavour = f;
  }
  if (c->flavour->unnamed && c->opts->prepare != RYX_PREPARE_NAMED)
    ryx_pg_prepared_off(c);
}

static void send_settings(ryx_pg *c)
{
  if (!c->flavour->late_settings) return;
  ryx_pg_send_own(c, RYX_PG_VITAL, late_settings, false);
}

static ryx_io connected(ryx_pg *c, ryx_err *e)
{
  c->dialling = false;
  c->dial = NULL;
  if (PQsetnonblocking(c->pg, 1) != 0 || !PQenterPipelineMode(c->pg)) {
    return fail(c, e, NULL);
  }
  recognise(c);
  send_settings(c);
  if (c->flavour->greeting) {
    ryx_pg_send_own(c, RYX_PG_VITAL, c->flavour->greeting, false);
  }
  return ryx_pg_step(c, 0, e);
}

static ryx_io refused(ryx_pg *c, ryx_err *e)
{
  const char *why = PQerrorMessage(c->pg);

  for (int i = 0; i < RYX_PG_FLAVOURS; i++) {
    const ryx_pg_flavour *f = &ryx_pg_flavours[i];

    if (c->flavour->refusal || !f->refusal || !strstr(why, f->refusal)) {
      continue;
    }
    c->flavour = f;
    PQfinish(c->pg);
    return start(c, e);
  }
  return fail(c, e, NULL);
}

/* libpq takes a step that comes before the socket is ready for a connection
 * that stands, and then blocks. */
static bool is_ready(const ryx_pg *c)
{
  struct pollfd p = {.fd = PQsocket(c->pg)};

  p.events = c->dial_io == RYX_IO_WRITE ? POLLOUT : POLLIN;
  return p.fd < 0 || poll(&p, 1, 0) != 0;
}

ryx_io ryx_pg_dial_step(ryx_pg *c, ryx_err *e)
{
  if (!is_ready(c)) return c->dial_io;
  switch (PQconnectPoll(c->pg)) {
    case PGRES_POLLING_READING: return c->dial_io = RYX_IO_READ;
    case PGRES_POLLING_WRITING: return c->dial_io = RYX_IO_WRITE;
    case PGRES_POLLING_OK: return connected(c, e);
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE: break;
  }
  return refused(c, e);
}

void ryx_pg_dial_greeted(ryx_pg *c, const PGresult *r)
{
  if (PQfnumber(r, "collname") < 0) return;
  for (int i = 0; i < PQntuples(r); i++) {
    const char *name = PQgetvalue(r, i, 0);

    if (strcmp(name, "pg_c_utf8") == 0) c->caps |= RYX_SERVER_PG_C_UTF8;
    if (strcmp(name, "C.utf8") == 0) c->caps |= RYX_SERVER_C_UTF8;
    if (strcmp(name, "und-x-icu") == 0) c->caps |= RYX_SERVER_ICU;
  }
}

ryx_io ryx_pg_dial_reset(void *p, ryx_err *e)
{
  ryx_pg *c = p;

  ryx_pg_stream_fini(c);
  if (c->tx != RYX_TX_NONE) {
    ryx_pg_send_own(c, RYX_PG_VITAL, "ROLLBACK", false);
  }
  ryx_pg_send_own(c, RYX_PG_VITAL, c->flavour->reset, false);
  send_settings(c);
  ryx_pg_prepared_gone(c);
  c->names.doubtful = false;
  return ryx_pg_step(c, 0, e);
}
