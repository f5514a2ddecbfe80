/* SPDX-License-Identifier: MIT */
/* The descriptor of a connection in libuv's loop. The library owns it and may
 * close it, or put another socket under the same number, in any call. */
#ifndef RYX_ENGINE_WATCH_H
#define RYX_ENGINE_WATCH_H

#include "engine/conn.h"

/* After any call of the driver: forgets a descriptor that is gone, before its
 * number can be anybody else's. */
void ryx_watch_follow(ryx_conn *conn);
/* Waits for what the driver waits for; the connection gets its turn. */
void ryx_watch_io(ryx_conn *conn, ryx_io io);
void ryx_watch_stop(ryx_conn *conn);

#endif
