/* SPDX-License-Identifier: MIT */
/* Locks of files for hosts. */
#include "api/api.h"
#include "base/file_lock.h"

int ryx_lock_take(const char *beside, const void *name, size_t n,
                  ryx_file_lock **out, ryx_err *err)
{
  return ryx_file_lock_take(beside, name, n, out, err);
}

void ryx_lock_release(ryx_file_lock *l)
{
  ryx_file_lock_free(l);
}
