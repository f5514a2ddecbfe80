/* SPDX-License-Identifier: MIT */
/* Owns the functions over arrays, which are stored as JSON text. As in
 * PostgreSQL, an item that is null equals nothing. NULL in is NULL out. */
#include "base/buf.h"
#include "driver/lite_conn.h"

/* The array in v; NULL after having reported why not. */
static ryx_json *parse(sqlite3_context *ctx, sqlite3_value *v)
{
  ryx_json *j = ryx_lite_json_parse(ctx, v);

  if (!j || ryx_json_type(j) == RYX_JSON_ARRAY) return j;
  sqlite3_result_error(ctx, "the value is not an array", -1);
  ryx_json_free(j);
  return NULL;
}

static bool has(const ryx_json *array, const ryx_json *item)
{
  size_t i, n = ryx_json_size(array);

  if (ryx_json_type(item) == RYX_JSON_NULL) return false;
  for (i = 0; i < n; i++)
    if (ryx_lite_json_same(ryx_json_at(array, i), item)) return true;
  return false;
}

static bool contains(const ryx_json *a, const ryx_json *b)
{
  size_t i, n = ryx_json_size(b);

  for (i = 0; i < n; i++)
    if (!has(a, ryx_json_at(b, i))) return false;
  return true;
}

static bool overlaps(const ryx_json *a, const ryx_json *b)
{
  size_t i, n = ryx_json_size(b);

  for (i = 0; i < n; i++)
    if (has(a, ryx_json_at(b, i))) return true;
  return false;
}

static void compare(sqlite3_context *ctx, sqlite3_value **v,
                    bool (*test)(const ryx_json *, const ryx_json *))
{
  ryx_json *a, *b;

  if (ryx_lite_functions_any_null(2, v)) return;
  a = parse(ctx, v[0]);
  b = a ? parse(ctx, v[1]) : NULL;
  if (b) sqlite3_result_int(ctx, test(a, b));
  ryx_json_free(b);
  ryx_json_free(a);
}

static void array_contains(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  (void)n;
  compare(ctx, v, contains);
}

static void array_overlap(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  (void)n;
  compare(ctx, v, overlaps);
}

static void put_string(sqlite3_context *ctx, const ryx_json *j)
{
  size_t n;
  const char *s = ryx_json_string(j, &n);

  sqlite3_result_text64(ctx, s, n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void put_document(sqlite3_context *ctx, const ryx_json *j)
{
  ryx_buf out;

  ryx_buf_init(&out, 0);
  ryx_lite_functions_result(ctx, ryx_json_write(j, &out), &out, NULL);
}

/* An item as the value that a column of its type would have. */
static void put_item(sqlite3_context *ctx, const ryx_json *j)
{
  switch (ryx_json_type(j)) {
    case RYX_JSON_NULL: break;
    case RYX_JSON_FALSE: sqlite3_result_int(ctx, 0); break;
    case RYX_JSON_TRUE: sqlite3_result_int(ctx, 1); break;
    case RYX_JSON_INT: sqlite3_result_int64(ctx, ryx_json_int(j)); break;
    case RYX_JSON_DOUBLE: sqlite3_result_double(ctx, ryx_json_double(j)); break;
    case RYX_JSON_STRING: put_string(ctx, j); break;
    case RYX_JSON_ARRAY:
    case RYX_JSON_OBJECT: put_document(ctx, j); break;
  }
}

static void array_get(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  ryx_json *j;
  int64_t i;

  (void)n;
  if (ryx_lite_functions_any_null(2, v)) return;
  if (sqlite3_value_type(v[1]) != SQLITE_INTEGER) {
    sqlite3_result_error(ctx, "a position in an array is an integer", -1);
    return;
  }
  i = sqlite3_value_int64(v[1]);
  j = parse(ctx, v[0]);
  if (j && i >= 0 && (uint64_t)i < ryx_json_size(j))
    put_item(ctx, ryx_json_at(j, (size_t)i));
  ryx_json_free(j);
}

int ryx_lite_array(sqlite3 *db)
{
  static const ryx_lite_function all[] = {
      {"ryx_array_contains", 2, array_contains, NULL},
      {"ryx_array_overlap", 2, array_overlap, NULL},
      {"ryx_array_get", 2, array_get, NULL},
      {NULL, 0, NULL, NULL},
  };

  return ryx_lite_functions_add(db, all);
}
