/* SPDX-License-Identifier: MIT */
/* Runs the cases of spec/sql: a description, and the SQL that each dialect
 * makes of it. Covers reader, tree, read_expr, writer, select, insert, update,
 * delete, conflict, expr, json, predicate, lookup and the dialects. With the
 * name of a file as its argument: that one alone.
 *
 *   # what it is about
 *   query: <notation of describe.h, may go on in the next lines>
 *   postgres: <SQL>            or  postgres! <part of the error>
 *   mariadb[-CAP[-CAP]]: <SQL> in place of the usual capabilities: these
 *   mysql: <SQL>               where it is not what mariadb says
 *   sqlite: <SQL>
 *   binds: <param[:OP] ...>    of the line above; "direct" when it is so
 *   cols: <name:type ...>      of the line above
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "describe.h"
#include "sql/sql.h"
#include "value/caps.h"

enum { LINE = 4096 };

typedef struct run {
  const char *file;
  int line, n_cases, n_failed;
  describe query;
  size_t n;
  ryx_plan *plan; /* of the last line */
  /* What MariaDB's line says, for MySQL as well; "": it has its own. */
  char alike[LINE];
  int alike_line;
  bool alike_is_error;
} run;

static void complain(run *r, const char *what, const char *want,
                     const char *got)
{
  r->n_failed++;
  print_error("%s:%d: %s\n  want %s\n  got  %s\n", r->file, r->line, what, want,
              got);
}

static unsigned usual_caps(const char *dialect)
{
  if (strcmp(dialect, "postgres") == 0) return RYX_SERVER_C_UTF8;
  if (strcmp(dialect, "mysql") == 0) return RYX_SERVER_JSON_TABLE;
  return RYX_SERVER_RETURNING | RYX_SERVER_DELETE_RETURNING |
         RYX_SERVER_JSON_TABLE;
}

static unsigned named_caps(char *names)
{
  unsigned caps = 0;

  for (char *save, *s = strtok_r(names, "-", &save); s;
       s = strtok_r(NULL, "-", &save)) {
#define X(name, bit) \
  if (strcmp(s, #name) == 0) caps |= bit;
    RYX_SERVER_CAPS(X)
#undef X
  }
  return caps;
}

static void check_sql(run *r, char *who, bool is_error, const char *want)
{
  char *extra = strchr(who, '-');
  unsigned caps;
  ryx_err e = {.code = 0};
  int rc;

  if (extra) *extra++ = '\0';
  caps = extra ? named_caps(extra) : usual_caps(who);
  r->n_cases++;
  ryx_plan_release(r->plan);
  r->plan = NULL;
  rc = ryx_plan_compile(ryx_dialect_find(who), caps, r->query.out, r->n,
                        &r->plan, &e);
  if (is_error) {
    if (rc == 0 || !strstr(e.message, want)) {
      complain(r, who, want, rc == 0 ? r->plan->sql : e.message);
    }
    return;
  }
  if (rc < 0) {
    complain(r, who, want, e.message);
    return;
  }
  if (strcmp(r->plan->sql, want) != 0) complain(r, who, want, r->plan->sql);
  assert_int_equal(r->plan->sql_len, strlen(r->plan->sql));
}

static void check_binds(run *r, const char *want)
{
  static const char *const ops[] = {
#define X(name) #name,
      RYX_BINDS(X)
#undef X
  };
  char got[LINE] = "";
  size_t n = 0;

  for (int i = 0; r->plan && i < r->plan->n_binds; i++) {
    const ryx_bind *b = &r->plan->binds[i];
    n += (size_t)snprintf(got + n, sizeof got - n, "%s%d", n > 0 ? " " : "",
                          (int)b->param);
    if (b->op) {
      n += (size_t)snprintf(got + n, sizeof got - n, ":%s", ops[b->op]);
    }
  }
  if (r->plan && r->plan->direct) {
    snprintf(got + n, sizeof got - n, "%sdirect", n > 0 ? " " : "");
  }
  if (strcmp(got, want) != 0) complain(r, "binds", want, got);
}

static void check_cols(run *r, const char *want)
{
  char got[LINE] = "";
  size_t n = 0;

  for (int i = 0; r->plan && i < r->plan->n_cols; i++) {
    n += (size_t)snprintf(got + n, sizeof got - n, "%s%s:%s", n > 0 ? " " : "",
                          r->plan->col_name[i],
                          ryx_type_name(r->plan->col_type[i]));
  }
  if (r->plan && r->plan->keys) {
    snprintf(got + n, sizeof got - n, "%skeys", n > 0 ? " " : "");
  }
  if (strcmp(got, want) != 0) complain(r, "cols", want, got);
}

/* MySQL is what MariaDB is where no line of its own says otherwise. */
static void keep_alike(run *r, const char *who, bool is_error, const char *want)
{
  if (strcmp(who, "mysql") == 0) r->alike[0] = '\0';
  if (strcmp(who, "mariadb") != 0) return;
  snprintf(r->alike, sizeof r->alike, "%s", want);
  r->alike_line = r->line;
  r->alike_is_error = is_error;
}

static void check_alike(run *r)
{
  char mysql[] = "mysql";
  int line = r->line;

  if (!r->alike[0]) return;
  r->line = r->alike_line;
  check_sql(r, mysql, r->alike_is_error, r->alike);
  r->line = line;
  r->alike[0] = '\0';
}

static void take_case(run *r, char *line)
{
  size_t n = strcspn(line, ":!");
  bool is_error = line[n] == '!';
  char *rest = line + n;

  if (*rest == '\0') fail_msg("%s:%d: no case", r->file, r->line);
  *rest++ = '\0';
  rest += strspn(rest, " ");
  if (strcmp(line, "query") == 0) {
    check_alike(r);
    r->n = describe_query(&r->query, rest);
  } else if (strcmp(line, "binds") == 0) {
    check_binds(r, rest);
  } else if (strcmp(line, "cols") == 0) {
    check_cols(r, rest);
  } else {
    keep_alike(r, line, is_error, rest);
    check_sql(r, line, is_error, rest);
  }
}

/* A line and those after it that begin with a space, without the newline. */
static bool read_line(run *r, FILE *f, char *line)
{
  int c;

  if (!fgets(line, LINE, f)) return false;
  r->line++;
  while ((c = fgetc(f)) == ' ') {
    size_t n = strcspn(line, "\n");
    line[n] = ' ';
    if (!fgets(line + n + 1, (int)(LINE - n - 1), f)) break;
    r->line++;
  }
  if (c != EOF) ungetc(c, f);
  line[strcspn(line, "\n")] = '\0';
  return true;
}

/* Runs of spaces become one: continued lines are indented. */
static void squeeze(char *line)
{
  char *to = line;

  for (const char *s = line; *s; s++) {
    if (*s != ' ' || (to > line && to[-1] != ' ')) *to++ = *s;
  }
  if (to > line && to[-1] == ' ') to--;
  *to = '\0';
}

static void run_file(const char *name)
{
  const char *dir = getenv("RYX_SPEC_SQL");
  run r = {.file = name};
  char line[LINE], path[512];
  FILE *f;

  snprintf(path, sizeof path, "%s/%s", dir ? dir : "spec/sql", name);
  f = fopen(path, "r");
  if (!f) fail_msg("cannot open %s", path);
  while (read_line(&r, f, line)) {
    squeeze(line);
    if (line[0] && line[0] != '#') take_case(&r, line);
  }
  fclose(f);
  check_alike(&r);
  ryx_plan_release(r.plan);
  assert_true(r.n_cases > 0);
  assert_int_equal(r.n_failed, 0);
}

static void cases(void **state)
{
  run_file(*state);
}

static int all_freed(void **state)
{
  (void)state;
  return ryx_mem_live() == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
  static char files[][16] = {
      "select.txt", "lookup.txt",  "write.txt", "join.txt",     "group.txt",
      "window.txt", "set.txt",     "cte.txt",   "subquery.txt", "json.txt",
      "lock.txt",   "literal.txt", "search.txt"};
  struct CMUnitTest tests[sizeof files / sizeof files[0]];
  size_t n = 0;

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    if (argc > 1 && strcmp(argv[1], files[i]) != 0) continue;
    tests[n++] = (struct CMUnitTest){.name = files[i],
                                     .test_func = cases,
                                     .teardown_func = all_freed,
                                     .initial_state = files[i]};
  }
  if (n == 0) fprintf(stderr, "no file of cases is called %s\n", argv[1]);
  return n == 0 ? 2 : _cmocka_run_group_tests("cases", tests, n, NULL, NULL);
}
