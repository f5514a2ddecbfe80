/* SPDX-License-Identifier: MIT */
/* Ending requests before their time: the host cancels, or a deadline passes. */
#ifndef RYX_ENGINE_STOP_H
#define RYX_ENGINE_STOP_H

#include "engine/conn.h"

/* q is not to go on: RYX_STOP_CANCEL or RYX_STOP_TIMEOUT. Whoever waits for it
 * hears at once when its time is up, of a write half a second later at most: so
 * long the server may say what became of it. A cancelled statement at the head
 * of its connection is answered when the server has answered, or RYX_GRACE_MS
 * later. */
void ryx_stop_request(ryx_loop *l, ryx_req *q, ryx_stop why);
/* The same of one that is with the driver. */
void ryx_stop_flight(ryx_loop *l, ryx_req *q, ryx_stop why);
/* The host had q cancelled before the loop began it. */
void ryx_stop_unsent(ryx_loop *l, ryx_req *q);

#endif
