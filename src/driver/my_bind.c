/* SPDX-License-Identifier: MIT */
/* Owns the way of parameters to the server: which values may leave, and how the
 * library finds them in memory. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/my_conn.h"
#include "value/check.h"
#include "value/decimal.h"
#include "value/time.h"

/* The largest decimal of MariaDB and MySQL. */
enum { MAX_DIGITS = 65 };

static const enum enum_field_types types[RYX_T_MAX] = {
    [RYX_T_NULL] = MYSQL_TYPE_NULL,
    [RYX_T_BOOL] = MYSQL_TYPE_LONGLONG,
    [RYX_T_INT] = MYSQL_TYPE_LONGLONG,
    [RYX_T_DOUBLE] = MYSQL_TYPE_DOUBLE,
    [RYX_T_TEXT] = MYSQL_TYPE_STRING,
    [RYX_T_BYTES] = MYSQL_TYPE_LONG_BLOB,
    [RYX_T_DECIMAL] = MYSQL_TYPE_NEWDECIMAL,
    [RYX_T_DATE] = MYSQL_TYPE_DATE,
    [RYX_T_TIME] = MYSQL_TYPE_TIME,
    [RYX_T_DATETIME] = MYSQL_TYPE_DATETIME,
    [RYX_T_DATETIMETZ] = MYSQL_TYPE_DATETIME,
    [RYX_T_DURATION] = MYSQL_TYPE_LONGLONG,
    [RYX_T_UUID] = MYSQL_TYPE_STRING,
    [RYX_T_JSON] = MYSQL_TYPE_STRING,
    [RYX_T_ARRAY] = MYSQL_TYPE_STRING,
};

static int depth_of(const char *s, size_t n)
{
  int depth = 0, deepest = 0;
  bool in_text = false;

  for (const char *end = s + n; s < end; s++) {
    if (in_text && *s == '\\') {
      s++;
    } else if (*s == '"') {
      in_text = !in_text;
    } else if (!in_text && (*s == '{' || *s == '[')) {
      if (++depth > deepest) deepest = depth;
    } else if (!in_text && (*s == '}' || *s == ']')) {
      depth--;
    }
  }
  return deepest;
}

static int check_json(const my_flavour *f, const ryx_val *v, ryx_err *e)
{
  if (depth_of(v->u.s, v->len) <= f->json_depth) return 0;
  return ryx_err_set(e, RYX_E_VALIDATION,
                     "the document is nested deeper than %d, which %s does not "
                     "take for JSON",
                     f->json_depth, f->name);
}

static int no_such_double(const my_flavour *f, ryx_err *e)
{
  return ryx_err_set(e, RYX_E_VALIDATION, "%s has no NaN and no infinity",
                     f->name);
}

/* Those are text in a list of doubles, and the server reads text as 0. */
static int check_array(const my_flavour *f, const ryx_val *v, ryx_err *e)
{
  if (v->elem == RYX_T_DOUBLE && memchr(v->u.s, '"', v->len)) {
    return no_such_double(f, e);
  }
  return 0;
}

static int check_decimal(const my_flavour *f, const ryx_val *v, ryx_err *e)
{
  ryx_span t = {v->u.s, v->len};
  int before, after;

  ryx_decimal_digits(t, &before, &after);
  if (before + after <= MAX_DIGITS) return 0;
  return ryx_err_set(e, RYX_E_VALIDATION,
                     "a decimal of %d digits is too long: %s keeps %d",
                     before + after, f->name, MAX_DIGITS);
}

static int check(const my_flavour *f, const ryx_val *v, ryx_err *e)
{
  int rc = ryx_check_param(v, e);

  if (rc < 0) return rc;
  switch ((ryx_type)v->type) {
    case RYX_T_NULL:
    case RYX_T_BOOL:
    case RYX_T_INT:
    case RYX_T_DURATION:
    case RYX_T_BYTES:
    case RYX_T_TEXT:
    case RYX_T_UUID:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: return 0;
    case RYX_T_DOUBLE:
      if (isfinite(v->u.d)) return 0;
      return no_such_double(f, e);
    case RYX_T_ARRAY: return check_array(f, v, e);
    case RYX_T_JSON: return check_json(f, v, e);
    case RYX_T_DECIMAL: return check_decimal(f, v, e);
    case RYX_T_MAX: break;
  }
  return ryx_err_set(e, RYX_E_MISUSE, "a parameter has no known type");
}

static bool is_bytes(enum enum_field_types t)
{
  return t == MYSQL_TYPE_STRING || t == MYSQL_TYPE_LONG_BLOB ||
         t == MYSQL_TYPE_NEWDECIMAL;
}

/* At most so much on the wire: an indicator, a length of up to nine bytes or a
 * value of up to thirteen. */
static size_t wire_size(const ryx_val *v)
{
  return is_bytes(types[v->type]) ? (size_t)v->len + 10 : 14;
}

/* The type of a column of parameters; NULL goes with every other. */
static bool one_type(const ryx_stmt *s, int32_t col)
{
  enum enum_field_types type = MYSQL_TYPE_NULL;

  for (int32_t row = 0; row < s->n_batch; row++) {
    size_t at = (size_t)row * (size_t)s->n_params + (size_t)col;
    enum enum_field_types t = types[s->params[at].type];
    if (t == MYSQL_TYPE_NULL) continue;
    if (type != MYSQL_TYPE_NULL && type != t) return false;
    type = t;
  }
  return true;
}

int ryx_my_bind_check(const my_conn *c, const ryx_stmt *s, uint64_t *size,
                      bool *is_array, ryx_err *e)
{
  size_t n = (size_t)s->n_params * (size_t)s->n_batch;

  *size = 0;
  for (size_t i = 0; i < n; i++) {
    int rc = check(c->flavour, &s->params[i], e);
    if (rc) return ryx_refuse_param(s, (int)(i % (size_t)s->n_params), e);
    *size += wire_size(&s->params[i]);
  }
  *is_array = s->n_batch > 1 && s->n_params > 0;
  for (int32_t col = 0; *is_array && col < s->n_params; col++)
    *is_array = one_type(s, col);
  return 0;
}

static const ryx_val *row_at(const my_conn *c, int32_t row)
{
  return c->run.req->params + (size_t)row * (size_t)c->run.req->n_params;
}

/* The rows of parameters from the next one on that a packet takes, and no more
 * than max, so that many rows are not counted for each hundred of them. */
static int32_t fit(const my_conn *c, int32_t max)
{
  const ryx_stmt *s = c->run.req;
  size_t left = c->max_packet;
  int32_t n = 0;

  while (n < max && c->run.at + n < s->n_batch) {
    const ryx_val *v = row_at(c, c->run.at + n);
    size_t need = 0;
    for (int32_t i = 0; i < s->n_params; i++)
      need += wire_size(&v[i]);
    if (n > 0 && need > left) break;
    left -= need < left ? need : left;
    n++;
  }
  return n;
}

int32_t ryx_my_bind_fit(const my_conn *c)
{
  return fit(c, INT32_MAX);
}

/* Preparing so many rows costs as much as it saves. */
enum { ROWS_MAX = 100 };

int32_t ryx_my_bind_rows(const my_conn *c)
{
  const ryx_stmt *s = c->run.req;
  int32_t max = ROWS_MAX, tail = s->n_params - s->row_params, n;

  if (s->row_params > 0 && max > (UINT16_MAX - tail) / s->row_params)
    max = (UINT16_MAX - tail) / s->row_params;
  n = fit(c, max);
  return n > 1 ? n : 1;
}

static void put_date(MYSQL_TIME *t, const ryx_civil *v)
{
  *t = (MYSQL_TIME){
      .year = (unsigned)v->year,
      .month = (unsigned)v->month,
      .day = (unsigned)v->day,
      .time_type = MYSQL_TIMESTAMP_DATE,
  };
}

static void put_time(MYSQL_TIME *t, const ryx_civil *v, bool has_date)
{
  t->hour = (unsigned)v->hour;
  t->minute = (unsigned)v->minute;
  t->second = (unsigned)v->second;
  t->second_part = (unsigned)v->micro;
  t->time_type = has_date ? MYSQL_TIMESTAMP_DATETIME : MYSQL_TIMESTAMP_TIME;
}

/* Points b at v's value, by way of slot where the library wants another form
 * than ours. */
static void bind_one(const ryx_val *v, MYSQL_BIND *b, my_slot *slot)
{
  ryx_civil civil;

  slot->indicator = v->type == RYX_T_NULL ? STMT_INDICATOR_NULL : 0;
  b->buffer = slot;
  if (is_bytes(types[v->type])) {
    b->buffer = v->len ? ryx_my_conn_unconst(v->u.s) : slot;
    b->buffer_length = v->len;
    return;
  }
  slot->u.i = v->u.i; /* the union holds a double just as well */
  if (v->type == RYX_T_DATE) {
    ryx_civil_of_days(v->u.i, &civil);
    put_date(&slot->u.t, &civil);
  } else if (v->type == RYX_T_TIME) {
    ryx_civil_of_datetime(v->u.i, &civil);
    slot->u.t = (MYSQL_TIME){.year = 0};
    put_time(&slot->u.t, &civil, false);
  } else if (v->type == RYX_T_DATETIME || v->type == RYX_T_DATETIMETZ) {
    ryx_civil_of_datetime(v->u.i, &civil);
    put_date(&slot->u.t, &civil);
    put_time(&slot->u.t, &civil, true);
  }
}

/* The library's callback for each row of an array: b is its own copy. */
static my_bool bind_row(void *ud, MYSQL_BIND *b, unsigned row)
{
  my_conn *c = ryx_my_conn_of(ud);
  const ryx_val *v = row_at(c, c->run.at + (int32_t)row);

  for (int32_t i = 0; i < c->run.req->n_params; i++) {
    bind_one(&v[i], &b[i], &c->slots[i]);
    b[i].u.indicator = &c->slots[i].indicator;
  }
  return 0;
}

/* The types of an array are sent once, before its rows. */
static enum enum_field_types array_type(const my_conn *c, int32_t col)
{
  for (int32_t row = 0; row < c->run.n; row++) {
    uint8_t type = row_at(c, c->run.at + row)[col].type;
    if (type != RYX_T_NULL) return types[type];
  }
  return MYSQL_TYPE_STRING;
}

static int reserve(my_conn *c, size_t n)
{
  MYSQL_BIND *binds;
  my_slot *slots;

  if (n <= c->binds_cap) return 0;
  binds = ryx_mem_grow(c->binds, n, sizeof *binds);
  if (!binds) return RYX_E_NOMEM;
  c->binds = binds;
  slots = ryx_mem_grow(c->slots, n, sizeof *slots);
  if (!slots) return RYX_E_NOMEM;
  c->slots = slots;
  c->binds_cap = n;
  return 0;
}

/* The library has the parameters of the last execute; NULL is of every type,
 * but where it came first the server has chosen one. */
bool ryx_my_bind_suits(const my_conn *c)
{
  const ryx_stmt *s = c->run.req;

  if (!c->flavour->keeps_types) return true;
  for (int32_t i = 0; i < s->n_params; i++) {
    enum enum_field_types type = types[s->params[i].type];
    if (type != MYSQL_TYPE_NULL && type != c->run.st->params[i].buffer_type)
      return false;
  }
  return true;
}

/* A NULL goes in the type of the values before it (ryx_my_bind_suits). */
static void keep_type(my_conn *c, int32_t i)
{
  static my_bool yes = 1;
  MYSQL_BIND *b = &c->binds[i];

  if (!c->run.is_kept || b->buffer_type != MYSQL_TYPE_NULL) return;
  b->buffer_type = c->run.st->params[i].buffer_type;
  b->is_null = &yes;
}

static void bind_value(my_conn *c, size_t at, const ryx_val *v)
{
  bind_one(v, &c->binds[at], &c->slots[at]);
  c->binds[at].buffer_type = types[v->type];
}

/* The parameters of each row, then those that are the same for all. */
static int bind_rows(my_conn *c)
{
  const ryx_stmt *s = c->run.req;
  size_t per_row = (size_t)s->row_params, at = 0;
  size_t tail = (size_t)s->n_params - per_row;
  size_t n = (size_t)c->run.n * per_row + tail;

  if (n == 0) return 0;
  if (reserve(c, n)) return RYX_E_NOMEM;
  memset(c->binds, 0, n * sizeof *c->binds);
  for (int32_t row = 0; row < c->run.n; row++) {
    const ryx_val *v = row_at(c, c->run.at + row);
    for (size_t i = 0; i < per_row; i++)
      bind_value(c, at++, &v[i]);
  }
  for (size_t i = 0; i < tail; i++)
    bind_value(c, at++, &row_at(c, c->run.at)[per_row + i]);
  return mysql_stmt_bind_param(c->run.st, c->binds) ? RYX_E_OPERATIONAL : 0;
}

int ryx_my_bind(my_conn *c)
{
  const ryx_stmt *s = c->run.req;
  unsigned rows = c->run.is_array ? (unsigned)c->run.n : 0;

  if (c->run.is_rows) return bind_rows(c);
  mysql_stmt_attr_set(c->run.st, STMT_ATTR_ARRAY_SIZE, &rows);
  if (s->n_params == 0) return 0;
  if (reserve(c, (size_t)s->n_params)) return RYX_E_NOMEM;
  memset(c->binds, 0, (size_t)s->n_params * sizeof *c->binds);
  for (int32_t i = 0; i < s->n_params; i++) {
    const ryx_val *v = &row_at(c, c->run.at)[i];
    bind_one(v, &c->binds[i], &c->slots[i]);
    c->binds[i].buffer_type = rows ? array_type(c, i) : types[v->type];
    if (c->flavour->keeps_types) keep_type(c, i);
  }
  /* Without the callback the library takes the buffers for columns. */
  mysql_stmt_attr_set(c->run.st, STMT_ATTR_CB_PARAM,
                      rows ? (const void *)bind_row : NULL);
  return mysql_stmt_bind_param(c->run.st, c->binds) ? RYX_E_OPERATIONAL : 0;
}
