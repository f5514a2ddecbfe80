/* SPDX-License-Identifier: MIT */
/* Where the host's thread, the loop's thread and the helping threads meet,
 * under one short lock. An INLINE engine, where host and loop are one thread,
 * takes it for the helping threads' events only. */
#ifndef RYX_ENGINE_MAILBOX_H
#define RYX_ENGINE_MAILBOX_H

#include <uv.h>

#include "base/list.h"
#include "ryx_value.h"

typedef struct ryx_req ryx_req;

/* Something the host tells the loop about an object; part of that object. */
typedef struct ryx_post {
  ryx_list node;
  unsigned bits; /* RYX_POST_*, guarded by the lock */
  bool is_away;  /* the loop has the object; guarded by the lock */
  bool is_pool;  /* of a ryx_pool, else of a ryx_req */
} ryx_post;

/* Something a helping thread tells the loop about a connection. */
typedef struct ryx_event {
  ryx_list node;
  unsigned bits; /* RYX_EVENT_*, guarded by the lock */
} ryx_event;

enum { RYX_EVENT_WORKED = 1, RYX_EVENT_CANCELLED = 2 };

typedef struct ryx_mailbox {
  bool is_threaded;
  uv_mutex_t lock; /* guards the members below; never held across uv calls,
                      but for uv_cond_* and uv_async_send */
  uv_cond_t ready; /* out is no longer empty */
  ryx_list posts;  /* host to loop */
  ryx_list out;    /* loop to host: finished requests */
  ryx_list events; /* helping threads to loop */
  int listen_fd;   /* host to loop: to accept on, or -1 */
  bool is_stopping;
  uv_async_t *wake; /* of the loop; constant */
} ryx_mailbox;

/* 0 or RYX_E_OPERATIONAL. */
RYX_MUST int ryx_mailbox_init(ryx_mailbox *m, bool is_threaded,
                              uv_async_t *wake);
void ryx_mailbox_fini(ryx_mailbox *m);

/* Host's thread. */
/* Hands the object to the loop, and tells it what to do. */
void ryx_mailbox_post(ryx_mailbox *m, ryx_post *p, unsigned bits);
/* Tells it something more, unless the object is on its way back already. */
void ryx_mailbox_add(ryx_mailbox *m, ryx_post *p, unsigned bits);
/* Moves finished requests to done (by ryx_req.out). */
void ryx_mailbox_collect(ryx_mailbox *m, ryx_list *done);
/* THREAD: the same, waiting at most ns for some. */
void ryx_mailbox_wait(ryx_mailbox *m, ryx_list *done, uint64_t ns);
void ryx_mailbox_listen(ryx_mailbox *m, int fd);
void ryx_mailbox_stop(ryx_mailbox *m);

/* Loop's thread. */
bool ryx_mailbox_has_posts(ryx_mailbox *m);
/* The oldest post and its bits, or NULL. One at a time: an object that comes
 * back to the host must not be in any list of the loop's. */
ryx_post *ryx_mailbox_next(ryx_mailbox *m, unsigned *bits);
/* Hands q to the host, forgetting what was posted about it meanwhile. True when
 * the out list was empty. */
bool ryx_mailbox_finish(ryx_mailbox *m, ryx_req *q);
/* The next connection's event and its bits, or NULL. */
ryx_event *ryx_mailbox_event(ryx_mailbox *m, unsigned *bits);
int ryx_mailbox_listen_fd(ryx_mailbox *m); /* taken out */
bool ryx_mailbox_is_stopping(ryx_mailbox *m);

/* Any thread. */
void ryx_mailbox_tell(ryx_mailbox *m, ryx_event *e, unsigned bit);

#endif
