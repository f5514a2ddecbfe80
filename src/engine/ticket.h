/* SPDX-License-Identifier: MIT */
/* A ticket: what the host holds of a job, from send until its result is taken.
 * The loop works on the request and answers the ticket, once, or once for each
 * part of a stream. */
#ifndef RYX_ENGINE_TICKET_H
#define RYX_ENGINE_TICKET_H

#include <stdatomic.h>

#include "engine/mailbox.h"
#include "engine/request.h"

typedef struct ryx_result {
  int code;     /* 0 or RYX_E_* */
  bool more;    /* a part of a stream that goes on */
  ryx_err *err; /* NULL: no memory for one */
  ryx_rows *rows;
  int64_t affected, last_id, duration_ns;
} ryx_result;

typedef enum {
  RYX_TICKET_AWAY, /* the loop has it, or will */
  RYX_TICKET_HOME, /* answered and collected */
  RYX_TICKET_HELD  /* a part was taken, and no more asked for */
} ryx_ticket_state;

struct ryx_ticket {
  /* The host's. */
  ryx_list all; /* every ticket there is */
  ryx_tag tag;  /* 0: nobody will take it */
  ryx_ticket_state state;
  ryx_job_kind kind;
  const ryx_driver *driver; /* of a COPY */
  ryx_txn *txn;             /* of a job in a transaction, and of BEGIN */
  bool is_counted;          /* in txn->n_sent */
  bool is_stopped;          /* cancelled while it was HELD: more will say so */

  /* Where host and loop meet; the mailbox's lock guards them. */
  ryx_command submit, more, cancel; /* at most one of the first two is posted */
  bool is_away;                     /* posted, and not answered since */
  ryx_list out; /* the mailbox's out list, then the host's done or spare */
  atomic_bool is_done; /* answered; may be read without the lock */

  /* The loop's while it is away, the host's otherwise. */
  ryx_req *req; /* NULL when it has ended */
  int32_t want; /* of `more` */
  ryx_buf put;  /* goes along with it: rows of a COPY */
  ryx_result result;
};

/* A cleared ticket, or NULL. Free with ryx_ticket_free. */
RYX_MUST ryx_ticket *ryx_ticket_new(void);
void ryx_ticket_recycle(ryx_ticket *t); /* back to the state after new */
void ryx_ticket_free(ryx_ticket *t);    /* NULL is fine */

/* The job has failed: sets the result. Nothing happens to a NULL ticket. */
void ryx_ticket_fail(ryx_ticket *t, int code, const char *fmt, ...)
    RYX_PRINTF(3, 4);
void ryx_ticket_fail_as(ryx_ticket *t, const ryx_err *e);

#endif
