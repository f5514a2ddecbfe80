/* SPDX-License-Identifier: MIT */
/* Owns the aggregates that keep every row until the end: ryx_string_agg,
 * ryx_array_agg, ryx_json_agg, with an order and distinct values, neither of
 * which SQLite 3.40 has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "driver/lite_conn.h"

/* The flags of a key. */
enum { DESCENDING = 1, NULLS_FIRST = 2, NULLS_LAST = 4, DECIMAL = 8 };

/* What a function makes of its rows; its datum is one of these letters. */
enum { STRING = 's', ARRAY = 'a', JSON = 'j' };

typedef struct key {
  ryx_lite_cell c;
  int flags;
} key;

/* x, and the keys it is sorted by; number keeps equal rows in their order. */
typedef struct row {
  ryx_lite_cell x;
  size_t number;
  int n_keys;
  key keys[];
} row;

typedef struct collect {
  ryx_arena arena; /* the rows and their bytes */
  row **rows;
  size_t n, cap;
  ryx_span separator;
  bool distinct, is_set;
} collect;

static bool copy_key(ryx_arena *a, sqlite3_value **v, key *out)
{
  out->flags = sqlite3_value_int(v[1]);
  return out->flags & DECIMAL ? ryx_lite_cell_text(a, v[0], &out->c)
                              : ryx_lite_cell_copy(a, v[0], &out->c);
}

/* v: x, then the pairs of keys and flags. */
static row *make_row(collect *c, char what, int n_keys, sqlite3_value **v,
                     sqlite3_value **keys)
{
  row *r = ryx_arena_alloc(&c->arena,
                           sizeof *r + (size_t)n_keys * sizeof r->keys[0]);
  bool ok;

  if (!r) return NULL;
  r->number = c->n;
  r->n_keys = n_keys;
  ok = what == ARRAY ? ryx_lite_cell_copy(&c->arena, v[0], &r->x)
                     : ryx_lite_cell_text(&c->arena, v[0], &r->x);
  for (int i = 0; i < n_keys && ok; i++)
    ok = copy_key(&c->arena, keys + 2 * i, &r->keys[i]);
  return ok ? r : NULL;
}

static bool keep(collect *c, row *r)
{
  size_t cap = c->cap ? 2 * c->cap : 16;
  row **rows = c->rows;

  if (c->n == c->cap) {
    rows = ryx_mem_grow(rows, cap, sizeof(row *));
    if (!rows) return false;
    c->rows = rows;
    c->cap = cap;
  }
  rows[c->n++] = r;
  return true;
}

/* The arguments that are the same for all rows, from the first one. */
static bool set_up(collect *c, char what, sqlite3_value **v)
{
  c->is_set = true;
  ryx_arena_init(&c->arena, 0);
  c->separator = (ryx_span){.s = "", .n = 0};
  c->distinct = sqlite3_value_int(v[what == STRING ? 2 : 1]) != 0;
  if (what != STRING || sqlite3_value_type(v[1]) == SQLITE_NULL) return true;
  return ryx_lite_cell_span(&c->arena, v[1], &c->separator);
}

static void step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  char what = *(const char *)sqlite3_user_data(ctx);
  int fixed = what == STRING ? 3 : 2;
  collect *c;
  row *r;

  if (n < fixed || (n - fixed) % 2 != 0) {
    sqlite3_result_error(ctx, "keys of an order come with flags, in pairs", -1);
    return;
  }
  if (what == STRING && sqlite3_value_type(v[0]) == SQLITE_NULL) return;
  c = sqlite3_aggregate_context(ctx, sizeof *c);
  if (!c || (!c->is_set && !set_up(c, what, v))) goto oom;
  r = make_row(c, what, (n - fixed) / 2, v, v + fixed);
  if (!r || !keep(c, r)) goto oom;
  return;
oom:
  sqlite3_result_error_nomem(ctx);
}

/* NULL is the smallest value unless the flags place it. */
static int compare_nulls(bool a, bool b, int flags)
{
  int order = (int)b - (int)a;

  if (flags & NULLS_FIRST) return order;
  if (flags & NULLS_LAST) return -order;
  return flags & DESCENDING ? -order : order;
}

static int compare_keys(const key *a, const key *b)
{
  bool null_a = a->c.type == SQLITE_NULL, null_b = b->c.type == SQLITE_NULL;
  int order;

  if (null_a || null_b) return compare_nulls(null_a, null_b, a->flags);
  order = ryx_lite_cell_compare(&a->c, &b->c, a->flags & DECIMAL);
  return a->flags & DESCENDING ? -order : order;
}

static int by_keys(const void *pa, const void *pb)
{
  const row *a = *(row *const *)pa, *b = *(row *const *)pb;
  int order = 0;

  for (int i = 0; i < a->n_keys && order == 0; i++)
    order = compare_keys(&a->keys[i], &b->keys[i]);
  if (order) return order;
  return a->number < b->number ? -1 : 1;
}

static int put_hex(ryx_buf *out, ryx_span s)
{
  int rc = ryx_buf_putc(out, '"');

  for (size_t i = 0; i < s.n && rc == 0; i++)
    rc = ryx_buf_printf(out, "%02x", (unsigned char)s.s[i]);
  return rc < 0 ? rc : ryx_buf_putc(out, '"');
}

static int put_real(ryx_buf *out, double d)
{
  if (isfinite(d)) return ryx_json_put_double(out, d);
  return ryx_buf_puts(out, d > 0 ? "\"Infinity\"" : "\"-Infinity\"");
}

static int put_string(ryx_buf *out, ryx_span s, ryx_err *e)
{
  int rc = ryx_json_put_string(out, s.s, s.n);

  if (rc != RYX_E_VALIDATION) return rc;
  return ryx_err_set(e, rc, "text that is not UTF-8 cannot be in an array");
}

/* What claims to be a document could add items of its own. */
static int put_document(ryx_buf *out, ryx_span s, ryx_err *e)
{
  ryx_json *doc;
  int rc = ryx_json_parse_stored(s.s, s.n, &doc, e);

  if (rc < 0) return rc;
  ryx_json_free(doc);
  return ryx_buf_put(out, s.s, s.n);
}

static int put(ryx_buf *out, char what, const ryx_lite_cell *x, ryx_err *e)
{
  if (what == STRING) return ryx_buf_put(out, x->u.s.s, x->u.s.n);
  if (x->type == SQLITE_NULL) return ryx_buf_puts(out, "null");
  if (what == JSON) return put_document(out, x->u.s, e);
  if (x->type == SQLITE_INTEGER) return ryx_json_put_int(out, x->u.i);
  if (x->type == SQLITE_FLOAT) return put_real(out, x->u.d);
  if (x->type == SQLITE_BLOB) return put_hex(out, x->u.s);
  return put_string(out, x->u.s, e);
}

/* The result being written: texts already there, and how many. */
typedef struct result {
  ryx_buf out;
  ryx_map seen;
  size_t n;
} result;

/* Appends an item, or nothing when an equal one is there. */
static int put_item(result *r, const collect *c, char what,
                    const ryx_lite_cell *x, ryx_err *e)
{
  size_t before = r->out.len, start;
  ryx_span by = what == STRING ? c->separator : (ryx_span){.s = ",", .n = 1};
  int rc = r->n > 0 ? ryx_buf_put(&r->out, by.s, by.n) : 0;
  void *old = NULL;

  start = r->out.len;
  if (rc == 0) rc = put(&r->out, what, x, e);
  if (rc == 0 && c->distinct)
    rc = ryx_map_set(&r->seen, r->out.data ? r->out.data + start : "",
                     r->out.len - start, r, &old);
  if (old)
    r->out.len = before;
  else
    r->n++;
  return rc;
}

static int put_all(result *r, const collect *c, char what, ryx_err *e)
{
  int rc = what == STRING ? 0 : ryx_buf_putc(&r->out, '[');

  for (size_t i = 0; i < c->n && rc == 0; i++)
    rc = put_item(r, c, what, &c->rows[i]->x, e);
  return rc < 0 || what == STRING ? rc : ryx_buf_putc(&r->out, ']');
}

static void final(sqlite3_context *ctx)
{
  collect *c = sqlite3_aggregate_context(ctx, 0);
  char what = *(const char *)sqlite3_user_data(ctx);
  result r = {.n = 0};
  ryx_err e = {.message = "the list is too long"};
  int rc;

  if (!c) return;
  ryx_buf_init(&r.out, 0);
  ryx_map_init(&r.seen);
  if (c->n > 0) {
    qsort(c->rows, c->n, sizeof *c->rows, by_keys);
    rc = put_all(&r, c, what, &e);
    ryx_lite_functions_result(ctx, rc, &r.out, &e);
  }
  ryx_buf_fini(&r.out);
  ryx_map_fini(&r.seen, NULL);
  ryx_mem_free(c->rows);
  ryx_arena_fini(&c->arena);
}

int ryx_lite_collect(sqlite3 *db)
{
  static const ryx_lite_aggregator all[] = {
      {"ryx_string_agg", -1, step, final, NULL, NULL, "s"},
      {"ryx_array_agg", -1, step, final, NULL, NULL, "a"},
      {"ryx_json_agg", -1, step, final, NULL, NULL, "j"},
      {.name = NULL},
  };

  return ryx_lite_functions_aggregate(db, all);
}
