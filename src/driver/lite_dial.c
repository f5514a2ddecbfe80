/* SPDX-License-Identifier: MIT */
/* Owns opening a database, noticing that its file is gone, and checkpoints. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "driver/lite_conn.h"

enum {
  CREATE = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
  CHECKPOINT_BYTES = 4 << 20,
  LOOK_MS = 100,           /* a look takes a microsecond */
  OLDEST_VERSION = 3037000 /* changes64; RETURNING came with 3.35 */
};

void ryx_lite_dial_checkpoint(ryx_lite *c)
{
  int all = 0, done = 0;
  int rc = sqlite3_wal_checkpoint_v2(c->db, "main", SQLITE_CHECKPOINT_PASSIVE,
                                     &all, &done);

  c->wal_pages = rc == SQLITE_OK && done < all ? all - done : 0;
}

/* Good to some milliseconds, at a fifth of the price: every statement asks. */
static uint64_t about_now(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return (uint64_t)t.tv_sec * RYX_NS_PER_S + (uint64_t)t.tv_nsec;
#else
  return ryx_clock_now();
#endif
}

bool ryx_lite_dial_moved(ryx_lite *c, ryx_err *e)
{
  uint64_t now;
  int moved = 0;

  if (c->opts->memory) return false;
  now = about_now();
  if (now < c->looked_ns + LOOK_MS * RYX_NS_PER_MS) return false;
  c->looked_ns = now;
  sqlite3_file_control(c->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (!moved) return false;
  c->looked_ns = 0; /* it stays so */
  ryx_err_set(e, RYX_E_CONNECTION,
              "the SQLite database '%s' was moved, removed or replaced while "
              "it was open",
              c->opts->database);
  e->native = SQLITE_READONLY_DBMOVED;
  return true;
}

/* SQLite makes a file, and opens it for reading where it could not: then the
 * error is that there is none. */
static bool is_kept_from_making(const ryx_opts *o)
{
  const char *slash = strrchr(o->database, '/');
  ryx_buf folder;
  bool is_there;

  if (!o->create || o->read_only || access(o->database, F_OK) == 0)
    return false;
  ryx_buf_init(&folder, 0);
  is_there = ryx_buf_put(&folder, o->database,
                         slash ? (size_t)(slash - o->database) : 0) == 0 &&
             ryx_buf_puts(&folder, "/.") == 0 &&
             access(slash ? folder.data : ".", F_OK) == 0;
  ryx_buf_fini(&folder);
  return is_there;
}

static const char *reason(const ryx_lite *c, int rc)
{
  if ((rc & 0xff) != SQLITE_CANTOPEN) return sqlite3_errmsg(c->db);
  switch (sqlite3_system_errno(c->db)) {
    case ENOENT:
      return is_kept_from_making(c->opts) ? "its folder cannot be written"
                                          : "there is no such file or folder";
    case EACCES:
    case EPERM: return "permission denied";
    case EISDIR: return "it is a folder";
    case ENOTDIR: return "its folder is a file";
    default: return sqlite3_errmsg(c->db);
  }
}

static int cannot_open(ryx_lite *c, int rc, ryx_err *e)
{
  if (c->stop || rc == SQLITE_NOMEM || !c->db)
    return c->db ? ryx_lite_error(c, rc, e) : ryx_err_nomem(e);
  ryx_err_set(
      e, RYX_E_CONNECTION, "cannot open SQLite database '%s': %s",
      c->opts->database ? c->opts->database : ":memory:", reason(c, rc));
  e->native = rc;
  return e->code;
}

/* Nobody could have filled an in-memory database that is opened READONLY, and
 * SQLite refuses it; query_only makes it one. */
static int open_flags(const ryx_opts *o)
{
  if (o->memory) return CREATE | SQLITE_OPEN_MEMORY;
  if (o->read_only) return SQLITE_OPEN_READONLY;
  return o->create ? CREATE : SQLITE_OPEN_READWRITE;
}

/* Files of the VFS that keeps them in memory are shared by their names. */
static const char shared_vfs[] = "memdb";

static bool is_shared(const ryx_opts *o)
{
  return o->memory && o->memory_name && sqlite3_vfs_find(shared_vfs);
}

void *ryx_lite_hold(const ryx_opts *o)
{
  sqlite3_int64 unbounded = INT64_MAX;
  sqlite3 *db = NULL;

  if (!is_shared(o)) return NULL;
  ryx_lite_fork_watch();
  if (sqlite3_open_v2(o->memory_name, &db, CREATE, shared_vfs) == SQLITE_OK) {
    sqlite3_file_control(db, NULL, SQLITE_FCNTL_SIZE_LIMIT, &unbounded);
    return db;
  }
  sqlite3_close(db);
  return NULL;
}

void ryx_lite_let_go(void *held)
{
  sqlite3_close(held);
}

static int open_shared(ryx_lite *c, ryx_err *e)
{
  int rc = sqlite3_open_v2(c->opts->memory_name, &c->db,
                           CREATE | SQLITE_OPEN_NOMUTEX, shared_vfs);

  return rc == SQLITE_OK ? 0 : cannot_open(c, rc, e);
}

static int open_file(ryx_lite *c, ryx_err *e)
{
  const ryx_opts *o = c->opts;
  int flags = open_flags(o) | SQLITE_OPEN_NOMUTEX, rc;
  const char *path = o->memory ? ":memory:" : o->database;
  ryx_buf name;
  if (is_shared(o)) return open_shared(c, e);

  /* A build of SQLite may read "file:" as a URI; ours is always a path. */
  ryx_buf_init(&name, 0);
  rc = ryx_buf_puts(&name, strncmp(path, "file:", 5) == 0 ? "./" : "");
  if (rc == 0) rc = ryx_buf_puts(&name, path);
  if (rc < 0) {
    ryx_buf_fini(&name);
    return ryx_err_nomem(e);
  }
  rc = sqlite3_open_v2(name.data, &c->db, flags, NULL);
  ryx_buf_fini(&name);
  return rc == SQLITE_OK ? 0 : cannot_open(c, rc, e);
}

/* Several connections that switch a new file to WAL at once get BUSY without
 * the busy handler being asked, whatever the timeout. */
static int set_wal(ryx_lite *c, ryx_err *e)
{
  int n = 0, is_wal = 0, rc;

  for (;;) {
    rc =
        ryx_lite_session_pragma(c, "PRAGMA journal_mode = WAL", "wal", &is_wal);
    if ((rc & 0xff) != SQLITE_BUSY || !ryx_lite_wait_sleep(c, n++)) break;
  }
  if (rc != SQLITE_OK) return cannot_open(c, rc, e);
  if (is_wal) return 0;
  return ryx_err_set(e, RYX_E_CONNECTION,
                     "cannot open SQLite database '%s': its file system does "
                     "not support write-ahead logging",
                     c->opts->database);
}

static int open_wal(ryx_lite *c, ryx_err *e)
{
  int page_size = 4096, rc;

  if (sqlite3_db_readonly(c->db, "main") == 1)
    return ryx_err_set(e, RYX_E_CONNECTION,
                       "cannot open SQLite database '%s' for writing; add "
                       "?mode=ro to read it",
                       c->opts->database);
  if ((rc = set_wal(c, e)) < 0) return rc;
  rc = ryx_lite_session_pragma(c, "PRAGMA page_size", NULL, &page_size);
  if (rc != SQLITE_OK) return cannot_open(c, rc, e);
  c->wal_max = CHECKPOINT_BYTES / (page_size > 0 ? page_size : 4096);
  /* After a long reader the WAL may be large: cut it when it starts anew. */
  rc = ryx_lite_session_pragma(c, "PRAGMA journal_size_limit = 67108864", NULL,
                               NULL);
  if (rc != SQLITE_OK) return cannot_open(c, rc, e);
  return 0;
}

static int add_functions(sqlite3 *db)
{
  static int (*const families[])(sqlite3 *) = {
      ryx_lite_functions,        ryx_lite_decimal, ryx_lite_json,
      ryx_lite_json_change,      ryx_lite_array,   ryx_lite_time,
      ryx_lite_aggregate,        ryx_lite_collect, ryx_lite_ordered,
      ryx_lite_session_functions};
  int rc = SQLITE_OK;

  for (size_t i = 0; i < sizeof families / sizeof *families; i++)
    if (rc == SQLITE_OK) rc = families[i](db);
  return rc;
}

int ryx_lite_dial_open(ryx_lite *c, ryx_err *e)
{
  int rc;

  if (sqlite3_libversion_number() < OLDEST_VERSION || !sqlite3_threadsafe())
    return ryx_err_set(e, RYX_E_CONNECTION,
                       "SQLite %s is too old or was built without threads: "
                       "3.37 is needed",
                       sqlite3_libversion());
  ryx_lite_fork_watch();
  if ((rc = open_file(c, e)) < 0) return rc;
  atomic_store(&c->interruptible, c->db);
  ryx_lite_wait_install(c);
  ryx_lite_session_watch(c);
  c->max_params = sqlite3_limit(c->db, SQLITE_LIMIT_VARIABLE_NUMBER, -1);
  if (!c->opts->memory && !c->opts->read_only && (rc = open_wal(c, e)) < 0)
    return rc;
  rc = add_functions(c->db);
  if (rc == SQLITE_OK) rc = ryx_lite_session_settings(c);
  /* The first look into the file: is it a database at all? */
  if (rc == SQLITE_OK)
    rc = ryx_lite_session_pragma(c, "PRAGMA schema_version", NULL, NULL);
  if (rc != SQLITE_OK) return cannot_open(c, rc, e);
  rc = ryx_stmts_init(&c->cache, (uint32_t)c->opts->statement_cache,
                      ryx_lite_stmt_drop, c);
  return rc < 0 ? ryx_err_nomem(e) : 0;
}
