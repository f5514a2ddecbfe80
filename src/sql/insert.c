/* SPDX-License-Identifier: MIT */
/* INSERT of one row, of many, of a query's, of none but defaults; what happens
 * on a conflict, and what comes back. */
#include "sql/writer.h"
#include "value/caps.h"

void ryx_sql_names(ryx_sql *q, const ryx_node *list)
{
  const ryx_node *first = ryx_node_first(list), *c = first;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > first ? ", " : " (");
    ryx_sql_put_name(q, c);
  }
  if (list->size > 1) ryx_sql_puts(q, ")");
}

static void put_values(ryx_sql *q, const ryx_node *list)
{
  const ryx_node *first = ryx_node_first(list), *c = first;
  uint32_t n_binds = q->n_binds;
  size_t at;

  ryx_sql_puts(q, " VALUES ");
  at = q->len;
  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > first ? ", " : "(");
    ryx_sql_put_expr(q, ryx_node_first(c));
  }
  ryx_sql_puts(q, ")");
  if (q->batch != RYX_BATCH_REBIND) return;
  q->row_at = at;
  q->row_len = q->len - at;
  q->row_binds = q->n_binds - n_binds;
}

static void put_rows(ryx_sql *q, const ryx_parts *p)
{
  bool is_batch = p->statement->value & RYX_INSERT_BATCH;
  bool lists = p->statement->value & RYX_INSERT_LISTS;
  const ryx_node *sets = p->at[RYX_PART_SETS];

  if (p->statement->value & RYX_INSERT_DEFAULT) {
    ryx_sql_puts(q, q->dialect->empty_row);
    return;
  }
  ryx_sql_names(q, sets);
  if (ryx_parts_has(p, RYX_PART_ROWS)) {
    ryx_sql_puts(q, " ");
    ryx_sql_body(q, p->at[RYX_PART_ROWS]);
    return;
  }
  if (is_batch) q->batch = q->dialect->batch;
  if ((is_batch || lists) && q->dialect->batch_rows) {
    ryx_sql_puts(q, " ");
    q->dialect->batch_rows(q, sets, lists);
  } else if (lists) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this database takes no lists of values: insert rows of them");
  } else {
    put_values(q, sets);
  }
}

/* A server without RETURNING tells the key of one row, if it made one. */
static void take_key(ryx_sql *q, const ryx_node *list, bool may_conflict)
{
  const ryx_node *key = ryx_node_first(list);

  if (may_conflict) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no INSERT ... RETURNING: after a conflict, "
                 "select the row");
  }
  if (ryx_node_end(key) != ryx_node_end(list)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no INSERT ... RETURNING: only the key of the "
                 "new row can be read; select the other columns afterwards");
  }
  if (q->batch != RYX_BATCH_NONE && !q->dialect->keys_follow) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no INSERT ... RETURNING: insert the rows one "
                 "by one, or without asking for their keys");
  }
  q->keys = true;
}

void ryx_sql_returning(ryx_sql *q, const ryx_node *list)
{
  q->outputs = list;
  if (list->size == 1) return;
  ryx_sql_puts(q, " RETURNING ");
  ryx_sql_outputs(q, list);
}

static void put_returning(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *list = p->at[RYX_PART_OUTPUTS];
  bool only_key = p->statement->value & RYX_INSERT_KEY;
  bool may_conflict = ryx_parts_has(p, RYX_PART_CONFLICT);

  q->outputs = list;
  if (list->size == 1) return;
  if (only_key && q->dialect->has_rowid && !may_conflict) {
    q->keys = true;
  } else if (!(q->caps & RYX_SERVER_RETURNING)) {
    take_key(q, list, may_conflict);
  } else {
    ryx_sql_returning(q, list);
  }
}

/* COPY takes no parameters: the rows follow, in the order of the columns, each
 * value cast as the INSERT would have it. */
static void put_copy(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *sets = p->at[RYX_PART_SETS], *c = ryx_node_first(sets);

  ryx_sql_puts(q, "COPY ");
  ryx_sql_put_table(q, ryx_node_first(p->at[RYX_PART_SOURCES]));
  ryx_sql_names(q, sets);
  ryx_sql_puts(q, " FROM STDIN");
  q->batch = RYX_BATCH_COPY;
  q->outputs = p->at[RYX_PART_OUTPUTS];
  for (; c < ryx_node_end(sets); c = ryx_node_end(c)) {
    const ryx_node *value = ryx_node_first(c);

    ryx_sql_bind_apart(q, &(ryx_bind){.param = (int32_t)value->value,
                                      .type = value->type,
                                      .elem = value->elem});
  }
}

void ryx_sql_insert(ryx_sql *q, const ryx_node *n)
{
  ryx_parts p;

  ryx_node_parts(n, &p);
  if ((n->value & RYX_INSERT_COPY) && (q->caps & RYX_SERVER_COPY)) {
    put_copy(q, &p);
    return;
  }
  ryx_sql_puts(q, "INSERT INTO ");
  ryx_sql_put_table(q, ryx_node_first(p.at[RYX_PART_SOURCES]));
  put_rows(q, &p);
  if (ryx_parts_has(&p, RYX_PART_CONFLICT)) {
    bool qualifies = q->qualifies;
    q->qualifies = true; /* the row that is there, not the one that comes */
    q->dialect->conflict(q, p.at[RYX_PART_CONFLICT]);
    q->qualifies = qualifies;
  }
  put_returning(q, &p);
}
