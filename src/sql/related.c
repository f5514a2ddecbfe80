/* SPDX-License-Identifier: MIT */
/* Aggregates of the rows that belong to each row of a select, where it reads
 * all rows of its tables: groups that are joined, in place of a sub-query that
 * runs for every row. Who reads few rows keeps the sub-query, which reads no
 * more than what belongs to them.
 *
 *   SELECT a.id, COALESCE(related9.v, 0) AS n FROM a LEFT JOIN
 *     (SELECT b.a_id AS k, COUNT(b.id) AS v FROM b GROUP BY b.a_id)
 *     AS related9 ON a.id = related9.k
 */
#include "sql/function.h"
#include "sql/writer.h"

/* COUNT is 0 where there are no rows, these are NULL. */
static bool is_null_of_nothing(const ryx_node *n)
{
  static const ryx_function known[] = {
      RYX_FN_SUM,     RYX_FN_SUM_DOUBLE,  RYX_FN_SUM_DECIMAL,
      RYX_FN_AVG,     RYX_FN_AVG_DECIMAL, RYX_FN_AVG_DURATION,
      RYX_FN_MINIMUM, RYX_FN_MIN_DECIMAL, RYX_FN_MIN_UUID,
      RYX_FN_MAXIMUM, RYX_FN_MAX_DECIMAL, RYX_FN_MAX_UUID};

  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (n->kind == RYX_NODE_AGGREGATE && n->value == known[i]) return true;
  }
  return false;
}

static bool is_count(const ryx_node *n)
{
  return n->kind == RYX_NODE_AGGREGATE && n->value == RYX_FN_COUNT;
}

/* COALESCE(SUM(...), 0) */
static bool has_default(const ryx_node *n)
{
  const ryx_node *first = ryx_node_first(n), *second;

  if (n->kind != RYX_NODE_CALL || n->value != RYX_FN_COALESCE) return false;
  second = ryx_node_next(first);
  return is_null_of_nothing(first) &&
         ryx_node_next(second) == ryx_node_end(n) &&
         (second->kind == RYX_NODE_PARAM || second->kind == RYX_NODE_INT);
}

/* The number of the first source inside: those around were read before. */
static uint32_t first_source(const ryx_tree *t, const ryx_parts *p)
{
  return ryx_tree_source(t, ryx_node_first(p->at[RYX_PART_SOURCES]));
}

static bool find_tie(const ryx_node *where, uint32_t from, ryx_joined *out)
{
  const ryx_node *left = ryx_node_first(where), *right;

  if (where->kind != RYX_NODE_LOOKUP || where->value != RYX_LOOKUP_EXACT)
    return false;
  right = ryx_node_next(left);
  if (left->kind != RYX_NODE_COLUMN || right->kind != RYX_NODE_COLUMN)
    return false;
  out->inside = left->value < from ? right : left;
  out->around = left->value < from ? left : right;
  return out->inside->value >= from && out->around->value < from;
}

/* Is the tie all that it knows of the row around? A user's text may name it. */
static bool reads_rows_around(const ryx_node *body, const ryx_node *where,
                              uint32_t from)
{
  for (const ryx_node *c = body; c < ryx_node_end(body); c++) {
    if (c->kind == RYX_NODE_RAW) return true;
    if (c->kind != RYX_NODE_COLUMN || c->value >= from) continue;
    if (c < where || c >= ryx_node_end(where)) return true;
  }
  return false;
}

static bool is_plain(const ryx_parts *p)
{
  static const ryx_part none[] = {RYX_PART_GROUP, RYX_PART_LIMIT,
                                  RYX_PART_OFFSET};

  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    if (ryx_parts_has(p, none[i])) return false;
  }
  return p->at[RYX_PART_HAVING]->kind == RYX_NODE_TRUE &&
         p->at[RYX_PART_LOCK]->kind == RYX_NODE_NONE;
}

/* What the sub-query is made of, when it can be joined. */
static bool read_joined(const ryx_sql *q, const ryx_node *subquery,
                        ryx_joined *out)
{
  const ryx_node *body = ryx_node_first(subquery), *value, *where;
  ryx_parts p;
  uint32_t from;

  if (subquery->kind != RYX_NODE_SUBQUERY || body->kind != RYX_NODE_SELECT ||
      body->value != 0)
    return false;
  ryx_node_parts(body, &p);
  if (!is_plain(&p)) return false;
  value = ryx_node_first(ryx_node_first(p.at[RYX_PART_OUTPUTS]));
  if (!is_count(value) && !is_null_of_nothing(value) && !has_default(value))
    return false;
  *out = (ryx_joined){.subquery = subquery, .value = value};
  from = first_source(q->tree, &p);
  where = p.at[RYX_PART_WHERE];
  return find_tie(where, from, out) && !reads_rows_around(body, where, from);
}

static bool is_constant(const ryx_node *n)
{
  return n->kind == RYX_NODE_PARAM || n->kind == RYX_NODE_INT ||
         n->kind == RYX_NODE_TEXT;
}

static bool compares_related(const ryx_sql *q, const ryx_node *lookup)
{
  const ryx_node *left = ryx_node_first(lookup), *c = ryx_node_next(left);
  ryx_joined j;

  for (; c < ryx_node_end(lookup); c = ryx_node_end(c)) {
    if (!is_constant(c)) return false;
  }
  return read_joined(q, left, &j);
}

/* Does it ask for nothing but such values? Then it reads all rows as well. */
static bool is_of_related(const ryx_sql *q, const ryx_node *where)
{
  const ryx_node *c = ryx_node_first(where);

  if (where->kind == RYX_NODE_TRUE) return true;
  if (where->kind == RYX_NODE_LOOKUP) return compares_related(q, where);
  if (where->kind != RYX_NODE_AND && where->kind != RYX_NODE_OR &&
      where->kind != RYX_NODE_NOT)
    return false;
  while (c < ryx_node_end(where) && is_of_related(q, c))
    c = ryx_node_end(c);
  return c == ryx_node_end(where);
}

/* Tables whole, and derived ones that leave nothing out. */
static bool has_whole_sources(const ryx_parts *p)
{
  const ryx_node *list = p->at[RYX_PART_SOURCES], *c = ryx_node_first(list);

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    const ryx_node *body = ryx_node_first(c);
    ryx_parts inside;

    if (c->kind == RYX_NODE_TABLE) continue;
    if (c->kind != RYX_NODE_DERIVED || body->kind != RYX_NODE_SELECT ||
        body->value != 0)
      return false;
    ryx_node_parts(body, &inside);
    if (inside.at[RYX_PART_WHERE]->kind != RYX_NODE_TRUE ||
        ryx_parts_bounded(&inside) || !is_plain(&inside) ||
        !has_whole_sources(&inside))
      return false;
  }
  return true;
}

/* Are both the same but for what their sources are called? */
static bool is_same(const ryx_sql *q, const ryx_node *a, const ryx_node *b)
{
  ryx_parts p;
  uint32_t from[2];

  if (a->size != b->size) return false;
  ryx_node_parts(ryx_node_first(a), &p);
  from[0] = first_source(q->tree, &p);
  ryx_node_parts(ryx_node_first(b), &p);
  from[1] = first_source(q->tree, &p);
  for (uint32_t i = 0; i < a->size; i++) {
    const ryx_node *x = a + i, *y = b + i;
    bool is_alias = i > 0 && x[-1].kind == RYX_NODE_TABLE;
    uint32_t shift = x->kind == RYX_NODE_COLUMN && x->value >= from[0]
                         ? from[1] - from[0]
                         : 0;

    if (x->kind != y->kind || x->type != y->type || x->elem != y->elem ||
        x->is_distinct != y->is_distinct || x->is_negative != y->is_negative ||
        x->value + shift != y->value)
      return false;
    if (!is_alias && !ryx_node_same_name(x, y)) return false;
  }
  return true;
}

static void add(const ryx_sql *q, ryx_related *related, const ryx_node *n)
{
  int i = related->n;
  ryx_joined *j = &related->at[i];

  if (i == RYX_RELATED_MAX || !read_joined(q, n, j)) return;
  for (j->as = 0; j->as < i; j->as++) {
    if (is_same(q, related->at[j->as].subquery, n)) break;
  }
  related->n++;
}

void ryx_sql_related_open(ryx_sql *q, const ryx_parts *p, ryx_related *related)
{
  const ryx_node *outputs = p->at[RYX_PART_OUTPUTS];
  const ryx_node *where = p->at[RYX_PART_WHERE], *c;
  bool is_whole =
      q->is_whole && !ryx_parts_bounded(p) && is_of_related(q, where);

  q->is_whole = false;
  q->related = NULL;
  if (!is_whole) return;
  related->n = 0;
  q->related = related;
  if (!is_plain(p) || !has_whole_sources(p)) return;
  for (c = ryx_node_first(outputs);
       c < ryx_node_end(outputs) && !(p->statement->value & RYX_SELECT_COUNT);
       c = ryx_node_end(c))
    add(q, related, ryx_node_first(c));
  for (c = where; c < ryx_node_end(where);
       c = c->kind == RYX_NODE_SUBQUERY ? ryx_node_end(c) : c + 1)
    add(q, related, c);
}

static void put_alias(ryx_sql *q, const ryx_related *related, int i)
{
  const ryx_node *subquery = related->at[related->at[i].as].subquery;

  ryx_sql_puts(q, "related");
  ryx_sql_put_number(q, (uint32_t)(subquery - q->tree->nodes));
}

static void put_joined(ryx_sql *q, const ryx_related *related, int i)
{
  const ryx_joined *j = &related->at[i];
  ryx_parts p;

  ryx_node_parts(ryx_node_first(j->subquery), &p);
  ryx_sql_puts(q, " LEFT JOIN (SELECT ");
  ryx_sql_put_expr(q, j->inside);
  ryx_sql_puts(q, " AS k, ");
  ryx_sql_put_expr(q,
                   has_default(j->value) ? ryx_node_first(j->value) : j->value);
  ryx_sql_puts(q, " AS v");
  ryx_sql_from(q, &p);
  if (j->inside->maybe_null) { /* rows that belong to none */
    ryx_sql_puts(q, " WHERE ");
    ryx_sql_put_expr(q, j->inside);
    ryx_sql_puts(q, " IS NOT NULL");
  }
  ryx_sql_puts(q, " GROUP BY ");
  ryx_sql_put_expr(q, j->inside);
  ryx_sql_puts(q, ") AS ");
  put_alias(q, related, i);
  ryx_sql_puts(q, " ON ");
  ryx_sql_put_expr(q, j->around);
  ryx_sql_puts(q, " = ");
  put_alias(q, related, i);
  ryx_sql_puts(q, ".k");
}

void ryx_sql_related_from(ryx_sql *q)
{
  const ryx_related *related = q->related;

  q->related = NULL;
  for (int i = 0; related && i < related->n; i++) {
    if (related->at[i].as == i) put_joined(q, related, i);
  }
  q->related = related;
}

bool ryx_sql_related_value(ryx_sql *q, const ryx_node *subquery)
{
  const ryx_related *related = q->related;
  const ryx_node *value;
  int i = 0;

  if (!related) return false;
  while (i < related->n && related->at[i].subquery != subquery)
    i++;
  if (i == related->n) return false;
  value = related->at[i].value;
  if (!is_null_of_nothing(value)) ryx_sql_puts(q, "COALESCE(");
  put_alias(q, related, i);
  ryx_sql_puts(q, ".v");
  if (is_null_of_nothing(value)) return true;
  ryx_sql_puts(q, ", ");
  if (is_count(value)) {
    ryx_sql_puts(q, "0");
  } else {
    ryx_sql_put_expr(q, ryx_node_next(ryx_node_first(value)));
  }
  ryx_sql_puts(q, ")");
  return true;
}
