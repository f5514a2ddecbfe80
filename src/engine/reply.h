/* SPDX-License-Identifier: MIT */
/* What a reply means for its request: gathers the facts, asks for the verdict,
 * carries it out. */
#ifndef RYX_ENGINE_REPLY_H
#define RYX_ENGINE_REPLY_H

#include "engine/conn.h"

/* A reply of the driver's to a statement in flight on conn. Takes rows over. */
void ryx_reply_on(ryx_conn *conn, ryx_reply *r);
/* The same for q, which is not in flight (any more). Takes rows over. */
void ryx_reply_judge(ryx_conn *conn, ryx_req *q, ryx_reply *r);
/* conn->stream, a part of which the host has, goes on no more: the host hears
 * why with its next question. */
void ryx_reply_end_held(ryx_req *q, ryx_stop why);

#endif
