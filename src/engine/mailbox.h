/* SPDX-License-Identifier: MIT */
/* Where the host's thread, the loop's thread and the helping threads meet,
 * under one short lock. An INLINE engine, where host and loop are one thread,
 * takes it for the helping threads' events only. */
#ifndef RYX_ENGINE_MAILBOX_H
#define RYX_ENGINE_MAILBOX_H

#include <uv.h>

#include "base/list.h"
#include "ryx_value.h"

typedef struct ryx_ticket ryx_ticket;
typedef struct ryx_req ryx_req;

/* What the host tells the loop; part of the object that it is about, whose type
 * follows from the kind. */
typedef enum {
  RYX_COMMAND_SUBMIT, /* of a ryx_ticket: begin its request */
  RYX_COMMAND_MORE,   /* ... its next `want` rows */
  RYX_COMMAND_CANCEL, /* ... stop */
  RYX_COMMAND_DROP,   /* of a ryx_txn: its owner is gone, roll it back */
  RYX_COMMAND_OPEN,   /* of a ryx_pool: here it is */
  RYX_COMMAND_FORGET, /* ... a schema changed */
  RYX_COMMAND_CLOSE   /* ... drain it */
} ryx_command_kind;

typedef struct ryx_command {
  ryx_list node;
  ryx_command_kind kind;
} ryx_command;

static inline void ryx_command_init(ryx_command *c, ryx_command_kind kind)
{
  ryx_list_init(&c->node);
  c->kind = kind;
}

/* What a helping thread tells the loop. */
typedef enum {
  RYX_EVENT_WORKED, /* of a ryx_conn: its worker is through */
  RYX_EVENT_HELPED  /* of a ryx_helper: it is through */
} ryx_event_kind;

typedef struct ryx_event {
  ryx_list node;
  ryx_event_kind kind;
} ryx_event;

typedef struct ryx_mailbox {
  bool is_threaded;
  uv_mutex_t lock; /* guards the members below; never held across uv calls,
                      but for uv_cond_* and uv_async_send */
  uv_cond_t ready; /* out is no longer empty */
  ryx_list posts;  /* host to loop: commands */
  ryx_list out;    /* loop to host: answered tickets */
  ryx_list spent;  /* loop to host: requests that have ended */
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
/* Hands the ticket to the loop: c is its submit or its more. */
void ryx_mailbox_hand_over(ryx_mailbox *m, ryx_ticket *t, ryx_command *c);
/* Asks to stop it, unless it is on its way back already. */
void ryx_mailbox_cancel(ryx_mailbox *m, ryx_ticket *t);
/* A command of another object; posting it twice is posting it once. */
void ryx_mailbox_post(ryx_mailbox *m, ryx_command *c);
/* Moves answered tickets to done (by ryx_ticket.out) and ended requests to
 * spent (by ryx_req.spent). A request ends after its ticket was answered. */
void ryx_mailbox_collect(ryx_mailbox *m, ryx_list *done, ryx_list *spent);
/* THREAD: the same, waiting at most ns for tickets. */
void ryx_mailbox_wait(ryx_mailbox *m, ryx_list *done, ryx_list *spent,
                      uint64_t ns);
void ryx_mailbox_listen(ryx_mailbox *m, int fd);
void ryx_mailbox_stop(ryx_mailbox *m);

/* Loop's thread. */
bool ryx_mailbox_has_posts(ryx_mailbox *m);
/* The oldest command, taken out, or NULL. is_stopped: the ticket that it hands
 * over is to be cancelled already, so it need not begin. */
ryx_command *ryx_mailbox_next(ryx_mailbox *m, bool *is_stopped);
/* Hands the ticket to the host, forgetting what was posted about it meanwhile.
 * True when the out list was empty. */
bool ryx_mailbox_answer(ryx_mailbox *m, ryx_ticket *t);
void ryx_mailbox_spend(ryx_mailbox *m, ryx_req *q); /* q has ended */
/* The oldest event, taken out, or NULL. */
ryx_event *ryx_mailbox_event(ryx_mailbox *m);
/* Nobody waits for this event any more. */
void ryx_mailbox_ignore(ryx_mailbox *m, ryx_event *e);
int ryx_mailbox_listen_fd(ryx_mailbox *m); /* taken out */
bool ryx_mailbox_is_stopping(ryx_mailbox *m);

/* Any thread. */
void ryx_mailbox_tell(ryx_mailbox *m, ryx_event *e);

#endif
