/* SPDX-License-Identifier: MIT */
/* Parts of documents on PostgreSQL: a chain of steps. A scalar has itself as
 * its item 0, but not for a strict path. */
#include "sql/json.h"

static void put_path(ryx_sql *q, const ryx_node *n, const ryx_node *end)
{
  const ryx_node *document = ryx_node_first(n), *last = end - 1;
  bool is_zero = last->kind == RYX_NODE_INDEX && last->value == 0;

  if (end == ryx_sql_json_steps(n)) {
    ryx_sql_json_document(q, n);
    if (document->type == RYX_T_TEXT) ryx_sql_puts(q, "::jsonb");
    return;
  }
  ryx_sql_puts(q, is_zero ? "jsonb_path_query_first(" : "(");
  put_path(q, n, last);
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

  if (n->value == RYX_JSON_AS_JSON || n->value == RYX_JSON_AS_RAW) {
    put_path(q, n, end);
    return;
  }
  ryx_sql_puts(q, "(CASE jsonb_typeof(");
  put_path(q, n, end);
  ryx_sql_puts(q, ") WHEN '");
  ryx_sql_puts(q, kinds[n->value].is);
  ryx_sql_puts(q, "' THEN ");
  put_path(q, n, end);
  ryx_sql_puts(q, kinds[n->value].then);
}
