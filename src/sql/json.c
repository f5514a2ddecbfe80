/* SPDX-License-Identifier: MIT */
/* Parts of JSON documents: a path of keys and positions, and the part as JSON,
 * or as a number, a text, a boolean where it is one. */
#include "sql/json.h"

#include "base/buf.h"
#include "sql/writer.h"
#include "value/json.h"

static void put_document(ryx_sql *q, const ryx_node *n)
{
  ryx_sql_put_expr(q, ryx_node_first(n));
}

static const ryx_node *first_step(const ryx_node *n)
{
  return ryx_node_next(ryx_node_first(n));
}

/* PostgreSQL. A scalar has itself as its item 0, but not for a strict path. */

static void put_pg_path(ryx_sql *q, const ryx_node *n, const ryx_node *end)
{
  const ryx_node *document = ryx_node_first(n), *last = end - 1;
  bool is_zero = last->kind == RYX_NODE_INDEX && last->value == 0;

  if (end == first_step(n)) {
    put_document(q, n);
    if (document->type == RYX_T_TEXT) ryx_sql_puts(q, "::jsonb");
    return;
  }
  ryx_sql_puts(q, is_zero ? "jsonb_path_query_first(" : "(");
  put_pg_path(q, n, last);
  if (is_zero) {
    ryx_sql_puts(q, ", 'strict $[0]', '{}', true)");
    return;
  }
  ryx_sql_puts(q, " -> ");
  if (last->kind == RYX_NODE_KEY) {
    ryx_sql_put_literal(q, last->name, last->name_len);
  } else {
    ryx_sql_put_number(q, last->value);
  }
  ryx_sql_puts(q, ")");
}

void ryx_json_pg(ryx_sql *q, const ryx_node *n)
{
  static const struct {
    const char *is, *then;
  } kinds[RYX_JSON_AS_MAX] = {
      [RYX_JSON_AS_NUMBER] = {"number", "::numeric END)"},
      [RYX_JSON_AS_TEXT] = {"string", " #>> '{}' END COLLATE \"C\")"},
      [RYX_JSON_AS_BOOL] = {"boolean", "::boolean END)"},
  };
  const ryx_node *end = ryx_node_end(n);

  if (n->value == RYX_JSON_AS_JSON) {
    put_pg_path(q, n, end);
    return;
  }
  ryx_sql_puts(q, "(CASE jsonb_typeof(");
  put_pg_path(q, n, end);
  ryx_sql_puts(q, ") WHEN '");
  ryx_sql_puts(q, kinds[n->value].is);
  ryx_sql_puts(q, "' THEN ");
  put_pg_path(q, n, end);
  ryx_sql_puts(q, kinds[n->value].then);
}

/* MariaDB and SQLite take a path as one literal: $."key"[0] */

/* MariaDB compares keys as documents spell them. */
static void put_key(ryx_sql *q, const ryx_node *key)
{
  ryx_buf text;
  int rc;

  ryx_buf_init(&text, 0);
  rc = ryx_json_put_string(&text, key->name, key->name_len);
  if (rc == 0) {
    ryx_sql_puts(q, ".");
    ryx_sql_put_escaped(q, text.data, text.len);
  } else if (rc == RYX_E_NOMEM) {
    ryx_sql_fail(q, rc, "out of memory");
  } else {
    ryx_sql_fail(q, rc, "a key of a document is not valid UTF-8");
  }
  ryx_buf_fini(&text);
}

static void put_path(ryx_sql *q, const ryx_node *n, const ryx_node *end)
{
  ryx_sql_puts(q, "'$");
  for (const ryx_node *c = first_step(n); c < end; c++) {
    if (c->kind == RYX_NODE_KEY) {
      put_key(q, c);
      continue;
    }
    ryx_sql_puts(q, "[");
    ryx_sql_put_number(q, c->value);
    ryx_sql_puts(q, "]");
  }
  ryx_sql_puts(q, "'");
}

/* fn(document, 'path') */
static void put_at(ryx_sql *q, const char *fn, const ryx_node *n,
                   const ryx_node *end)
{
  ryx_sql_puts(q, fn);
  ryx_sql_puts(q, "(");
  put_document(q, n);
  ryx_sql_puts(q, ", ");
  put_path(q, n, end);
  ryx_sql_puts(q, ")");
}

/* On MariaDB what is no array has itself as its item 0. Says whether there was
 * anything to ask. */
static bool put_my_guards(ryx_sql *q, const ryx_node *n)
{
  bool has_guards = false;

  for (const ryx_node *c = first_step(n); c < ryx_node_end(n); c++) {
    if (c->kind != RYX_NODE_INDEX || c->value > 0) continue;
    ryx_sql_puts(q, has_guards ? " AND " : "(CASE WHEN ");
    ryx_sql_puts(q, "JSON_TYPE(");
    put_at(q, "JSON_EXTRACT", n, c);
    ryx_sql_puts(q, ") = 'ARRAY'");
    has_guards = true;
  }
  return has_guards;
}

static void put_my_value(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *end = ryx_node_end(n);

  if (n->value == RYX_JSON_AS_NUMBER) ryx_sql_puts(q, "CAST(");
  put_at(q, "JSON_VALUE", n, end);
  if (n->value == RYX_JSON_AS_NUMBER) {
    ryx_sql_puts(
        q, n->type == RYX_T_DOUBLE ? " AS DOUBLE)" : " AS DECIMAL(65,30))");
  } else if (n->value == RYX_JSON_AS_BOOL) {
    ryx_sql_puts(q, " = '1'");
  } else {
    ryx_sql_puts(q, q->fold->compare);
  }
}

static void put_my_json(ryx_sql *q, const ryx_node *n)
{
  bool has_guards = put_my_guards(q, n);

  if (has_guards) ryx_sql_puts(q, " THEN ");
  put_at(q, "JSON_EXTRACT", n, ryx_node_end(n));
  if (has_guards) ryx_sql_puts(q, " END)");
}

void ryx_json_my(ryx_sql *q, const ryx_node *n)
{
  static const char *const is[RYX_JSON_AS_MAX] = {
      [RYX_JSON_AS_NUMBER] = ") IN ('INTEGER', 'DOUBLE') THEN ",
      [RYX_JSON_AS_TEXT] = ") = 'STRING' THEN ",
      [RYX_JSON_AS_BOOL] = ") = 'BOOLEAN' THEN ",
  };

  if (n->value == RYX_JSON_AS_JSON) {
    put_my_json(q, n);
    return;
  }
  ryx_sql_puts(q, put_my_guards(q, n) ? " AND " : "(CASE WHEN ");
  ryx_sql_puts(q, "JSON_TYPE(");
  put_at(q, "JSON_EXTRACT", n, ryx_node_end(n));
  ryx_sql_puts(q, is[n->value]);
  put_my_value(q, n);
  ryx_sql_puts(q, " END)");
}

/* SQLite 3.40 compares what stands between quotes in the path with what stands
 * there in the document, escapes and all: a key that has any is asked for by
 * ryx_json_get. */
static bool is_odd(const ryx_node *key)
{
  for (uint32_t i = 0; i < key->name_len; i++) {
    unsigned char c = (unsigned char)key->name[i];
    if (c == '"' || c == '\\' || c < ' ') return true;
  }
  return key->name_len == 0;
}

static bool has_odd_key(const ryx_node *n)
{
  for (const ryx_node *c = first_step(n); c < ryx_node_end(n); c++) {
    if (c->kind == RYX_NODE_KEY && is_odd(c)) return true;
  }
  return false;
}

/* ryx_json_get(document, 'key', 0, ...) */
static void put_get(ryx_sql *q, const ryx_node *n)
{
  ryx_sql_puts(q, "ryx_json_get(");
  put_document(q, n);
  for (const ryx_node *c = first_step(n); c < ryx_node_end(n); c++) {
    ryx_sql_puts(q, ", ");
    if (c->kind == RYX_NODE_KEY) {
      ryx_sql_put_literal(q, c->name, c->name_len);
    } else {
      ryx_sql_put_number(q, c->value);
    }
  }
  ryx_sql_puts(q, ")");
}

static void put_lite_at(ryx_sql *q, const char *fn, const ryx_node *n)
{
  if (!has_odd_key(n)) {
    put_at(q, fn, n, ryx_node_end(n));
    return;
  }
  ryx_sql_puts(q, fn);
  ryx_sql_puts(q, "(");
  put_get(q, n);
  ryx_sql_puts(q, ", '$')");
}

void ryx_json_lite(ryx_sql *q, const ryx_node *n)
{
  static const char *const is[RYX_JSON_AS_MAX] = {
      [RYX_JSON_AS_NUMBER] = " IN ('integer', 'real') THEN ",
      [RYX_JSON_AS_TEXT] = " = 'text' THEN ",
      [RYX_JSON_AS_BOOL] = " IN ('true', 'false') THEN ",
  };

  if (n->value == RYX_JSON_AS_JSON) {
    put_get(q, n);
    return;
  }
  ryx_sql_puts(q, "(CASE WHEN ");
  put_lite_at(q, "json_type", n);
  ryx_sql_puts(q, is[n->value]);
  put_lite_at(q, "json_extract", n);
  ryx_sql_puts(q, " END)");
}
