/* SPDX-License-Identifier: MIT */
/* Questions to servers: who asks, and who waits for his turn to. */
#include "engine/cancel.h"

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/helper.h"

/* Of one pool. A server that hangs keeps that many threads and no more. */
enum { ASKING_MAX = 4 };

struct ryx_question {
  ryx_helper helper;
  ryx_list node; /* in the pool's questions */
  ryx_pool *pool;
  ryx_conn *conn; /* NULL: it has gone */
  ryx_endpoint *endpoint;
  const ryx_driver *driver;
  void *cancel; /* the driver's */
};

static void free_question(ryx_question *q)
{
  q->driver->cancel_free(q->cancel);
  ryx_endpoint_drop(q->endpoint);
  ryx_mem_free(q);
}

static void work(ryx_helper *h)
{
  ryx_question *q = RYX_OF(h, ryx_question, helper);
  ryx_err ignored;
  /* The statement may have ended and the server closed: no error. */
  (void)q->driver->cancel_ask(q->cancel, &ignored);
}

static void put_next(ryx_pool *p);

static void over(ryx_helper *h)
{
  ryx_question *q = RYX_OF(h, ryx_question, helper);
  ryx_conn *conn = q->conn;
  ryx_pool *p = q->pool;
  ryx_list_remove(&q->node);
  p->n_asking--;
  free_question(q);
  if (conn) {
    conn->question = NULL;
    ryx_conn_release(conn);
  }
  put_next(p);
}

static void abandoned(ryx_helper *h)
{
  free_question(RYX_OF(h, ryx_question, helper));
}

static ryx_question *new_question(ryx_conn *conn)
{
  ryx_question *q = ryx_mem_new(sizeof *q);
  if (!q) return NULL;
  q->helper.work = work;
  q->helper.over = over;
  q->helper.free = abandoned;
  ryx_list_init(&q->node);
  q->pool = conn->pool;
  q->conn = conn;
  q->driver = conn->driver;
  q->cancel = conn->driver->cancel_new(conn->c);
  if (!q->cancel) {
    ryx_mem_free(q);
    return NULL;
  }
  q->endpoint = ryx_endpoint_keep(conn->lane->endpoint);
  return q;
}

/* Without memory or a thread the limit of the connection closes it. */
static void put(ryx_conn *conn)
{
  ryx_pool *p = conn->pool;
  ryx_question *q = new_question(conn);
  if (!q) return;
  if (ryx_helper_start(&q->helper, conn->loop) < 0) {
    free_question(q);
    return;
  }
  conn->question = q;
  ryx_list_add_tail(&p->questions, &q->node);
  p->n_asking++;
}

static void put_next(ryx_pool *p)
{
  while (p->n_asking < ASKING_MAX) {
    ryx_list *n = ryx_list_pop(&p->to_ask);
    if (!n) return;
    put(RYX_OF(n, ryx_conn, ask_node));
  }
}

bool ryx_cancel_is_asking(const ryx_conn *conn)
{
  return conn->question || !ryx_list_empty(&conn->ask_node);
}

void ryx_cancel_ask(ryx_conn *conn)
{
  conn->was_cancelled = true;
  if (ryx_conn_blocks(conn)) {
    atomic_store(&conn->stop, true);
    conn->driver->interrupt(conn->c);
    return;
  }
  if (ryx_cancel_is_asking(conn)) return;
  ryx_list_add_tail(&conn->pool->to_ask, &conn->ask_node);
  put_next(conn->pool);
}

void ryx_cancel_withdraw(ryx_conn *conn)
{
  ryx_list_remove(&conn->ask_node);
}

void ryx_cancel_part(ryx_conn *conn)
{
  ryx_cancel_withdraw(conn);
  if (conn->question) conn->question->conn = NULL;
  conn->question = NULL;
}

void ryx_cancel_abandon(ryx_pool *p)
{
  for (ryx_list *n; (n = ryx_list_pop(&p->questions));)
    ryx_helper_abandon(&RYX_OF(n, ryx_question, node)->helper);
  p->n_asking = 0;
}
