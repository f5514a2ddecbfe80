/* SPDX-License-Identifier: MIT */
/* Who may use a connection beside others, and how: the rules of sharing, in one
 * place. Questions only; nothing is changed here. */
#ifndef RYX_ENGINE_SHARING_H
#define RYX_ENGINE_SHARING_H

#include "engine/conn.h"

/* May one more SELECT be put behind what is in flight? It must not disturb the
 * others, nor they it. */
bool ryx_sharing_may_join(const ryx_conn *conn);
/* May nothing be put behind q on its connection? */
bool ryx_sharing_is_slow(const ryx_conn *conn, const ryx_req *q);
/* May q's result come in parts on this connection? Else it is read whole. */
bool ryx_sharing_may_stream(const ryx_conn *conn, const ryx_req *q);
/* May a statement of a driver that blocks run on the loop's thread? */
bool ryx_sharing_may_inline(const ryx_conn *conn, const ryx_req *q);

#endif
