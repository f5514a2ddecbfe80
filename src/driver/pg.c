/* SPDX-License-Identifier: MIT */
/* The PostgreSQL driver's table. */
#include "driver/pg.h"

#include "base/mem.h"
#include "driver/pg_conn.h"

static int pg_fd(const void *p)
{
  const ryx_pg *c = p;

  return c->pg && !c->dead ? PQsocket(c->pg) : -1;
}

static void pg_forget(void *p)
{
  ryx_pg_prepared_forget(p);
}

static ryx_tx_state pg_in_tx(const void *p)
{
  const ryx_pg *c = p;

  return c->dead ? RYX_TX_NONE : c->tx;
}

static unsigned pg_server_caps(const void *p)
{
  const ryx_pg *c = p;

  return c->caps;
}

static void pg_close(void *p)
{
  ryx_pg *c = p;

  ryx_pg_stream_fini(c);
  for (; c->head != c->tail; c->head++) {
    PQclear(ryx_pg_at(c, c->head)->result);
    ryx_mem_free(ryx_pg_at(c, c->head)->prepares);
  }
  ryx_pg_prepared_fini(c);
  PQfinish(c->pg);
  c->pg = NULL;
  c->dead = true;
}

#define MODES(level)                                              \
  {                                                               \
    {"BEGIN ISOLATION LEVEL " level,                              \
     "BEGIN ISOLATION LEVEL " level " DEFERRABLE"},               \
        {"BEGIN ISOLATION LEVEL " level " READ ONLY",             \
         "BEGIN ISOLATION LEVEL " level " READ ONLY DEFERRABLE"}, \
  }

/* By isolation, read_only, deferrable. */
static const char *const begins[][2][2] = {
    [RYX_ISO_DEFAULT] = MODES("READ COMMITTED"),
    [RYX_ISO_READ_COMMITTED] = MODES("READ COMMITTED"),
    [RYX_ISO_REPEATABLE_READ] = MODES("REPEATABLE READ"),
    [RYX_ISO_SERIALIZABLE] = MODES("SERIALIZABLE"),
};

static const char *pg_begin(const ryx_begin *b, int i)
{
  return i == 0 ? begins[b->isolation][b->read_only][b->deferrable] : NULL;
}

static const char *const schemes[] = {"postgres", "postgresql", NULL};

/* The protocol counts them in 16 bits. */
static int pg_max_params(void)
{
  return UINT16_MAX;
}

const ryx_driver ryx_pg_driver = {
    .name = "postgres",
    .schemes = schemes,
    .caps = RYX_CAP_PIPELINE | RYX_CAP_RESOLVE | RYX_CAP_TX_STREAM |
            RYX_CAP_DEFERRABLE,
    .depth = RYX_PG_DEPTH,
    .conn_size = sizeof(ryx_pg),
    .max_params = pg_max_params,
    .ping = "SELECT 1",
    .dial = ryx_pg_dial,
    .step = ryx_pg_step,
    .fd = pg_fd,
    .send = ryx_pg_send,
    .take = ryx_pg_step_take,
    .more = ryx_pg_stream_more,
    .put = ryx_pg_copy_put,
    .copy_row = ryx_pg_copy_row,
    .reset = ryx_pg_dial_reset,
    .forget = pg_forget,
    .cancel_new = ryx_pg_cancel_new,
    .cancel_ask = ryx_pg_cancel_ask,
    .cancel_free = ryx_pg_cancel_free,
    .in_tx = pg_in_tx,
    .server_caps = pg_server_caps,
    .close = pg_close,
    .begin = pg_begin,
};
