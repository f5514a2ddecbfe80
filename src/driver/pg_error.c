/* SPDX-License-Identifier: MIT */
/* What PostgreSQL says went wrong, as ryx_err. */
#include <string.h>

#include "base/err.h"
#include "base/redact.h"
#include "driver/pg_conn.h"

/* By SQLSTATE. A lost connection is not among them: a function may raise any
 * state as an error and the session goes on, so only the severity tells. */
static const struct {
  const char *state;
  int code;
} codes[] = {
    {"23505", RYX_E_UNIQUE},      {"23503", RYX_E_FOREIGN_KEY},
    {"23001", RYX_E_FOREIGN_KEY}, {"23502", RYX_E_NOT_NULL},
    {"23514", RYX_E_CHECK},       {"23P01", RYX_E_CHECK},
    {"44000", RYX_E_CHECK},       {"22001", RYX_E_VALIDATION},
    {"22003", RYX_E_VALIDATION},  {"40001", RYX_E_SERIALIZATION},
    {"40P01", RYX_E_DEADLOCK},    {"25P02", RYX_E_TRANSACTION_BROKEN},
    {"55P03", RYX_E_TIMEOUT},     {"57014", RYX_E_CANCELLED},
    {"42601", RYX_E_MISUSE}, /* syntax: no SQL but the user's has such */
};

static int code_of(const PGresult *r, const char *state)
{
  /* libpq's own errors have no SQLSTATE, and mean that the session is lost. */
  if (!state || ryx_pg_error_fatal(r)) return RYX_E_CONNECTION;
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    if (strcmp(state, codes[i].state) == 0) return codes[i].code;
  }
  return RYX_E_OPERATIONAL;
}

/* Messages of libpq end in a newline, and may have more inside. */
static void one_line(char *s)
{
  size_t n = strlen(s);

  while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == ' '))
    s[--n] = '\0';
  for (; *s; s++) {
    if (*s == '\n' || *s == '\t') *s = ' ';
  }
}

/* Errors of values quote them. */
static void hide_values(ryx_err *e)
{
  const char *from = strchr(e->message, '"'), *to = strrchr(e->message, '"');

  if (!from) return;
  from++;
  ryx_err_hide(e, from, to < from ? from + strlen(from) : to);
}

static void name(char dst[RYX_NAME_MAX + 1], const PGresult *r, int field)
{
  const char *s = PQresultErrorField(r, field);

  if (s) ryx_err_name(dst, s, strlen(s));
}

int ryx_pg_error_fill(const PGresult *r, ryx_err *e)
{
  const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
  const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
  const char *detail = PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL);
  const char *hint = PQresultErrorField(r, PG_DIAG_MESSAGE_HINT);
  int code = code_of(r, state);

  if (!primary) primary = PQresultErrorMessage(r);
  ryx_err_set(e, code, "%s%s%s", primary, hint ? "; hint: " : "",
              hint ? hint : "");
  one_line(e->message);
  if (detail) ryx_err_detail(e, detail, strlen(detail));
  one_line(e->detail);
  if (state && strncmp(state, "22", 2) == 0) hide_values(e);
  if (state && strlen(state) == 5) memcpy(e->sqlstate, state, 6);
  name(e->constraint, r, PG_DIAG_CONSTRAINT_NAME);
  name(e->table, r, PG_DIAG_TABLE_NAME);
  name(e->column, r, PG_DIAG_COLUMN_NAME);
  return code;
}

int ryx_pg_error_conn(const ryx_pg *c, ryx_err *e, const char *what)
{
  const char *said = c->pg ? PQerrorMessage(c->pg) : "";

  if (what) {
    ryx_err_set(e, RYX_E_CONNECTION, "%s", what);
  } else if (*said) {
    ryx_err_set(e, RYX_E_CONNECTION, "%s", said);
  } else {
    ryx_err_set(e, RYX_E_CONNECTION, "the connection to PostgreSQL was lost");
  }
  one_line(e->message);
  ryx_redact(e);
  return RYX_E_CONNECTION;
}

bool ryx_pg_error_fatal(const PGresult *r)
{
  const char *s = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);

  return s && (strcmp(s, "FATAL") == 0 || strcmp(s, "PANIC") == 0);
}

bool ryx_pg_error_is(const PGresult *r, const char *sqlstate)
{
  const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

  return state && strcmp(state, sqlstate) == 0;
}
