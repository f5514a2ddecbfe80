/* SPDX-License-Identifier: MIT */
/* What a reply means for its request: gathers the facts, asks for the verdict,
 * carries it out. */
#ifndef RYX_ENGINE_REPLY_H
#define RYX_ENGINE_REPLY_H

#include "engine/conn.h"

/* A reply of the driver's to a statement in flight on conn. Takes rows over. */
void ryx_reply_on(ryx_conn *conn, ryx_reply *r);
/* Nothing of q, which is not in flight, left the machine, because of e. */
void ryx_reply_unsent(ryx_conn *conn, ryx_req *q, const ryx_err *e);

#endif
