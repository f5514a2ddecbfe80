/* SPDX-License-Identifier: MIT */
/* Owns what a fork does to SQLite. The child gets the library's memory as it
 * was: locks that a thread held which the child does not have, and a list of
 * open files that claims POSIX locks which no child inherits. So nobody is
 * inside the static locks while the process forks, and in the child every file
 * looks like one that was never opened. */
#include <pthread.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "driver/lite_conn.h"

static const int ids[] = {SQLITE_MUTEX_STATIC_MAIN, SQLITE_MUTEX_STATIC_MEM,
                          SQLITE_MUTEX_STATIC_OPEN, SQLITE_MUTEX_STATIC_PRNG,
                          SQLITE_MUTEX_STATIC_LRU,  SQLITE_MUTEX_STATIC_PMEM,
                          SQLITE_MUTEX_STATIC_APP1, SQLITE_MUTEX_STATIC_APP2,
                          SQLITE_MUTEX_STATIC_APP3, SQLITE_MUTEX_STATIC_VFS1,
                          SQLITE_MUTEX_STATIC_VFS2, SQLITE_MUTEX_STATIC_VFS3};
enum { N_LOCKS = sizeof ids / sizeof *ids };

typedef int (*fstat_fn)(int, struct stat *);
typedef int (*stat_fn)(const char *, struct stat *);

/* Process-wide by nature, as the locks and SQLite's table of system calls are.
 * The generation is written in fresh children only. */
static sqlite3_mutex *locks[N_LOCKS];
static sqlite3_vfs *unix_vfs; /* NULL: its calls are not replaced */
static fstat_fn real_fstat;
static stat_fn real_stat;
static uint64_t generation;

static void leave(int n)
{
  while (n-- > 0)
    sqlite3_mutex_leave(locks[n]);
}

/* Trying needs no order, and so none of SQLite's own is relied upon. */
static bool enter_all(void)
{
  for (int i = 0; i < N_LOCKS; i++) {
    if (sqlite3_mutex_try(locks[i]) != SQLITE_OK) {
      leave(i);
      return false;
    }
  }
  return true;
}

static void before(void)
{
  while (!enter_all())
    sched_yield();
}

static void in_parent(void)
{
  leave(N_LOCKS);
}

static void in_child(void)
{
  leave(N_LOCKS);
  generation++;
}

/* SQLite knows open files by device and inode. A device number of the child's
 * own keeps what it opens apart from what its parent had open; it is compared
 * with itself only. */
static void renumber(struct stat *s)
{
  s->st_dev ^= (dev_t)(generation * UINT64_C(0x9e3779b97f4a7c15));
}

static int child_fstat(int fd, struct stat *out)
{
  int rc = real_fstat(fd, out);

  if (rc == 0) renumber(out);
  return rc;
}

static int child_stat(const char *path, struct stat *out)
{
  int rc = real_stat(path, out);

  if (rc == 0) renumber(out);
  return rc;
}

static void replace_calls(void)
{
  sqlite3_vfs *v = sqlite3_vfs_find("unix");

  if (!v || v->iVersion < 3 || !v->xGetSystemCall || !v->xSetSystemCall) return;
  real_fstat = (fstat_fn)v->xGetSystemCall(v, "fstat");
  real_stat = (stat_fn)v->xGetSystemCall(v, "stat");
  if (!real_fstat || !real_stat) return;
  v->xSetSystemCall(v, "fstat", (sqlite3_syscall_ptr)child_fstat);
  v->xSetSystemCall(v, "stat", (sqlite3_syscall_ptr)child_stat);
  unix_vfs = v;
}

/* SQLite may stay in the process when this library is unloaded. */
__attribute__((destructor)) static void restore_calls(void)
{
  if (!unix_vfs) return;
  unix_vfs->xSetSystemCall(unix_vfs, "fstat", (sqlite3_syscall_ptr)real_fstat);
  unix_vfs->xSetSystemCall(unix_vfs, "stat", (sqlite3_syscall_ptr)real_stat);
}

static void watch(void)
{
  if (sqlite3_initialize() != SQLITE_OK) return;
  for (int i = 0; i < N_LOCKS; i++)
    locks[i] = sqlite3_mutex_alloc(ids[i]);
  replace_calls();
  pthread_atfork(before, in_parent, in_child);
}

void ryx_lite_fork_watch(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once(&once, watch);
}
