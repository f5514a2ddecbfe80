/* SPDX-License-Identifier: MIT */
/* Owns the session of a connection: its settings, knowing whether a statement
 * may have changed it, and putting it back. */
#include <string.h>

#include "base/err.h"
#include "driver/lite_conn.h"

static const char FOREIGN_KEYS[] = "ryx_foreign_keys";

static int on_commit(void *ctx, sqlite3 *db, const char *schema, int pages)
{
  ryx_lite *c = ctx;

  (void)db;
  if (strcmp(schema, "main") == 0) c->wal_pages = pages;
  return SQLITE_OK;
}

/* SQLite tells what a statement is about to do when it prepares it: a PRAGMA
 * with a value may set something, and all that is temporary begins with a row
 * in the temporary schema. */
static int on_prepare(void *ctx, int action, const char *first,
                      const char *second, const char *schema,
                      const char *trigger)
{
  ryx_lite *c = ctx;

  (void)first;
  (void)trigger;
  if (c->refuses_all) return SQLITE_DENY;
  if ((action == SQLITE_PRAGMA && second) || action == SQLITE_ATTACH ||
      (action == SQLITE_INSERT && schema && strcmp(schema, "temp") == 0) ||
      (action == SQLITE_FUNCTION && strcmp(second, FOREIGN_KEYS) == 0))
    c->is_changed = true;
  return SQLITE_OK;
}

/* PRAGMA foreign_keys does nothing inside a transaction, where a table is made
 * anew: SQLite counts there the references that are still to be mended. While
 * there is none nothing is counted wrong. */
static void set_foreign_keys(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  sqlite3 *db = sqlite3_context_db_handle(ctx);
  int is_on = sqlite3_value_int(v[0]) != 0, broken = 0, highest = 0;

  (void)n;
  sqlite3_db_status(db, SQLITE_DBSTATUS_DEFERRED_FKS, &broken, &highest, 0);
  if (broken)
    sqlite3_result_error(ctx,
                         "rows refer to rows that are not there yet, which "
                         "this transaction must mend first",
                         -1);
  else
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, is_on, NULL);
}

int ryx_lite_session_functions(sqlite3 *db)
{
  return sqlite3_create_function_v2(db, FOREIGN_KEYS, 1,
                                    SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL,
                                    set_foreign_keys, NULL, NULL, NULL);
}

void ryx_lite_session_watch(ryx_lite *c)
{
  sqlite3_set_authorizer(c->db, on_prepare, c);
}

int ryx_lite_session_pragma(ryx_lite *c, const char *sql, const char *want,
                            int *out)
{
  sqlite3_stmt *s = NULL;
  int rc = sqlite3_prepare_v2(c->db, sql, -1, &s, NULL);

  if (rc == SQLITE_OK) rc = sqlite3_step(s);
  if (rc == SQLITE_ROW && out) {
    const char *text = (const char *)sqlite3_column_text(s, 0);
    *out = want ? text && strcmp(text, want) == 0 : sqlite3_column_int(s, 0);
  }
  if (rc == SQLITE_ROW || rc == SQLITE_DONE) rc = SQLITE_OK;
  sqlite3_finalize(s);
  return rc;
}

/* What changes the meaning of the next user's statements. Sizes of caches and
 * the like stay. */
static const char *const defaults[] = {
    "PRAGMA ignore_check_constraints = OFF",
    "PRAGMA recursive_triggers = OFF",
    "PRAGMA reverse_unordered_selects = OFF",
    "PRAGMA case_sensitive_like = OFF",
    "PRAGMA writable_schema = OFF",
    "PRAGMA legacy_alter_table = OFF",
    "PRAGMA read_uncommitted = OFF",
    "PRAGMA locking_mode = NORMAL",
};

int ryx_lite_session_settings(ryx_lite *c)
{
  const char *synchronous = c->opts->synchronous_full
                                ? "PRAGMA synchronous = FULL"
                                : "PRAGMA synchronous = NORMAL";
  int rc;

  sqlite3_extended_result_codes(c->db, 1);
  sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
  sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  /* The hook takes the place of SQLite's own, which would checkpoint. */
  if (c->wal_max) sqlite3_wal_hook(c->db, on_commit, c);
  rc = c->opts->memory ? SQLITE_OK
                       : ryx_lite_session_pragma(c, synchronous, NULL, NULL);
  if (rc == SQLITE_OK)
    rc = ryx_lite_session_pragma(
        c, c->reader ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF",
        NULL, NULL);
  c->is_changed = false;
  return rc;
}

/* Statements that undo what the session holds: attached databases, temporary
 * tables with their indexes, temporary views, and triggers, which may stand on
 * tables that stay. */
static const char leftovers[] =
    "SELECT 'DETACH ' || quote(name) FROM pragma_database_list WHERE seq > 1 "
    "UNION ALL SELECT 'DROP ' || type || ' IF EXISTS temp.\"' || "
    "replace(name, '\"', '\"\"') || '\"' FROM temp.sqlite_schema "
    "WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite!_%' "
    "ESCAPE '!'";

static int remove_leftovers(ryx_lite *c, ryx_err *e)
{
  sqlite3_stmt *s = NULL;
  int rc = sqlite3_prepare_v2(c->db, leftovers, -1, &s, NULL), ret = 0;
  ryx_buf all;

  ryx_buf_init(&all, 0);
  while (rc == SQLITE_OK && ret == 0 && sqlite3_step(s) == SQLITE_ROW) {
    const char *sql = (const char *)sqlite3_column_text(s, 0);
    ret = sql ? ryx_buf_printf(&all, "%s;", sql) : RYX_E_NOMEM;
  }
  if (rc == SQLITE_OK) rc = sqlite3_finalize(s);
  if (ret < 0)
    ryx_err_nomem(e);
  else if (rc != SQLITE_OK)
    ret = ryx_lite_error(c, rc, e);
  else if (all.len)
    ret = ryx_lite_run_exec(c, all.data, e);
  ryx_buf_fini(&all);
  return ret;
}

static int restore(ryx_lite *c)
{
  int rc = SQLITE_OK;

  ryx_lite_wait_install(c); /* PRAGMA busy_timeout has one of its own */
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
    if (rc == SQLITE_OK)
      rc = ryx_lite_session_pragma(c, defaults[i], NULL, NULL);
  return rc == SQLITE_OK ? ryx_lite_session_settings(c) : rc;
}

int ryx_lite_session_reset(ryx_lite *c, ryx_err *e)
{
  int rc;

  if (!sqlite3_get_autocommit(c->db) &&
      (rc = ryx_lite_run_exec(c, "ROLLBACK", e)) < 0)
    return rc;
  if (!c->is_changed) return 0;
  /* Even dropping what is temporary counts as writing. */
  if (c->reader &&
      (rc = ryx_lite_run_exec(c, "PRAGMA query_only = OFF", e)) < 0)
    return rc;
  if ((rc = remove_leftovers(c, e)) < 0) return rc;
  rc = restore(c);
  return rc == SQLITE_OK ? 0 : ryx_lite_error(c, rc, e);
}
