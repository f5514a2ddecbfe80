/* SPDX-License-Identifier: MIT */
/* Parts of documents on SQLite, with ryx_json_get of the driver's. */
#include "sql/json.h"

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
  for (const ryx_node *c = ryx_sql_json_steps(n); c < ryx_node_end(n); c++) {
    if (c->kind == RYX_NODE_KEY && is_odd(c)) return true;
  }
  return false;
}

/* fn(document, 'key', 0, ...) */
static void put_get(ryx_sql *q, const char *fn, const ryx_node *n)
{
  ryx_sql_puts(q, fn);
  ryx_sql_json_document(q, n);
  for (const ryx_node *c = ryx_sql_json_steps(n); c < ryx_node_end(n); c++) {
    ryx_sql_puts(q, ", ");
    if (c->kind == RYX_NODE_KEY) {
      ryx_sql_put_literal(q, c->name, c->name_len);
    } else {
      ryx_sql_put_number(q, c->value);
    }
  }
  ryx_sql_puts(q, ")");
}

static void put_at(ryx_sql *q, const char *fn, const ryx_node *n)
{
  if (!has_odd_key(n)) {
    ryx_sql_json_at(q, fn, n, ryx_node_end(n));
    return;
  }
  ryx_sql_puts(q, fn);
  ryx_sql_puts(q, "(");
  put_get(q, "ryx_json_get(", n);
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
    put_get(q, "ryx_json_get(", n);
    return;
  }
  if (n->value == RYX_JSON_AS_RAW) {
    put_get(q, "ryx_json_raw(", n);
    return;
  }
  ryx_sql_puts(q, "(CASE WHEN ");
  put_at(q, "json_type", n);
  ryx_sql_puts(q, is[n->value]);
  put_at(q, "json_extract", n);
  ryx_sql_puts(q, " END)");
}
