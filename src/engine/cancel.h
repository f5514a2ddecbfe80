/* SPDX-License-Identifier: MIT */
/* Cancelling the statement at the head of a connection. For a server that is a
 * question, asked on a helping thread; a pool asks a few at once, and nobody
 * ever waits for another pool's server. From the wish to cancel until the
 * question has been answered the connection takes no newcomers: else the cancel
 * would hit a neighbour. */
#ifndef RYX_ENGINE_CANCEL_H
#define RYX_ENGINE_CANCEL_H

#include <stdbool.h>

typedef struct ryx_conn ryx_conn;
typedef struct ryx_pool ryx_pool;

/* Stops what runs on the connection: at once where the driver can, else by a
 * question. Asking twice is asking once. */
void ryx_cancel_ask(ryx_conn *conn);
/* The statement ended by itself: takes the question back if it was not yet
 * put. */
void ryx_cancel_withdraw(ryx_conn *conn);
/* A question is to be put, or is out. */
bool ryx_cancel_is_asking(const ryx_conn *conn);
/* The connection goes; what was asked is asked without it. */
void ryx_cancel_part(ryx_conn *conn);
/* The pool goes: nobody waits for its questions any more. */
void ryx_cancel_abandon(ryx_pool *p);

#endif
