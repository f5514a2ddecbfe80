/* SPDX-License-Identifier: MIT */
/* The canceller: a thread that asks servers to stop statements, because asking
 * may block. A connection takes no newcomers from the moment it is asked for
 * until the call has returned; else the cancel would hit a neighbour. */
#ifndef RYX_ENGINE_CANCEL_H
#define RYX_ENGINE_CANCEL_H

#include <uv.h>

#include "base/list.h"
#include "ryx_value.h"

typedef struct ryx_conn ryx_conn;

typedef struct ryx_canceller {
  uv_thread_t thread;
  uv_mutex_t lock; /* guards the members below */
  uv_cond_t wake;
  ryx_list queue; /* ryx_conn.cancel_node */
  bool is_stopping;
  bool is_up; /* the loop's: the thread runs */
} ryx_canceller;

/* 0 or RYX_E_OPERATIONAL. */
RYX_MUST int ryx_cancel_init(ryx_canceller *c);
/* Finishes what is queued, joins. May run twice. */
void ryx_cancel_stop(ryx_canceller *c);
void ryx_cancel_fini(ryx_canceller *c);

/* Asks for the statement at the head of the connection. Afterwards
 * conn->is_cancelling holds until RYX_EVENT_CANCELLED, unless the driver's
 * cancel may be called right here. */
void ryx_cancel_ask(ryx_conn *conn);
/* The statement ended by itself: takes the question back if it was not yet
 * put. */
void ryx_cancel_withdraw(ryx_conn *conn);

#endif
