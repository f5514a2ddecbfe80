/* SPDX-License-Identifier: MIT */
/* Threads of the engine's own: none of them ever handles a signal, since hosts
 * rely on their main thread getting them. */
#ifndef RYX_ENGINE_THREAD_H
#define RYX_ENGINE_THREAD_H

#include <uv.h>

#include "ryx_value.h"

/* 0 or RYX_E_OPERATIONAL. */
RYX_MUST int ryx_thread_start(uv_thread_t *t, void (*fn)(void *), void *arg);
/* The same, of a thread that nobody can or need join. */
RYX_MUST int ryx_thread_detached(void *(*fn)(void *), void *arg);

#endif
