/* SPDX-License-Identifier: MIT */
/* The wake socket of a THREAD engine: a byte on a unix socket for a host that
 * can wait for sockets only. */
#ifndef RYX_ENGINE_WAKE_H
#define RYX_ENGINE_WAKE_H

#include <uv.h>

#include "ryx_value.h"

typedef struct ryx_wake {
  uv_poll_t *listener; /* waits for the one who wants the bytes; or NULL */
  int listen_fd, fd;   /* -1 when not */
} ryx_wake;

/* Host's thread: makes a socket that listens at path. RYX_E_MISUSE or
 * RYX_E_OPERATIONAL. */
RYX_MUST int ryx_wake_open(const char *path, int *fd, ryx_err *e);

/* Loop's thread, all below. */
void ryx_wake_init(ryx_wake *w);
void ryx_wake_listen(ryx_wake *w, uv_loop_t *uv, int fd); /* takes fd over */
void ryx_wake_send(ryx_wake *w); /* a byte, if somebody listens */
void ryx_wake_stop(ryx_wake *w);

#endif
