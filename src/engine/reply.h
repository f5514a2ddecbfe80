/* SPDX-License-Identifier: MIT */
/* What becomes of a request when its statement has an answer, or never will. */
#ifndef RYX_ENGINE_REPLY_H
#define RYX_ENGINE_REPLY_H

#include "engine/conn.h"

/* A reply of the driver's to a statement in flight on conn. Takes rows over. */
void ryx_reply_on(ryx_conn *conn, ryx_reply *r);
/* The host has a part of q's stream, and there is nothing behind it any more:
 * connection and pool may be gone before the host finds out. */
void ryx_reply_ended(ryx_req *q);

/* The host asks for q->want more rows of a stream. */
void ryx_reply_more(ryx_loop *l, ryx_req *q);
/* Hands a reply over to the request, judging what a failure means. */
void ryx_reply_fill(ryx_req *q, ryx_reply *r);

/* The host did not want q any more before the loop had it. */
void ryx_reply_unsent(ryx_loop *l, ryx_req *q);
/* The host wants q to end: it does not care (RYX_E_CANCELLED) or its time is
 * up (RYX_E_TIMEOUT). */
void ryx_reply_stop(ryx_loop *l, ryx_req *q, int why);
/* Answers the host at once; the reply will be thrown away. */
void ryx_reply_abandon(ryx_loop *l, ryx_req *q, int why);

#endif
