/* SPDX-License-Identifier: MIT */
/* Streams as the host sees them: parts that it asks for, one after the other,
 * and ends that come while it holds a part. */
#ifndef RYX_ENGINE_STREAM_H
#define RYX_ENGINE_STREAM_H

#include "engine/conn.h"

/* The host asks for q->want more rows; is_stopped: and has cancelled already.
 */
void ryx_stream_more(ryx_loop *l, ryx_req *q, bool is_stopped);
/* It may not go on, though the host holds a part: the connection throws the
 * rest away. */
void ryx_stream_stop(ryx_loop *l, ryx_req *q, ryx_stop why);
/* It is over on its connection, though the host holds a part: q waits for the
 * host's next question, which hears why. */
void ryx_stream_ended(ryx_req *q, ryx_stop why);

#endif
