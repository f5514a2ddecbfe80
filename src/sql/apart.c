/* SPDX-License-Identifier: MIT */
/* Assignments in turn, and writes whose rows are found apart. */
#include "sql/apart.h"

enum { TURNS_MAX = 64 };

static bool is_constant(const ryx_node *expr)
{
  return expr->kind == RYX_NODE_PARAM || expr->kind == RYX_NODE_INT ||
         expr->kind == RYX_NODE_TEXT || expr->kind == RYX_NODE_NEW;
}

/* Is there anything of the old row? */
static bool reads_row(const ryx_node *set)
{
  return !is_constant(ryx_node_first(set));
}

/* A user's text may read anything. */
static bool reads_column(const ryx_node *n, const ryx_node *set)
{
  for (const ryx_node *c = n; c < ryx_node_end(n); c++) {
    if (c->kind == RYX_NODE_RAW) return true;
    if (c->kind == RYX_NODE_COLUMN && c->value == 0 &&
        ryx_node_same_name(c, set))
      return true;
  }
  return false;
}

void ryx_turns_init(ryx_turns *t, const ryx_node *sets)
{
  *t = (ryx_turns){.sets = sets, .constant = ryx_node_first(sets)};
}

/* Does one that is still to come read the column of `set`? */
static bool is_awaited(const ryx_turns *t, const ryx_node *set)
{
  const ryx_node *end = ryx_node_end(t->sets), *c = ryx_node_first(t->sets);
  unsigned i = 0;

  for (; c < end; c = ryx_node_end(c)) {
    if (!reads_row(c)) continue;
    if (c != set && i < TURNS_MAX && !(t->done >> i & 1) &&
        reads_column(c, set))
      return true;
    i++;
  }
  return false;
}

static const ryx_node *next_reader(ryx_turns *t)
{
  const ryx_node *end = ryx_node_end(t->sets), *c = ryx_node_first(t->sets);
  unsigned i = 0;

  for (; c < end; c = ryx_node_end(c)) {
    if (!reads_row(c)) continue;
    if (i >= TURNS_MAX) {
      t->is_stuck = true;
      return NULL;
    }
    if (!(t->done >> i & 1)) {
      t->is_stuck = true; /* until one is found that nobody waits for */
      if (!is_awaited(t, c)) {
        t->done |= (uint64_t)1 << i;
        t->is_stuck = false;
        return c;
      }
    }
    i++;
  }
  return NULL;
}

const ryx_node *ryx_turns_next(ryx_turns *t)
{
  const ryx_node *end = ryx_node_end(t->sets), *c = next_reader(t);

  if (c || t->is_stuck) return c;
  for (c = t->constant; c < end && reads_row(c);)
    c = ryx_node_end(c);
  t->constant = c < end ? ryx_node_end(c) : c;
  return c < end ? c : NULL;
}

static bool has_order(const ryx_node *sets)
{
  ryx_turns t;

  ryx_turns_init(&t, sets);
  while (ryx_turns_next(&t))
    continue;
  return !t.is_stuck;
}

static bool has_raw(const ryx_node *n)
{
  for (const ryx_node *c = n; c < ryx_node_end(n); c++) {
    if (c->kind == RYX_NODE_RAW) return true;
  }
  return false;
}

bool ryx_sql_is_apart(const ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *sets = p->at[RYX_PART_SETS];

  if (!q->dialect->assigns_in_turn) return false;
  if (q->tree->n_sources > 1 || has_raw(p->statement)) return true;
  if (ryx_parts_bounded(p)) return true;
  return sets && !has_order(sets);
}

static void put_value_name(ryx_sql *q, uint32_t number)
{
  ryx_sql_puts(q, "v");
  ryx_sql_put_number(q, number);
}

/* The values that are more than parameters, which stay with their columns. */
static void put_values(ryx_sql *q, const ryx_node *sets)
{
  const ryx_node *c = ryx_node_first(sets);
  uint32_t number = 0;

  for (; c < ryx_node_end(sets); c = ryx_node_end(c)) {
    if (is_constant(ryx_node_first(c))) continue;
    ryx_sql_puts(q, ", ");
    ryx_sql_put_expr(q, ryx_node_first(c));
    ryx_sql_puts(q, " AS ");
    put_value_name(q, ++number);
  }
}

/* k of a key of one column, else k1, k2, ... */
static void put_key_name(ryx_sql *q, const ryx_node *list, uint32_t number)
{
  const ryx_node *first = ryx_node_first(list);

  ryx_sql_puts(q, "k");
  if (ryx_node_end(first) < ryx_node_end(list)) ryx_sql_put_number(q, number);
}

static void put_key(ryx_sql *q, const ryx_parts *p, const ryx_node *table)
{
  const ryx_node *list = p->at[RYX_PART_KEY], *c = ryx_node_first(list);
  uint32_t number = 0;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, number > 0 ? ", " : " w JOIN (SELECT ");
    ryx_sql_put_name(q, table);
    ryx_sql_puts(q, ".");
    ryx_sql_put_name(q, c);
    ryx_sql_puts(q, " AS ");
    put_key_name(q, list, ++number);
  }
}

static void put_on_key(ryx_sql *q, const ryx_node *list)
{
  const ryx_node *c = ryx_node_first(list);
  uint32_t number = 0;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, number > 0 ? " AND w." : " ON w.");
    ryx_sql_put_name(q, c);
    ryx_sql_puts(q, " = z.");
    put_key_name(q, list, ++number);
  }
}

/* JOIN (SELECT ...) z: not merged, or it would be the table that is written. */
static void put_join(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *table = ryx_node_first(p->at[RYX_PART_SOURCES]);
  bool qualifies = q->qualifies;

  ryx_sql_put_name(q, table);
  put_key(q, p, table);
  q->qualifies = true; /* an alias is no column */
  q->boolean = q->dialect->unknown;
  if (p->at[RYX_PART_SETS]) put_values(q, p->at[RYX_PART_SETS]);
  ryx_sql_from(q, p);
  ryx_sql_where(q, p->at[RYX_PART_WHERE]);
  ryx_sql_order(q, p->at[RYX_PART_ORDER], " ORDER BY ");
  ryx_sql_limit(q, p);
  q->qualifies = qualifies;
  q->boolean = q->dialect->boolean;
  ryx_sql_puts(q, " FOR UPDATE) z");
  put_on_key(q, p->at[RYX_PART_KEY]);
}

void ryx_sql_update_apart(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *sets = p->at[RYX_PART_SETS], *c = ryx_node_first(sets);
  uint32_t number = 0;

  ryx_sql_puts(q, "UPDATE /*+ NO_MERGE(z) */ ");
  put_join(q, p);
  for (; c < ryx_node_end(sets); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > ryx_node_first(sets) ? ", w." : " SET w.");
    ryx_sql_put_name(q, c);
    ryx_sql_puts(q, " = ");
    if (is_constant(ryx_node_first(c))) {
      ryx_sql_put_expr(q, ryx_node_first(c));
    } else {
      ryx_sql_puts(q, "z.");
      put_value_name(q, ++number);
    }
  }
}

void ryx_sql_delete_apart(ryx_sql *q, const ryx_parts *p)
{
  ryx_sql_puts(q, "DELETE /*+ NO_MERGE(z) */ w FROM ");
  put_join(q, p);
}
