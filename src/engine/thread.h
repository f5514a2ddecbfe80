/* SPDX-License-Identifier: MIT */
/* Threads of the engine's own: none of them ever handles a signal. */
#ifndef RYX_ENGINE_THREAD_H
#define RYX_ENGINE_THREAD_H

#include <signal.h>
#include <uv.h>

#include "ryx_value.h"

/* Blocks every signal for this thread, and so for threads begun from now on;
 * hosts rely on their main thread getting them. */
void ryx_thread_block_signals(sigset_t *old);
void ryx_thread_restore_signals(const sigset_t *old);

/* 0 or RYX_E_OPERATIONAL. */
RYX_MUST int ryx_thread_start(uv_thread_t *t, void (*fn)(void *), void *arg);

#endif
