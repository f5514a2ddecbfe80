/* SPDX-License-Identifier: MIT */
/* max_result_bytes. libpq gathers a result out of sight and knows its size only
 * when it is whole; until then what was read from the socket tells that it is
 * larger. A part of a stream in single-row mode needs neither, it ends early.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/tcp.h>
#endif

#include "driver/pg_conn.h"

enum {
  FREE_READS = 2,   /* not counted: most results come in one */
  SURE_BYTES = 8192 /* libpq always has room for so many */
};

static int64_t waiting(const ryx_pg *c)
{
  int n = 0;

  return ioctl(PQsocket(c->pg), FIONREAD, &n) == 0 ? n : 0;
}

/* All that the socket has received, or -1 where nobody counts. */
static int64_t received(const ryx_pg *c)
{
#ifdef TCP_INFO
  struct tcp_info info;
  socklen_t size = sizeof info;
  int rc = getsockopt(PQsocket(c->pg), IPPROTO_TCP, TCP_INFO, &info, &size);
  size_t end =
      offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t);

  if (rc == 0 && size >= end) return (int64_t)info.tcpi_bytes_received;
#endif
  return -1;
}

/* Where nobody counts: what is gone, and at least what surely fitted, for more
 * may have come meanwhile. */
static int64_t taken(int64_t before, int64_t after)
{
  int64_t sure = before < SURE_BYTES ? before : SURE_BYTES;

  return before - after > sure ? before - after : sure;
}

/* Only what libpq keeps until it is whole can outgrow the bound. */
static bool is_gathered(ryx_pg *c)
{
  ryx_pg_kind kind = ryx_pg_at(c, c->at)->kind;

  return kind == RYX_PG_STMT || kind == RYX_PG_FETCH;
}

bool ryx_pg_size_consume(ryx_pg *c)
{
  ryx_pg_arrival *a = &c->arrival;
  int64_t before, after, total;

  if (a->at != c->at) *a = (ryx_pg_arrival){.at = c->at};
  if (c->at == c->tail || c->opts->max_result_bytes == 0 || !is_gathered(c) ||
      a->reads++ < FREE_READS) {
    return PQconsumeInput(c->pg);
  }
  before = waiting(c);
  if (a->reads == FREE_READS + 1) a->start = received(c) - before;
  if (!PQconsumeInput(c->pg)) return false;
  total = received(c); /* before what waits, so that it is never too much */
  after = waiting(c);
  a->bytes =
      total < 0 ? a->bytes + taken(before, after) : total - after - a->start;
  return true;
}

static bool reads_only(const ryx_stmt *s)
{
  if (s->flags & RYX_STMT_READ) return true;
  return s->flags & RYX_STMT_RAW && ryx_pg_words_select(s->sql);
}

/* The rest could only be read, which may take as long as it is large, or
 * cancelled, which would block. A write is lost with the connection: whether it
 * happened is not known. */
void ryx_pg_size_check(ryx_pg *c)
{
  ryx_pg_flight *f = ryx_pg_at(c, c->at);

  if (c->dead || c->at == c->tail || c->arrival.at != c->at) return;
  if (!is_gathered(c)) return;
  if (c->arrival.bytes <= c->opts->max_result_bytes) return;
  f->oversize = reads_only(f->stmt);
  ryx_pg_step_die(c,
                  "the connection was closed because a result was larger "
                  "than max_result_bytes");
}

void ryx_pg_size_settle(const ryx_pg *c, ryx_pg_flight *f)
{
  int64_t max = c->opts->max_result_bytes;

  if (max == 0 || (int64_t)PQresultMemorySize(f->result) <= max) return;
  if (PQresultStatus(f->result) != PGRES_TUPLES_OK) return;
  f->oversize = true;
  PQclear(f->result);
  f->result = NULL;
}
