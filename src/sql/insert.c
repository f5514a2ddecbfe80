/* SPDX-License-Identifier: MIT */
/* INSERT of one row, of many, of none but defaults; and how keys come back. */
#include "sql/writer.h"
#include "value/caps.h"

static void put_columns(ryx_sql *q)
{
  const ryx_node *list = ryx_tree_part(q->tree, RYX_PART_SETS);
  const ryx_node *first = ryx_node_first(list), *c = first;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > first ? ", " : " (");
    ryx_sql_put_name(q, c);
  }
  ryx_sql_puts(q, ")");
}

static void put_values(ryx_sql *q)
{
  const ryx_node *list = ryx_tree_part(q->tree, RYX_PART_SETS);
  const ryx_node *first = ryx_node_first(list), *c = first;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > first ? ", " : " VALUES (");
    ryx_sql_put_expr(q, ryx_node_first(c));
  }
  ryx_sql_puts(q, ")");
}

static void put_rows(ryx_sql *q)
{
  bool is_batch = q->tree->flags & RYX_INSERT_BATCH;

  if (q->tree->flags & RYX_INSERT_DEFAULT) {
    ryx_sql_puts(q, q->dialect->empty_row);
    return;
  }
  put_columns(q);
  if (is_batch) q->batch = q->dialect->batch;
  if (is_batch && q->dialect->batch_rows) {
    q->dialect->batch_rows(q);
  } else {
    put_values(q);
  }
}

/* A server without RETURNING tells the key of one row. */
static void take_key(ryx_sql *q, const ryx_node *list)
{
  const ryx_node *key = ryx_node_first(list);

  if (ryx_node_end(key) != ryx_node_end(list)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no INSERT ... RETURNING: only the key of the "
                 "new row can be read; select the other columns afterwards");
  }
  if (q->batch != RYX_BATCH_NONE) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no INSERT ... RETURNING: insert the rows one "
                 "by one, or without asking for their keys");
  }
  q->keys = true;
}

static void put_returning(ryx_sql *q)
{
  const ryx_node *list = ryx_tree_part(q->tree, RYX_PART_OUTPUTS);
  const ryx_node *first = ryx_node_first(list), *c = first;

  if (c == ryx_node_end(list)) return;
  if ((q->tree->flags & RYX_INSERT_KEY) && q->dialect->has_rowid) {
    q->keys = true;
    return;
  }
  if (!(q->caps & RYX_SERVER_RETURNING)) {
    take_key(q, list);
    return;
  }
  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > first ? ", " : " RETURNING ");
    ryx_sql_put_expr(q, ryx_node_first(c));
  }
}

void ryx_sql_insert(ryx_sql *q)
{
  ryx_sql_puts(q, "INSERT INTO ");
  ryx_sql_put_name(q, ryx_node_first(ryx_tree_part(q->tree, RYX_PART_SOURCES)));
  put_rows(q);
  put_returning(q);
}
