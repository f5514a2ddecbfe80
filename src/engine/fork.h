/* SPDX-License-Identifier: MIT */
/* Notices that the process is a forked child: a comparison, not a getpid. */
#ifndef RYX_ENGINE_FORK_H
#define RYX_ENGINE_FORK_H

/* Starts watching; once per process, then free. */
void ryx_fork_watch(void);
/* Changes with every fork, in the child. */
unsigned ryx_fork_epoch(void);

#endif
