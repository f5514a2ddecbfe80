/* SPDX-License-Identifier: MIT */
/* Owns the translation of SQLite's result codes and messages. */
#include <string.h>

#include "base/err.h"
#include "driver/lite_conn.h"

static int constraint(int rc, const char *message)
{
  switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return RYX_E_UNIQUE;
    case SQLITE_CONSTRAINT_FOREIGNKEY: return RYX_E_FOREIGN_KEY;
    case SQLITE_CONSTRAINT_NOTNULL: return RYX_E_NOT_NULL;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_DATATYPE: return RYX_E_CHECK;
    case SQLITE_CONSTRAINT_TRIGGER:
      /* ON DELETE RESTRICT is a trigger inside SQLite. */
      if (strcmp(message, "FOREIGN KEY constraint failed") == 0)
        return RYX_E_FOREIGN_KEY;
      return RYX_E_OPERATIONAL;
    default: return RYX_E_OPERATIONAL;
  }
}

/* SQL of the user's own that is none: SQLite has one code for all. */
static bool is_syntax(const char *message)
{
  static const char syntax[] = ": syntax error";
  size_t n = strlen(message), m = sizeof syntax - 1;

  return strcmp(message, "incomplete input") == 0 ||
         strncmp(message, "unrecognized token: ", 20) == 0 ||
         (n > m && strcmp(message + n - m, syntax) == 0);
}

/* Its parser keeps a hundred places, and an expression a thousand levels. */
static bool is_too_deep(const char *message)
{
  static const char tree[] = "Expression tree is too large";

  return strcmp(message, "parser stack overflow") == 0 ||
         strncmp(message, tree, sizeof tree - 1) == 0;
}

static int code_of(int rc, const char *message)
{
  if (rc == SQLITE_BUSY_SNAPSHOT) return RYX_E_SERIALIZATION;
  switch (rc & 0xff) {
    case SQLITE_CONSTRAINT: return constraint(rc, message);
    case SQLITE_ERROR:
      if (is_too_deep(message)) return RYX_E_UNSUPPORTED;
      return is_syntax(message) ? RYX_E_MISUSE : RYX_E_OPERATIONAL;
    case SQLITE_NOMEM: return RYX_E_NOMEM;
    case SQLITE_INTERRUPT: return RYX_E_CANCELLED;
    case SQLITE_CANTOPEN: return RYX_E_CONNECTION;
    case SQLITE_MISUSE: return RYX_E_MISUSE;
    default: return RYX_E_OPERATIONAL;
  }
}

static bool is_name(const char *s)
{
  static const char letters[] =
      "abcdefghijklmnopqrstuvwxyz"
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

  return *s && !(*s >= '0' && *s <= '9') && s[strspn(s, letters)] == 0;
}

/* "t.a", "t.a, t.b" or "index 'name'". Of several columns none is the one that
 * failed: their list stays in the message. */
static void name_column(const char *what, ryx_err *e)
{
  static const char index[] = "index '";
  const char *more = strstr(what, ", "), *dot;
  size_t n = more ? (size_t)(more - what) : strlen(what);

  if (strncmp(what, index, sizeof index - 1) == 0) {
    what += sizeof index - 1;
    ryx_err_name(e->constraint, what, strcspn(what, "'"));
    return;
  }
  dot = memchr(what, '.', n);
  if (!dot) return;
  ryx_err_name(e->table, what, (size_t)(dot - what));
  if (!more) ryx_err_name(e->column, dot + 1, n - (size_t)(dot - what) - 1);
}

static void name_constraint(ryx_err *e, const char *message)
{
  static const char failed[] = " constraint failed: ";
  const char *what = strstr(message, failed);

  if (!what) return;
  what += sizeof failed - 1;
  switch (e->code) {
    case RYX_E_UNIQUE:
    case RYX_E_NOT_NULL: name_column(what, e); break;
    case RYX_E_CHECK:
      /* A check without a name is reported by its expression. */
      if (is_name(what)) ryx_err_name(e->constraint, what, strlen(what));
      break;
  }
}

static int stopped(const ryx_lite *c, int rc, ryx_err *e)
{
  if (c->stop == RYX_E_CANCELLED)
    ryx_err_set(e, RYX_E_CANCELLED, "the statement was cancelled");
  else if ((rc & 0xff) == SQLITE_BUSY)
    ryx_err_set(e, RYX_E_TIMEOUT,
                "the statement timed out: the database is locked by another "
                "connection or process");
  else
    ryx_err_set(e, RYX_E_TIMEOUT, "the statement timed out");
  e->native = rc;
  return e->code;
}

/* SQLite remembers the system's answer for a connection, but not when a commit
 * fails: then the file of the WAL has it. */
static int system_number(const ryx_lite *c)
{
  int number = sqlite3_system_errno(c->db);
  sqlite3_file *wal = NULL;

  if (number) return number;
  sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  if (wal && wal->pMethods)
    wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

/* Where SQLite only says that the system refused. */
static const char *system_reason(const ryx_lite *c, int primary)
{
  int number = 0;

  if (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)
    number = system_number(c);
  return number ? strerror(number) : "";
}

int ryx_lite_error(ryx_lite *c, int rc, ryx_err *e)
{
  const char *message = sqlite3_errmsg(c->db), *reason, *more = "";
  int primary = rc & 0xff;

  if (c->stop && (primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY))
    return stopped(c, rc, e);
  if (rc == SQLITE_BUSY_SNAPSHOT)
    message =
        "another connection wrote after this transaction began to read; "
        "repeat it, or begin it as a writer";
  else if (primary == SQLITE_BUSY)
    message = "the database is locked by another connection or process";
  if (primary == SQLITE_ERROR && is_too_deep(message))
    more = ": SQLite takes no expression as deep as this, write it in parts";
  reason = system_reason(c, primary);
  ryx_err_set(e, code_of(rc, message), "%s%s%s%s", message, *reason ? ": " : "",
              reason, more);
  e->native = *more ? 0 : rc; /* what is unsupported is no error of its own */
  if (primary == SQLITE_CONSTRAINT) name_constraint(e, message);
  return e->code;
}
