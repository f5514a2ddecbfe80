/* SPDX-License-Identifier: MIT */
/* Parts of documents on MariaDB, where what is no array has itself as its item
 * 0: a CASE asks first. */
#include "sql/json.h"

/* Begins that CASE, if there is anything to ask. */
static bool put_guards(ryx_sql *q, const ryx_node *n)
{
  bool has_guards = false;

  for (const ryx_node *c = ryx_sql_json_steps(n); c < ryx_node_end(n); c++) {
    if (c->kind != RYX_NODE_INDEX || c->value > 0) continue;
    ryx_sql_puts(q, has_guards ? " AND " : "(CASE WHEN ");
    ryx_sql_puts(q, "JSON_TYPE(");
    ryx_sql_json_at(q, "JSON_EXTRACT", n, c);
    ryx_sql_puts(q, ") = 'ARRAY'");
    has_guards = true;
  }
  return has_guards;
}

static void put_value(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *end = ryx_node_end(n);

  if (n->value == RYX_JSON_AS_NUMBER) ryx_sql_puts(q, "CAST(");
  ryx_sql_json_at(q, "JSON_VALUE", n, end);
  if (n->value == RYX_JSON_AS_NUMBER) {
    ryx_sql_puts(
        q, n->type == RYX_T_DOUBLE ? " AS DOUBLE)" : " AS DECIMAL(65,30))");
  } else if (n->value == RYX_JSON_AS_BOOL) {
    ryx_sql_puts(q, " = '1'");
  } else {
    ryx_sql_puts(q, q->fold->compare);
  }
}

static void put_json(ryx_sql *q, const ryx_node *n)
{
  bool has_guards = put_guards(q, n);

  if (has_guards) ryx_sql_puts(q, " THEN ");
  ryx_sql_json_at(q, "JSON_EXTRACT", n, ryx_node_end(n));
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
    put_json(q, n);
    return;
  }
  ryx_sql_puts(q, put_guards(q, n) ? " AND " : "(CASE WHEN ");
  ryx_sql_puts(q, "JSON_TYPE(");
  ryx_sql_json_at(q, "JSON_EXTRACT", n, ryx_node_end(n));
  ryx_sql_puts(q, is[n->value]);
  put_value(q, n);
  ryx_sql_puts(q, " END)");
}
