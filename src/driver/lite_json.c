/* SPDX-License-Identifier: MIT */
/* Owns the JSON functions of SQL whose meaning SQLite lacks: equality, the
 * containment of PostgreSQL's @>, and paths of any key. NULL in is NULL out. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "driver/lite_conn.h"
#include "value/json.h"

ryx_json *ryx_lite_json_parse(sqlite3_context *ctx, sqlite3_value *v)
{
  const char *s = (const char *)sqlite3_value_text(v);
  ryx_json *doc = NULL;
  ryx_err e = {0};
  int rc = RYX_E_NOMEM;

  if (s) rc = ryx_json_parse(s, (size_t)sqlite3_value_bytes(v), &doc, &e);
  if (rc == RYX_E_NOMEM)
    sqlite3_result_error_nomem(ctx);
  else if (rc < 0)
    sqlite3_result_error(ctx, e.message, -1);
  return rc < 0 ? NULL : doc;
}

static bool is_null(sqlite3_value *v)
{
  return sqlite3_value_type(v) == SQLITE_NULL;
}

/* 1 and 1.0 are one number: a double that is whole counts as its integer. */
static bool whole(const ryx_json *j, int64_t *out)
{
  double d;

  if (ryx_json_type(j) == RYX_JSON_INT) {
    *out = ryx_json_int(j);
    return true;
  }
  d = ryx_json_double(j);
  if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) return false;
  *out = (int64_t)d;
  return (double)*out == d;
}

static int put_number(const ryx_json *j, ryx_buf *out)
{
  int64_t i;

  if (whole(j, &i)) return ryx_json_put_int(out, i);
  return ryx_json_put_double(out, ryx_json_double(j));
}

static int put(const ryx_json *j, ryx_buf *out);

static int put_array(const ryx_json *j, ryx_buf *out)
{
  size_t i, n = ryx_json_size(j);
  int rc = ryx_buf_putc(out, '[');

  for (i = 0; i < n && rc == 0; i++) {
    if (i) rc = ryx_buf_putc(out, ',');
    if (rc == 0) rc = put(ryx_json_at(j, i), out);
  }
  return rc < 0 ? rc : ryx_buf_putc(out, ']');
}

typedef struct pair {
  const char *key;
  size_t n;
  const ryx_json *value;
} pair;

static int by_key(const void *a, const void *b)
{
  const pair *pa = a, *pb = b;
  size_t n = pa->n < pb->n ? pa->n : pb->n;
  int order = memcmp(pa->key, pb->key, n);

  return order ? order : (pa->n > pb->n) - (pa->n < pb->n);
}

static int put_object(const ryx_json *j, ryx_buf *out)
{
  size_t i, n = ryx_json_size(j);
  pair *pairs = ryx_mem_array(n + 1, sizeof *pairs), *p = pairs;
  void *it = NULL;
  int rc;

  if (!pairs) return RYX_E_NOMEM;
  while (ryx_json_pair(j, &it, &p->key, &p->n, &p->value))
    p++;
  qsort(pairs, n, sizeof *pairs, by_key);
  rc = ryx_buf_putc(out, '{');
  for (i = 0; i < n && rc == 0; i++) {
    if (i) rc = ryx_buf_putc(out, ',');
    if (rc == 0) rc = ryx_json_put_string(out, pairs[i].key, pairs[i].n);
    if (rc == 0) rc = ryx_buf_putc(out, ':');
    if (rc == 0) rc = put(pairs[i].value, out);
  }
  ryx_mem_free(pairs);
  return rc < 0 ? rc : ryx_buf_putc(out, '}');
}

static int put(const ryx_json *j, ryx_buf *out)
{
  switch (ryx_json_type(j)) {
    case RYX_JSON_INT:
    case RYX_JSON_DOUBLE: return put_number(j, out);
    case RYX_JSON_ARRAY: return put_array(j, out);
    case RYX_JSON_OBJECT: return put_object(j, out);
    case RYX_JSON_NULL:
    case RYX_JSON_FALSE:
    case RYX_JSON_TRUE:
    case RYX_JSON_STRING: return ryx_json_write(j, out);
  }
  return 0;
}

/* ryx_json_norm(json): text that is equal exactly for equal documents. */
static void norm(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  ryx_json *doc = is_null(v[0]) ? NULL : ryx_lite_json_parse(ctx, v[0]);
  ryx_buf out;

  (void)n;
  if (!doc) return;
  ryx_buf_init(&out, 0);
  ryx_lite_functions_result(ctx, put(doc, &out), &out, NULL);
  ryx_json_free(doc);
}

static bool is_number(const ryx_json *j)
{
  ryx_json_kind kind = ryx_json_type(j);
  return kind == RYX_JSON_INT || kind == RYX_JSON_DOUBLE;
}

static bool is_container(const ryx_json *j)
{
  ryx_json_kind kind = ryx_json_type(j);
  return kind == RYX_JSON_ARRAY || kind == RYX_JSON_OBJECT;
}

static bool same_number(const ryx_json *a, const ryx_json *b)
{
  int64_t ia, ib;
  bool whole_a = whole(a, &ia), whole_b = whole(b, &ib);

  if (whole_a && whole_b) return ia == ib;
  return whole_a == whole_b && ryx_json_double(a) == ryx_json_double(b);
}

static bool same_string(const ryx_json *a, const ryx_json *b)
{
  size_t na, nb;
  const char *sa = ryx_json_string(a, &na), *sb = ryx_json_string(b, &nb);

  return na == nb && memcmp(sa, sb, na) == 0;
}

static bool same_scalar(const ryx_json *a, const ryx_json *b)
{
  if (is_number(a) && is_number(b)) return same_number(a, b);
  if (ryx_json_type(a) != ryx_json_type(b)) return false;
  return ryx_json_type(a) != RYX_JSON_STRING || same_string(a, b);
}

static bool same_array(const ryx_json *a, const ryx_json *b)
{
  size_t i, n = ryx_json_size(a);

  for (i = 0; i < n; i++)
    if (!ryx_lite_json_same(ryx_json_at(a, i), ryx_json_at(b, i))) return false;
  return true;
}

static bool same_object(const ryx_json *a, const ryx_json *b)
{
  const char *key;
  const ryx_json *value, *other;
  void *it = NULL;
  size_t n;

  while (ryx_json_pair(a, &it, &key, &n, &value)) {
    other = ryx_json_get(b, key);
    if (!other || !ryx_lite_json_same(value, other)) return false;
  }
  return true;
}

bool ryx_lite_json_same(const ryx_json *a, const ryx_json *b)
{
  if (!is_container(a) || !is_container(b)) return same_scalar(a, b);
  if (ryx_json_type(a) != ryx_json_type(b)) return false;
  if (ryx_json_size(a) != ryx_json_size(b)) return false;
  return ryx_json_type(a) == RYX_JSON_ARRAY ? same_array(a, b)
                                            : same_object(a, b);
}

static bool contains(const ryx_json *a, const ryx_json *b);

static bool has_item(const ryx_json *array, const ryx_json *item)
{
  size_t i, n = ryx_json_size(array);

  for (i = 0; i < n; i++)
    if (contains(ryx_json_at(array, i), item)) return true;
  return false;
}

static bool contains_object(const ryx_json *a, const ryx_json *b)
{
  const char *key;
  const ryx_json *value, *own;
  void *it = NULL;
  size_t n;

  while (ryx_json_pair(b, &it, &key, &n, &value)) {
    own = ryx_json_get(a, key);
    if (!own || !contains(own, value)) return false;
  }
  return true;
}

static bool contains(const ryx_json *a, const ryx_json *b)
{
  size_t i, n;

  if (!is_container(a) && !is_container(b)) return same_scalar(a, b);
  if (ryx_json_type(a) != ryx_json_type(b)) return false;
  if (ryx_json_type(a) == RYX_JSON_OBJECT) return contains_object(a, b);
  n = ryx_json_size(b);
  for (i = 0; i < n; i++)
    if (!has_item(a, ryx_json_at(b, i))) return false;
  return true;
}

/* ryx_json_contains(a, b): a @> b. An array contains a bare scalar, but only at
 * the top, as on PostgreSQL. */
static void json_contains(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  ryx_json *a, *b;
  bool bare;

  (void)n;
  if (is_null(v[0]) || is_null(v[1])) return;
  a = ryx_lite_json_parse(ctx, v[0]);
  if (!a) return;
  b = ryx_lite_json_parse(ctx, v[1]);
  if (b) {
    bare = ryx_json_type(a) == RYX_JSON_ARRAY && !is_container(b);
    sqlite3_result_int(ctx, bare ? has_item(a, b) : contains(a, b));
  }
  ryx_json_free(b);
  ryx_json_free(a);
}

/* A text is a key of an object, an integer a position in an array. */
static const ryx_json *descend(const ryx_json *j, sqlite3_value *v)
{
  int64_t i;

  if (sqlite3_value_type(v) == SQLITE_TEXT)
    return ryx_json_type(j) == RYX_JSON_OBJECT
               ? ryx_json_get(j, (const char *)sqlite3_value_text(v))
               : NULL;
  if (sqlite3_value_type(v) != SQLITE_INTEGER ||
      ryx_json_type(j) != RYX_JSON_ARRAY)
    return NULL;
  i = sqlite3_value_int64(v);
  return i >= 0 && (uint64_t)i < ryx_json_size(j) ? ryx_json_at(j, (size_t)i)
                                                  : NULL;
}

/* ryx_json_get(json, key or position, ...): the part as JSON text, as `->`
 * gives it, or NULL when there is none. */
static void get(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  ryx_json *doc;
  const ryx_json *j;
  ryx_buf out;
  int i;

  if (n == 0 || is_null(v[0])) return;
  doc = ryx_lite_json_parse(ctx, v[0]);
  for (i = 1, j = doc; i < n && j; i++)
    j = descend(j, v[i]);
  if (j) {
    ryx_buf_init(&out, 0);
    ryx_lite_functions_result(ctx, ryx_json_write(j, &out), &out, NULL);
  }
  ryx_json_free(doc);
}

int ryx_lite_json(sqlite3 *db)
{
  static const ryx_lite_function all[] = {
      {"ryx_json_norm", 1, norm, NULL},
      {"ryx_json_contains", 2, json_contains, NULL},
      {"ryx_json_get", -1, get, NULL},
      {NULL, 0, NULL, NULL},
  };

  return ryx_lite_functions_add(db, all);
}
