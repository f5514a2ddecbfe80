/* SPDX-License-Identifier: MIT */
/* Parts of documents on MariaDB and MySQL, where what is no array has itself as
 * its item 0: a CASE asks first. */
#include "sql/family_my.h"

static void put_type(ryx_sql *q, const ryx_node *n, const ryx_node *end,
                     const ryx_json_my *how)
{
  ryx_sql_puts(q, "JSON_TYPE(");
  ryx_sql_json_at(q, "JSON_EXTRACT", n, end);
  ryx_sql_puts(q, ")");
  ryx_sql_puts(q, how->type_end);
}

/* Begins that CASE, if there is anything to ask. */
static bool put_guards(ryx_sql *q, const ryx_node *n, const ryx_json_my *how)
{
  bool has_guards = false;

  for (const ryx_node *c = ryx_sql_json_steps(n); c < ryx_node_end(n); c++) {
    if (c->kind != RYX_NODE_INDEX || c->value > 0) continue;
    ryx_sql_puts(q, has_guards ? " AND " : "(CASE WHEN ");
    put_type(q, n, c, how);
    ryx_sql_puts(q, " = 'ARRAY'");
    has_guards = true;
  }
  return has_guards;
}

static void put_part(ryx_sql *q, const ryx_node *n,
                     const ryx_json_my_part *part)
{
  bool is_json = n->value == RYX_JSON_AS_JSON;
  const ryx_dashes *dashes =
      is_json ? ryx_sql_json_dashes(q, n, ryx_node_end(n)) : NULL;

  if (dashes) ryx_sql_puts(q, dashes->open);
  ryx_sql_puts(q, part->before);
  ryx_sql_json_at(q, part->fn, n, ryx_node_end(n));
  ryx_sql_puts(q, part->after);
  if (dashes) ryx_sql_puts(q, dashes->show);
  if (n->value == RYX_JSON_AS_TEXT) ryx_sql_puts(q, q->fold->compare);
  if (n->value != RYX_JSON_AS_NUMBER) return;
  ryx_sql_puts(q,
               n->type == RYX_T_DOUBLE ? " AS DOUBLE)" : " AS DECIMAL(65,30))");
}

void ryx_json_my_put(ryx_sql *q, const ryx_node *n, const ryx_json_my *how)
{
  const ryx_json_my_part *part = &how->part[n->value];
  bool has_guards = put_guards(q, n, how);

  if (part->types) {
    ryx_sql_puts(q, has_guards ? " AND " : "(CASE WHEN ");
    put_type(q, n, ryx_node_end(n), how);
    ryx_sql_puts(q, part->types);
    has_guards = true;
  }
  if (has_guards) ryx_sql_puts(q, " THEN ");
  put_part(q, n, part);
  if (has_guards) ryx_sql_puts(q, " END)");
}
