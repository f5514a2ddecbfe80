/* SPDX-License-Identifier: MIT */
/* Handing statements to the driver of a connection. What the driver does not
 * take is judged at once, like a reply. */
#ifndef RYX_ENGINE_DISPATCH_H
#define RYX_ENGINE_DISPATCH_H

#include "engine/conn.h"

/* Begins q here, on an idle connection or joining others. The request is the
 * connection's until its reply has been judged. */
void ryx_dispatch(ryx_conn *conn, ryx_req *q);
/* Puts q->stmt in flight; on a connection that q may use already. */
void ryx_dispatch_stmt(ryx_conn *conn, ryx_req *q);
/* Asks for more rows of conn->stream; 0 ends it. */
void ryx_dispatch_more(ryx_conn *conn, int32_t max_rows);
/* Statements of the connection's own: is an idle one alive; undo what was left
 * open. */
void ryx_dispatch_ping(ryx_conn *conn);
void ryx_dispatch_rollback(ryx_conn *conn);

#endif
