/* SPDX-License-Identifier: MIT */
/* The descriptor of a connection in libuv's loop. */
#include "engine/watch.h"

#include "base/err.h"
#include "base/mem.h"

struct ryx_conn_poll {
  uv_poll_t handle;
};

static void on_poll(uv_poll_t *h, int status, int events)
{
  ryx_conn *conn = h->data;
  if (status < 0) {
    /* The library knows the real error. libuv has stopped watching. */
    conn->ready |= RYX_READY_READ | RYX_READY_WRITE;
    conn->events = 0;
  }
  if (events & UV_READABLE) conn->ready |= RYX_READY_READ;
  if (events & UV_WRITABLE) conn->ready |= RYX_READY_WRITE;
  ryx_conn_mark(conn);
}

static void on_poll_closed(uv_handle_t *h)
{
  ryx_mem_free(RYX_OF(h, ryx_conn_poll, handle));
}

void ryx_watch_stop(ryx_conn *conn)
{
  if (conn->poll) {
    uv_poll_stop(&conn->poll->handle);
    uv_close((uv_handle_t *)&conn->poll->handle, on_poll_closed);
  }
  conn->poll = NULL;
  conn->fd = -1;
  conn->events = 0;
}

static int start_poll(ryx_conn *conn, int fd)
{
  conn->poll = ryx_mem_new(sizeof *conn->poll);
  if (!conn->poll) return RYX_E_NOMEM;
  if (uv_poll_init(&conn->loop->uv, &conn->poll->handle, fd) < 0) {
    ryx_mem_free(conn->poll);
    conn->poll = NULL;
    return RYX_E_OPERATIONAL;
  }
  conn->poll->handle.data = conn;
  conn->fd = fd;
  return 0;
}

static int events_of(const ryx_conn *conn, ryx_io io)
{
  switch (io) {
    case RYX_IO_DONE:
      /* Of a stream between its parts the bytes stay in the socket; of an idle
       * connection only the end can come. */
      return conn->stream ? 0 : UV_READABLE;
    case RYX_IO_READ: return UV_READABLE;
    case RYX_IO_WRITE: return UV_WRITABLE;
    case RYX_IO_BOTH: return UV_READABLE | UV_WRITABLE;
    case RYX_IO_BLOCK:
    case RYX_IO_YIELD:
    case RYX_IO_FAIL: break;
  }
  return 0;
}

static int fd_of(const ryx_conn *conn)
{
  return conn->driver->fd ? conn->driver->fd(conn->c) : -1;
}

void ryx_watch_follow(ryx_conn *conn)
{
  if (fd_of(conn) != conn->fd) ryx_watch_stop(conn);
}

void ryx_watch_io(ryx_conn *conn, ryx_io io)
{
  int fd = fd_of(conn);
  if (fd < 0) return;
  if (!conn->poll && start_poll(conn, fd) < 0) {
    ryx_err e;
    ryx_err_set(&e, RYX_E_CONNECTION, "cannot watch the connection's socket");
    ryx_conn_close(conn, &e);
    return;
  }
  int events = events_of(conn, io);
  /* While dialling a new socket may hide under the same number. */
  if (events != conn->events || conn->state == RYX_CONN_DIALING) {
    if (events)
      uv_poll_start(&conn->poll->handle, events, on_poll);
    else
      uv_poll_stop(&conn->poll->handle);
    conn->events = events;
  }
}
