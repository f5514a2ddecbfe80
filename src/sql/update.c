/* SPDX-License-Identifier: MIT */
/* UPDATE: every assignment sees the old row (MariaDB by a session setting,
 * MySQL by their order, or apart.c). */
#include "sql/apart.h"
#include "value/caps.h"

void ryx_sql_set(ryx_sql *q, const ryx_node *set)
{
  const char *no_search = q->no_search;

  ryx_sql_put_name(q, set);
  ryx_sql_puts(q, " = ");
  q->no_search = q->dialect->no_search_set;
  ryx_sql_put_expr(q, ryx_node_first(set));
  q->no_search = no_search;
}

void ryx_sql_sets(ryx_sql *q, const ryx_node *first, const ryx_node *end)
{
  for (const ryx_node *c = first; c < end; c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > first ? ", " : " SET ");
    ryx_sql_set(q, c);
  }
}

/* As given, or in the order in which each sees the old row. */
static void put_sets(ryx_sql *q, const ryx_node *sets)
{
  ryx_turns t;
  const ryx_node *c;
  const char *before = " SET ";

  if (!q->dialect->assigns_in_turn) {
    ryx_sql_sets(q, ryx_node_first(sets), ryx_node_end(sets));
    return;
  }
  ryx_turns_init(&t, sets);
  while ((c = ryx_turns_next(&t))) {
    ryx_sql_puts(q, before);
    ryx_sql_set(q, c);
    before = ", ";
  }
}

/* Behind as many sets as the key has columns. */
static const ryx_node *behind_key(const ryx_parts *p)
{
  const ryx_node *list = p->at[RYX_PART_KEY], *c = ryx_node_first(list);
  const ryx_node *set = ryx_node_first(p->at[RYX_PART_SETS]);

  for (; c < ryx_node_end(list); c = ryx_node_end(c))
    set = ryx_node_end(set);
  return set;
}

/* Many rows, each with values of its own: the first sets are the key. */
static void put_batch(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *list = p->at[RYX_PART_SETS], *key = ryx_node_first(list);
  const ryx_node *rest = behind_key(p);

  q->batch = q->dialect->batch;
  if (q->dialect->batch_update) {
    q->dialect->batch_update(q, list, rest);
    return;
  }
  ryx_sql_sets(q, rest, ryx_node_end(list));
  for (; key < rest; key = ryx_node_end(key)) {
    ryx_sql_puts(q, key > ryx_node_first(list) ? " AND " : " WHERE ");
    ryx_sql_put_name(q, key);
    ryx_sql_puts(q, " = ");
    ryx_sql_put_expr(q, ryx_node_first(key));
  }
}

static void put_update(ryx_sql *q, const ryx_parts *p)
{
  ryx_sql_puts(q, "UPDATE ");
  ryx_sql_put_table(q, ryx_node_first(p->at[RYX_PART_SOURCES]));
  if (p->statement->value & RYX_UPDATE_BATCH) {
    put_batch(q, p);
    return;
  }
  if (q->dialect->old_column[0]) q->sets = p->at[RYX_PART_SETS];
  put_sets(q, p->at[RYX_PART_SETS]);
  q->sets = NULL;
  if (q->dialect->update_aside && q->tree->n_sources > 1) {
    ryx_sql_puts(q, q->dialect->update_aside);
  }
  ryx_sql_where_rows(q, p);
}

void ryx_sql_update(ryx_sql *q, const ryx_node *n)
{
  ryx_parts p;

  ryx_node_parts(n, &p);
  if (ryx_sql_is_apart(q, &p)) {
    ryx_sql_update_apart(q, &p);
  } else {
    put_update(q, &p);
  }
  if (ryx_parts_has(&p, RYX_PART_OUTPUTS) &&
      !(q->caps & RYX_SERVER_UPDATE_RETURNING)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no UPDATE ... RETURNING: select the rows "
                 "afterwards");
  }
  ryx_sql_returning(q, p.at[RYX_PART_OUTPUTS]);
}
