/* SPDX-License-Identifier: MIT */
/* From nothing to a connection: name resolution, the driver's dial, its limit
 * in time. What blocks runs on a helping thread, which a dial that is late, or
 * an engine that ends, leaves behind. */
#ifndef RYX_ENGINE_DIAL_H
#define RYX_ENGINE_DIAL_H

#include "engine/conn.h"

/* One more connection for the lane; a failure shows as a failed dial. */
void ryx_dial_start(ryx_lane *lane);
/* What a step of a DIALING connection said. */
void ryx_dial_after(ryx_conn *conn, ryx_io io, const ryx_err *e);
void ryx_dial_late(ryx_conn *conn); /* its limit passed */
/* The connection is closing: nobody waits for what still runs for it. A thread
 * that has the driver's connection keeps it: conn->c is NULL then. */
void ryx_dial_abandon(ryx_conn *conn);

#endif
