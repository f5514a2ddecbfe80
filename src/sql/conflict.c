/* SPDX-License-Identifier: MIT */
/* What an insert does when its row is there already. */
#include "sql/conflict.h"

#include "sql/apart.h"

void ryx_sql_on_conflict(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *targets = ryx_node_first(n), *sets;

  if (n->value && targets->size == 1) {
    ryx_sql_fail(q, RYX_E_MISUSE,
                 "an update on a conflict names no columns that conflict");
  }
  ryx_sql_puts(q, " ON CONFLICT");
  ryx_sql_names(q, targets);
  if (!n->value) {
    ryx_sql_puts(q, " DO NOTHING");
    return;
  }
  sets = ryx_node_next(targets);
  ryx_sql_puts(q, " DO UPDATE");
  ryx_sql_sets(q, ryx_node_first(sets), ryx_node_end(sets));
  ryx_sql_where(q, ryx_node_next(sets));
}

/* The row that is there: a name alone could be the new row's as well. */
static void put_old(ryx_sql *q, const ryx_node *set)
{
  ryx_parts p;

  ryx_node_parts(&q->tree->nodes[q->tree->root], &p);
  ryx_sql_put_name(q, ryx_node_first(p.at[RYX_PART_SOURCES]));
  ryx_sql_puts(q, ".");
  ryx_sql_put_name(q, set);
}

/* `where`: the condition, or NULL: its value is in the variable already. */
static void put_assignment(ryx_sql *q, const ryx_node *set,
                           const ryx_node *where, const char *variable)
{
  bool always = where && where->kind == RYX_NODE_TRUE;

  ryx_sql_put_name(q, set);
  ryx_sql_puts(q, " = ");
  if (!always) {
    ryx_sql_puts(q, "IF(");
    ryx_sql_puts(q, variable);
    if (where) ryx_sql_put_pred(q, where);
    ryx_sql_puts(q, ", ");
  }
  ryx_sql_put_expr(q, ryx_node_first(set));
  if (always) return;
  ryx_sql_puts(q, ", ");
  put_old(q, set);
  ryx_sql_puts(q, ")");
}

/* The first assignment works the condition out, of a row that none has changed
 * yet. */
static void put_in_turn(ryx_sql *q, const ryx_node *sets, const ryx_node *where)
{
  bool always = where->kind == RYX_NODE_TRUE;
  const ryx_node *c;
  const char *before = "";
  ryx_turns t;

  ryx_turns_init(&t, sets);
  while ((c = ryx_turns_next(&t))) {
    bool is_first = !*before;

    ryx_sql_puts(q, before);
    put_assignment(q, c, is_first || always ? where : NULL,
                   is_first ? "@ryx_if := " : "@ryx_if");
    before = ", ";
  }
  if (!t.is_stuck) return;
  ryx_sql_fail(q, RYX_E_UNSUPPORTED,
               "this database assigns one column after the other, and these "
               "read each other: update the rows that are there apart");
}

/* What changes nothing. The key that is generated for another row of the same
 * insert would not be the same. */
static void put_same(ryx_sql *q, const ryx_node *key)
{
  ryx_parts p;

  ryx_node_parts(&q->tree->nodes[q->tree->root], &p);
  if (ryx_parts_has(&p, RYX_PART_SETS) && q->dialect->keys_follow)
    key = ryx_node_first(p.at[RYX_PART_SETS]);
  ryx_sql_put_name(q, key);
  ryx_sql_puts(q, " = ");
  ryx_sql_put_name(q, key);
}

/* It names no target: any unique key of the table counts. */
void ryx_sql_on_duplicate(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *targets = ryx_node_first(n);
  const ryx_node *sets = ryx_node_next(targets), *c;

  if (n->value && q->dialect->new_alias) ryx_sql_puts(q, q->dialect->new_alias);
  ryx_sql_puts(q, " ON DUPLICATE KEY UPDATE ");
  if (!n->value) {
    put_same(q, sets);
    return;
  }
  if (q->dialect->assigns_in_turn) {
    put_in_turn(q, sets, ryx_node_next(sets));
    return;
  }
  q->no_search = q->dialect->no_search_set;
  for (c = ryx_node_first(sets); c < ryx_node_end(sets); c = ryx_node_end(c)) {
    if (c > ryx_node_first(sets)) ryx_sql_puts(q, ", ");
    put_assignment(q, c, ryx_node_next(sets), "");
  }
  q->no_search = NULL;
}
