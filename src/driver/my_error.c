/* SPDX-License-Identifier: MIT */
/* Owns what an error of the server means: its number decides the kind, its text
 * is the only place where the server names constraint, table and column. */
#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "driver/my_conn.h"
#include "value/too_many.h"

/* Numbers that the installed header does not know, or MySQL's own. */
enum { QUERY_TIMEOUT = 3024, CHECK_VIOLATED = 3819, CLIENT_TIMEOUT = 4031 };

typedef struct names {
  char part[3]
           [RYX_NAME_MAX + 1]; /* database, table, column: the last are set */
  int n;
  const char *end; /* behind the last quote */
} names;

/* Behind the last occurrence of mark. The last, because a value quoted in the
 * text may hold anything. */
static const char *after_last(const char *text, const char *mark)
{
  const char *found = NULL, *p = text;

  while ((p = strstr(p, mark))) {
    p += strlen(mark);
    found = p;
  }
  return found;
}

static const char *after_first(const char *text, const char *mark)
{
  const char *p = strstr(text, mark);

  return p ? p + strlen(mark) : NULL;
}

/* Reads 'name' or `name`, a doubled quote standing for one. NULL when the text
 * was cut in the middle. */
static const char *read_name(const char *p, char out[RYX_NAME_MAX + 1])
{
  char name[RYX_NAME_MAX + 1], quote = *p;
  size_t n = 0;

  if (quote != '\'' && quote != '`') return NULL;
  for (p++; *p; p++) {
    if (*p == quote && p[1] != quote) {
      ryx_err_name(out, name, n);
      return p + 1;
    }
    if (*p == quote) p++;
    if (n < sizeof name) name[n++] = *p;
  }
  return NULL;
}

/* Reads up to three names with dots between them. */
static bool read_names(const char *p, names *out)
{
  *out = (names){.n = 0};
  while (p && out->n < 3) {
    p = read_name(p, out->part[out->n]);
    if (!p) return false;
    out->n++;
    out->end = p;
    if (*p != '.') return true;
    p++;
  }
  return false;
}

static void take(char dst[RYX_NAME_MAX + 1], const names *n, int from_end)
{
  const char *s;

  if (n->n < from_end) return;
  s = n->part[n->n - from_end];
  ryx_err_name(dst, s, strlen(s));
}

/* Duplicate entry 'v' for key 'name' */
static void unique(ryx_err *e, const my_native *n)
{
  const char *p = after_last(n->text, "for key '");
  const char *end = p ? strrchr(p, '\'') : NULL, *dot;

  if (n->number == ER_DUP_UNIQUE) {
    names t;
    if (read_names(after_last(n->text, "to table "), &t)) take(e->table, &t, 1);
    return;
  }
  if (!end) return;
  dot = n->names_table ? memchr(p, '.', (size_t)(end - p)) : NULL;
  if (dot) {
    ryx_err_name(e->table, p, (size_t)(dot - p));
    p = dot + 1;
  }
  ryx_err_name(e->constraint, p, (size_t)(end - p));
}

/* ... a foreign key constraint fails (`db`.`table`, CONSTRAINT `name` FOREIGN
 * KEY (`column`) REFERENCES ...) */
static void foreign_key(ryx_err *e, const my_native *n)
{
  const char *p = after_first(n->text, "constraint fails (");
  names t, k, c;

  if (!read_names(p, &t)) return;
  take(e->table, &t, 1);
  p = after_first(t.end, "CONSTRAINT ");
  if (!read_names(p, &k)) return;
  take(e->constraint, &k, 1);
  p = after_first(k.end, "FOREIGN KEY (");
  if (read_names(p, &c) && *c.end == ')') take(e->column, &c, 1);
}

/* CONSTRAINT `name` failed for `db`.`table`; a check that belongs to a column
 * is called `table.column`. MySQL: Check constraint 'name' is violated. */
static void check(ryx_err *e, const my_native *n)
{
  names k, t;
  size_t len;

  if (n->number == CHECK_VIOLATED) {
    if (read_names(after_first(n->text, "constraint "), &k))
      take(e->constraint, &k, 1);
    return;
  }
  if (!read_names(after_first(n->text, "CONSTRAINT "), &k)) return;
  take(e->constraint, &k, 1);
  if (!read_names(after_first(k.end, "failed for "), &t)) return;
  take(e->table, &t, 1);
  len = strlen(e->table);
  if (strncmp(e->constraint, e->table, len) || e->constraint[len] != '.')
    return;
  ryx_err_name(e->column, k.part[0] + len + 1, strlen(k.part[0] + len + 1));
  memcpy(e->constraint, e->column, sizeof e->constraint);
}

/* Column 'c' cannot be null; Field 'c' doesn't have a default value; ... for
 * column 'c' at row 1; ... for column `db`.`table`.`c` at row 1 */
static void column(ryx_err *e, const my_native *n)
{
  static const char *const marks[] = {"for column ", "NOT NULL column ",
                                      "Column ", "Field "};
  names c;

  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    if (!read_names(after_last(n->text, marks[i]), &c)) continue;
    take(e->column, &c, 1);
    take(e->table, &c, 2);
    return;
  }
}

/* What stands before the value that a text quotes, and what may follow it. */
static const struct {
  unsigned number;
  const char *before, *after;
} quoting[] = {
    {ER_DUP_ENTRY, "entry '", "' for key '"},
    {ER_DUP_ENTRY_WITH_KEY_NAME, "entry '", "' for key '"},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, "value: '", "' for column "},
    {ER_TRUNCATED_WRONG_VALUE, "value: '", "' for column "},
    {ER_WRONG_VALUE_FOR_TYPE, "value: '", "' for function "},
    {ER_WRONG_VALUE, "value: '", "'"},
    {ER_DATA_OUT_OF_RANGE, " in '", "'"},
};

static void hide_value(ryx_err *e, unsigned number)
{
  for (size_t i = 0; i < sizeof quoting / sizeof *quoting; i++) {
    const char *from, *to, *after = quoting[i].after;

    if (quoting[i].number != number) continue;
    from = after_first(e->message, quoting[i].before);
    if (!from) return;
    to = after_last(from, after);
    if (!to) to = after_last(from, after = "'");
    ryx_err_hide(e, from, to ? to - strlen(after) : from + strlen(from));
    return;
  }
}

/* A sum that is out of range because SQL of ryx wanted to fail. */
static void too_many(ryx_err *e, const my_native *n)
{
  if (!strstr(n->text, RYX_TOO_MANY)) return;
  e->code = RYX_E_OPERATIONAL;
  snprintf(e->message, sizeof e->message, "%s",
           "there are more values than the server puts together in one text: "
           "raise its max_allowed_packet");
}

typedef struct meaning {
  unsigned number;
  int code;
  void (*read)(ryx_err *e, const my_native *n);
} meaning;

static const meaning meanings[] = {
    {ER_DUP_ENTRY, RYX_E_UNIQUE, unique},
    {ER_DUP_ENTRY_WITH_KEY_NAME, RYX_E_UNIQUE, unique},
    {ER_DUP_UNIQUE, RYX_E_UNIQUE, unique},
    {ER_ROW_IS_REFERENCED_2, RYX_E_FOREIGN_KEY, foreign_key},
    {ER_NO_REFERENCED_ROW_2, RYX_E_FOREIGN_KEY, foreign_key},
    {ER_ROW_IS_REFERENCED, RYX_E_FOREIGN_KEY, NULL},
    {ER_NO_REFERENCED_ROW, RYX_E_FOREIGN_KEY, NULL},
    {ER_BAD_NULL_ERROR, RYX_E_NOT_NULL, column},
    {ER_NO_DEFAULT_FOR_FIELD, RYX_E_NOT_NULL, column},
    {ER_WARN_NULL_TO_NOTNULL, RYX_E_NOT_NULL, column},
    {ER_CONSTRAINT_FAILED, RYX_E_CHECK, check},
    {CHECK_VIOLATED, RYX_E_CHECK, check},
    {ER_DATA_TOO_LONG, RYX_E_VALIDATION, column},
    {ER_WARN_DATA_OUT_OF_RANGE, RYX_E_VALIDATION, column},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, RYX_E_VALIDATION, column},
    {ER_TRUNCATED_WRONG_VALUE, RYX_E_VALIDATION, column},
    {WARN_DATA_TRUNCATED, RYX_E_VALIDATION, column},
    {ER_PARSE_ERROR, RYX_E_MISUSE, NULL},
    {ER_DATA_OUT_OF_RANGE, RYX_E_VALIDATION, too_many},
    {ER_LOCK_DEADLOCK, RYX_E_DEADLOCK, NULL},
    {ER_LOCK_WAIT_TIMEOUT, RYX_E_TIMEOUT, NULL},
    {ER_CHECKREAD, RYX_E_SERIALIZATION, NULL},
    {ER_QUERY_INTERRUPTED, RYX_E_CANCELLED, NULL},
    {ER_STATEMENT_TIMEOUT, RYX_E_CANCELLED, NULL},
    {QUERY_TIMEOUT, RYX_E_CANCELLED, NULL},
    {CR_OUT_OF_MEMORY, RYX_E_NOMEM, NULL},
};

static const unsigned farewells[] = {
    ER_SERVER_SHUTDOWN,       ER_CONNECTION_KILLED,
    ER_ABORTING_CONNECTION,   ER_NEW_ABORTING_CONNECTION,
    ER_NET_PACKET_TOO_LARGE,  ER_NET_PACKETS_OUT_OF_ORDER,
    ER_NET_UNCOMPRESS_ERROR,  ER_NET_READ_ERROR,
    ER_NET_READ_INTERRUPTED,  ER_NET_ERROR_ON_WRITE,
    ER_NET_WRITE_INTERRUPTED, CLIENT_TIMEOUT,
};

bool ryx_my_error_is_farewell(int native)
{
  for (size_t i = 0; i < sizeof farewells / sizeof *farewells; i++) {
    if (native == (int)farewells[i]) return true;
  }
  return false;
}

void ryx_my_error_fill(ryx_err *e, const my_native *n)
{
  const meaning *m = meanings, *end = m + sizeof meanings / sizeof *meanings;
  const char *text = *n->text ? n->text : "the server broke the connection off";

  while (m < end && m->number != n->number)
    m++;
  ryx_err_set(e, RYX_E_OPERATIONAL, "%s", text);
  if (m < end) {
    e->code = m->code;
  } else if (n->is_lost) {
    e->code = RYX_E_CONNECTION;
  } else if (strncmp(n->sqlstate, "22", 2) == 0) {
    e->code = RYX_E_VALIDATION;
  }
  e->native = (int)n->number;
  snprintf(e->sqlstate, sizeof e->sqlstate, "%s", n->sqlstate);
  if (m < end && m->read) m->read(e, n);
  hide_value(e, n->number);
}

/* A statement that loses its connection in the middle of a result may have no
 * error of its own: then the connection's counts. */
void ryx_my_error_of(const my_conn *c, MYSQL_STMT *st, ryx_err *e)
{
  bool of_stmt = st && mysql_stmt_errno(st);
  my_native n = {.names_table = c->flavour->names_table,
                 .is_lost = ryx_my_status_is_lost(c)};

  n.number = of_stmt ? mysql_stmt_errno(st) : mysql_errno(c->m);
  n.sqlstate = of_stmt ? mysql_stmt_sqlstate(st) : mysql_sqlstate(c->m);
  n.text = of_stmt ? mysql_stmt_error(st) : mysql_error(c->m);
  if (n.number == 0) n = (my_native){CR_SERVER_LOST, "08S01", "", false, true};
  ryx_my_error_fill(e, &n);
}
