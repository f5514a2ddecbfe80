/* SPDX-License-Identifier: MIT */
/* Locks by name among processes that use one file, or among the threads of
 * this process. Whoever waits for one tries again. */
#ifndef RYX_BASE_FILE_LOCK_H
#define RYX_BASE_FILE_LOCK_H

#include "ryx_value.h"

typedef struct ryx_file_lock ryx_file_lock;

/* Takes the lock of a name (n bytes): 0, or 1 with *out NULL when somebody has
 * it, this process too. beside: the file whose users exclude each other; the
 * locks are in `<beside>-locks`, which is made for those who may use the file
 * itself and stays. NULL: among the threads of this process. RYX_E_OPERATIONAL:
 * that file cannot be opened or locked. Thread-safe, never waits. */
RYX_MUST int ryx_file_lock_take(const char *beside, const void *name, size_t n,
                                ryx_file_lock **out, ryx_err *e);
/* Gives it back; NULL is fine. The end of the process does, too. The child of a
 * fork does not have it, and may free what it inherited. */
void ryx_file_lock_free(ryx_file_lock *l);

#endif
