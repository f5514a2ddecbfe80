/* SPDX-License-Identifier: MIT */
/* Owns which foreign key failed, which SQLite does not say: the statement runs
 * again with its checks put off, the rows that it wrote are looked at, and all
 * is taken back. Only errors pay for it; what cannot be found stays unknown. */
#include <string.h>

#include "base/err.h"
#include "driver/lite_conn.h"

enum { N_ROWS = 256 };

/* The first rows that the statement wrote. */
typedef struct written {
  char table[RYX_NAME_MAX + 1];
  sqlite3_int64 rows[N_ROWS];
  int n;
} written;

static void note(void *ctx, int op, const char *schema, const char *table,
                 sqlite3_int64 row)
{
  written *w = ctx;

  if (op == SQLITE_DELETE || w->n == N_ROWS || strcmp(schema, "main") != 0)
    return;
  if (w->n == 0) ryx_err_name(w->table, table, strlen(table));
  if (strcmp(w->table, table) == 0) w->rows[w->n++] = row;
}

static bool exec(ryx_lite *c, const char *sql)
{
  return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Does one of the rows refer to what is not there? */
static bool is_broken(ryx_lite *c, const written *w, sqlite3_stmt *key)
{
  const char *from = (const char *)sqlite3_column_text(key, 0);
  const char *to = (const char *)sqlite3_column_text(key, 2);
  char *sql = sqlite3_mprintf(
      "SELECT 1 FROM \"%w\" AS c WHERE c.rowid = ? AND c.\"%w\" IS NOT NULL "
      "AND NOT EXISTS (SELECT 1 FROM \"%w\" AS p WHERE p.\"%w\" = c.\"%w\")",
      w->table, from, sqlite3_column_text(key, 1), to, from);
  sqlite3_stmt *s = NULL;
  bool found = false;

  if (sql && to && sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) == SQLITE_OK) {
    for (int i = 0; i < w->n && !found; i++) {
      sqlite3_bind_int64(s, 1, w->rows[i]);
      found = sqlite3_step(s) == SQLITE_ROW;
      sqlite3_reset(s);
    }
  }
  sqlite3_finalize(s);
  sqlite3_free(sql);
  return found;
}

/* Keys of one column, in the order of the table's definition. */
static void find(ryx_lite *c, const written *w, ryx_err *e)
{
  static const char sql[] =
      "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?) "
      "GROUP BY id HAVING count(*) = 1 ORDER BY id DESC";
  sqlite3_stmt *key = NULL;

  if (sqlite3_prepare_v2(c->db, sql, -1, &key, NULL) != SQLITE_OK) return;
  sqlite3_bind_text(key, 1, w->table, -1, SQLITE_STATIC);
  while (sqlite3_step(key) == SQLITE_ROW) {
    const char *column = (const char *)sqlite3_column_text(key, 0);

    if (!column || !is_broken(c, w, key)) continue;
    ryx_err_name(e->table, w->table, strlen(w->table));
    ryx_err_name(e->column, column, strlen(column));
    break;
  }
  sqlite3_finalize(key);
}

void ryx_lite_key_find(ryx_lite *c, ryx_lite_stmt *st)
{
  int64_t last_id = sqlite3_last_insert_rowid(c->db);
  bool is_changed = c->is_changed;
  written w = {.n = 0};
  int rc;

  if (c->err.native != SQLITE_CONSTRAINT_FOREIGNKEY) return;
  sqlite3_reset(st->s);
  if (!exec(c, "SAVEPOINT ryx_key")) return;
  if (exec(c, "PRAGMA defer_foreign_keys = ON")) {
    sqlite3_update_hook(c->db, note, &w);
    while ((rc = sqlite3_step(st->s)) == SQLITE_ROW) {
    }
    sqlite3_update_hook(c->db, NULL, NULL);
    if (rc == SQLITE_DONE && w.n) find(c, &w, &c->err);
    sqlite3_reset(st->s);
  }
  exec(c, "ROLLBACK TO ryx_key");
  exec(c, "PRAGMA defer_foreign_keys = OFF");
  exec(c, "RELEASE ryx_key");
  sqlite3_set_last_insert_rowid(c->db, last_id);
  c->is_changed = is_changed; /* the PRAGMAs are ours */
}
