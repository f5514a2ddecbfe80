/* SPDX-License-Identifier: MIT */
/* A name in a file is a byte of it, far behind its end, which is locked for an
 * open file description: unlike POSIX locks these hold between two descriptors
 * of one process as well, and stay when another one is closed. A fork shares
 * the description, so the child closes its copies at once: else a lock would
 * outlive the process that took it. */
#define _FILE_OFFSET_BITS 64
#include "base/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"

/* Systems without such locks refuse an unknown command. */
#ifndef F_OFD_SETLK
#define F_OFD_SETLK -1
#endif

struct ryx_file_lock {
  ryx_list node; /* in held; alone in the child of a fork */
  int fd;        /* -1: among threads */
  size_t n;
  char name[]; /* of a lock among threads */
};

/* Process-wide by nature. The lock guards the list and what is between opening
 * a file and its place there: nobody is inside while the process forks. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static ryx_list held = {&held, &held};

static ryx_file_lock *of(ryx_list *node)
{
  return RYX_OF(node, ryx_file_lock, node);
}

static void before_fork(void)
{
  pthread_mutex_lock(&guard);
}

static void in_parent(void)
{
  pthread_mutex_unlock(&guard);
}

static void in_child(void)
{
  ryx_list *node;

  while ((node = ryx_list_pop(&held))) {
    if (of(node)->fd >= 0) close(of(node)->fd);
    of(node)->fd = -1;
  }
  pthread_mutex_unlock(&guard);
}

static void watch_forks(void)
{
  pthread_atfork(before_fork, in_parent, in_child);
}

/* FNV-1a in 62 bits, so that every offset is a positive one. Programs agree on
 * it across versions of ryx. */
static off_t offset_of(const unsigned char *name, size_t n)
{
  uint64_t h = UINT64_C(0xcbf29ce484222325);

  for (size_t i = 0; i < n; i++)
    h = (h ^ name[i]) * UINT64_C(0x100000001b3);
  return (off_t)(h & (UINT64_MAX >> 2));
}

static int set_lock(int fd, const void *name, size_t n)
{
  struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

  l.l_start = offset_of(name, n);
  return fcntl(fd, F_OFD_SETLK, &l);
}

/* Not by closing alone: a child that was forked this moment has not closed its
 * copy yet. */
static void unlock(int fd)
{
  struct flock l = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

  fcntl(fd, F_OFD_SETLK, &l);
  close(fd);
}

/* Whoever may write the file beside it may lock, as it is with SQLite's own
 * files. What the system does not let us give away stays ours. */
static void make_alike(int fd, const char *beside)
{
  struct stat s;
  bool ok = stat(beside, &s) == 0 && fchmod(fd, s.st_mode & 0666) == 0;

  if (ok && geteuid() == 0) ok = fchown(fd, s.st_uid, s.st_gid) == 0;
  (void)ok;
}

static int open_locks(const char *path, const char *beside)
{
  int fd;

  while ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0 && errno == ENOENT) {
    fd = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0600);
    if (fd >= 0) {
      make_alike(fd, beside);
      break;
    }
    if (errno != EEXIST) break;
  }
  return fd;
}

static int fail(const char *what, const char *path, ryx_err *e)
{
  int number = errno;

  ryx_err_set(e, RYX_E_OPERATIONAL, "cannot %s the lock file '%s': %s", what,
              path, strerror(number));
  if (e) e->native = number;
  return RYX_E_OPERATIONAL;
}

static int lock_in(const char *path, const char *beside, const void *name,
                   ryx_file_lock *l, ryx_err *e)
{
  int rc;

  l->fd = open_locks(path, beside);
  if (l->fd < 0) return fail("open", path, e);
  if (set_lock(l->fd, name, l->n) == 0) return 0;
  rc = errno == EAGAIN || errno == EACCES ? 1 : fail("use", path, e);
  close(l->fd);
  l->fd = -1;
  return rc;
}

static int lock_beside(const char *beside, const void *name, ryx_file_lock *l,
                       ryx_err *e)
{
  ryx_buf path;
  int rc;

  ryx_buf_init(&path, 0);
  rc = ryx_buf_puts(&path, beside);
  if (rc == 0) rc = ryx_buf_puts(&path, "-locks");
  if (rc == 0) {
    rc = lock_in(path.data, beside, name, l, e);
  } else {
    ryx_err_nomem(e);
  }
  ryx_buf_fini(&path);
  return rc;
}

static int lock_here(const void *name, ryx_file_lock *l)
{
  for (ryx_list *node = held.next; node != &held; node = node->next) {
    const ryx_file_lock *other = of(node);

    if (other->fd < 0 && other->n == l->n &&
        memcmp(other->name, name, l->n) == 0)
      return 1;
  }
  memcpy(l->name, name, l->n);
  return 0;
}

int ryx_file_lock_take(const char *beside, const void *name, size_t n,
                       ryx_file_lock **out, ryx_err *e)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  ryx_file_lock *l;
  int rc;

  *out = NULL;
  pthread_once(&once, watch_forks);
  l = ryx_mem_new(sizeof *l + n);
  if (!l) return ryx_err_nomem(e);
  l->fd = -1;
  l->n = n;
  pthread_mutex_lock(&guard);
  rc = beside ? lock_beside(beside, name, l, e) : lock_here(name, l);
  if (rc == 0) ryx_list_add_tail(&held, &l->node);
  pthread_mutex_unlock(&guard);
  if (rc == 0)
    *out = l;
  else
    ryx_mem_free(l);
  return rc;
}

void ryx_file_lock_free(ryx_file_lock *l)
{
  if (!l) return;
  pthread_mutex_lock(&guard);
  ryx_list_remove(&l->node);
  if (l->fd >= 0) unlock(l->fd);
  pthread_mutex_unlock(&guard);
  ryx_mem_free(l);
}
