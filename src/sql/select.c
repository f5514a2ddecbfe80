/* SPDX-License-Identifier: MIT */
/* SELECT, its clauses in order, what wraps it for COUNT and EXISTS, set
 * operations and CTEs. */
#include "sql/hint.h"
#include "sql/writer.h"
#include "value/caps.h"

static void put_output(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *expr = ryx_node_first(n);

  ryx_sql_put_expr(q, expr);
  if (!q->full) {
    if (n->name_len == 0) return;
    if (expr->kind == RYX_NODE_COLUMN && ryx_node_same_name(n, expr)) return;
  }
  ryx_sql_puts(q, " AS ");
  ryx_sql_put_name(q, n->name_len == 0 ? expr : n);
}

void ryx_sql_outputs(ryx_sql *q, const ryx_node *list)
{
  const ryx_node *first = ryx_node_first(list), *c = first;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    if (c > first) ryx_sql_puts(q, ", ");
    put_output(q, c);
  }
}

/* Is there an aggregate or a window, but in sub-queries? */
static bool has_several(const ryx_node *n)
{
  const ryx_node *c = n;

  while (c < ryx_node_end(n)) {
    if (c->kind == RYX_NODE_AGGREGATE || c->kind == RYX_NODE_WINDOW)
      return true;
    c = c->kind == RYX_NODE_SELECT ? ryx_node_end(c) : c + 1;
  }
  return false;
}

/* Are distinct rows written as groups of all that they hold? */
static bool is_distinct_group(const ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *outputs = p->at[RYX_PART_OUTPUTS];

  return q->dialect->constant_stays > 0 &&
         q->depth + 1 >= q->dialect->constant_stays &&
         (p->statement->value & RYX_SELECT_DISTINCT) &&
         ryx_parts_has(p, RYX_PART_OFFSET) &&
         ryx_parts_has(p, RYX_PART_OUTPUTS) &&
         !ryx_parts_has(p, RYX_PART_GROUP) &&
         p->at[RYX_PART_HAVING]->kind == RYX_NODE_TRUE && !has_several(outputs);
}

static bool is_distinct(const ryx_sql *q, const ryx_parts *p)
{
  if (p->statement == q->kept) return true;
  return (p->statement->value & RYX_SELECT_DISTINCT) &&
         !is_distinct_group(q, p);
}

static void put_distinct_group(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *list = p->at[RYX_PART_OUTPUTS], *c = ryx_node_first(list);

  for (uint32_t i = 1; c < ryx_node_end(list); c = ryx_node_end(c), i++) {
    ryx_sql_puts(q, i == 1 ? " GROUP BY " : ", ");
    ryx_sql_put_number(q, i);
  }
}

static void put_select_list(ryx_sql *q, const ryx_parts *p)
{
  ryx_sql_puts(q, "SELECT");
  ryx_sql_put_words(q);
  ryx_sql_puts(q, " ");
  if (q->hint) ryx_sql_puts(q, q->hint);
  q->hint = NULL;
  if (is_distinct(q, p)) ryx_sql_puts(q, "DISTINCT ");
  if (ryx_parts_has(p, RYX_PART_OUTPUTS)) {
    ryx_sql_outputs(q, p->at[RYX_PART_OUTPUTS]);
  } else {
    ryx_sql_puts(q, "1");
  }
}

static void put_table(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *alias = ryx_node_first(n);

  ryx_sql_put_table(q, n);
  if (alias->name_len == 0) {
    if (q->tree->n_hints > 0) ryx_sql_put_indexes(q, n);
    return;
  }
  ryx_sql_puts(q, " AS ");
  ryx_sql_put_name(q, alias);
}

static bool holds_subquery(const ryx_node *n)
{
  for (const ryx_node *c = n; c < ryx_node_end(n); c++)
    if (c->kind == RYX_NODE_SUBQUERY) return true;
  return false;
}

/* Are there groups by a sub-query, whose rows are then conditioned on? The
 * table it is a column of must not be merged where that loses the sub-query's
 * outer columns. */
static bool is_looked_into(const ryx_sql *q, const ryx_node *body)
{
  ryx_parts p;

  if (!q->dialect->unmerged || !q->is_grouped || !q->inside ||
      body->kind != RYX_NODE_SELECT)
    return false;
  ryx_node_parts(body, &p);
  return !ryx_parts_bounded(&p) && holds_subquery(p.at[RYX_PART_OUTPUTS]);
}

static void put_derived(ryx_sql *q, const ryx_node *n)
{
  ryx_sql_puts(q, "(");
  if (n->kind == RYX_NODE_LATERAL) {
    ryx_sql_body(q, ryx_node_first(n));
  } else {
    q->is_whole = q->related && n->value == RYX_JOIN_FIRST &&
                  ryx_node_first(n)->kind == RYX_NODE_SELECT;
    ryx_sql_table_body(q, ryx_node_first(n));
    if (is_looked_into(q, ryx_node_first(n)))
      ryx_sql_puts(q, q->dialect->unmerged);
  }
  ryx_sql_puts(q, ") AS ");
  ryx_sql_put_name(q, n);
}

static void put_lateral(ryx_sql *q)
{
  if (!(q->caps & RYX_SERVER_LATERAL)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no LATERAL: a joined queryset cannot read "
                 "the rows that it is joined to; use Subquery or a Window");
  }
  ryx_sql_puts(q, "LATERAL ");
}

static void put_join_word(ryx_sql *q, uint32_t join)
{
  static const char *const words[RYX_JOIN_MAX] = {
      [RYX_JOIN_FIRST] = " FROM ",       [RYX_JOIN_INNER] = " JOIN ",
      [RYX_JOIN_LEFT] = " LEFT JOIN ",   [RYX_JOIN_CROSS] = " CROSS JOIN ",
      [RYX_JOIN_RIGHT] = " RIGHT JOIN ", [RYX_JOIN_FULL] = " FULL JOIN "};

  if (join == RYX_JOIN_FULL && !(q->caps & RYX_SERVER_FULL_JOIN)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no FULL JOIN, and a query one at most: join "
                 "a queryset that has the other");
  }
  if (join == RYX_JOIN_RIGHT && !(q->caps & RYX_SERVER_RIGHT_JOIN)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no RIGHT JOIN: join the other way round");
  }
  ryx_sql_puts(q, words[join]);
}

void ryx_sql_source(ryx_sql *q, const ryx_node *n, uint32_t join)
{
  const ryx_node *on = ryx_node_next(ryx_node_first(n));

  put_join_word(q, join);
  if (n->kind == RYX_NODE_TABLE) {
    put_table(q, n);
  } else {
    if (n->kind == RYX_NODE_LATERAL) put_lateral(q);
    put_derived(q, n);
  }
  if (join == RYX_JOIN_FIRST || join == RYX_JOIN_CROSS) return;
  ryx_sql_puts(q, " ON ");
  ryx_sql_put_pred(q, on);
}

void ryx_sql_from(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *list = p->at[RYX_PART_SOURCES];
  const ryx_node *c = ryx_node_first(list);

  if (q->full && q->full->select == p->statement) {
    ryx_sql_full_from(q, list);
    c = ryx_node_end(q->full->last);
  }
  for (; c < ryx_node_end(list); c = ryx_node_end(c))
    ryx_sql_source(q, c, c->value);
  ryx_sql_related_from(q);
}

/* Without a NULL among the values the database's own order is the right one. */
void ryx_sql_order(ryx_sql *q, const ryx_node *list, const char *before)
{
  static const ryx_template plain[] = {"%o", "%o DESC"};
  const ryx_node *first = ryx_node_first(list), *c = first;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    const ryx_node *expr = ryx_node_first(c);
    ryx_sql_puts(q, c > first ? ", " : before);
    ryx_sql_template(q,
                     expr->maybe_null ? q->dialect->order[c->value]
                                      : plain[c->value & RYX_ORDER_DESC],
                     expr);
  }
}

void ryx_sql_limit(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *limit = p->at[RYX_PART_LIMIT];
  const ryx_node *offset = p->at[RYX_PART_OFFSET];

  if (limit->kind != RYX_NODE_NONE) {
    ryx_sql_puts(q, " LIMIT ");
    ryx_sql_put_expr(q, limit);
  }
  if (offset->kind == RYX_NODE_NONE) return;
  if (limit->kind == RYX_NODE_NONE) ryx_sql_puts(q, q->dialect->offset_alone);
  ryx_sql_puts(q, " OFFSET ");
  ryx_sql_put_expr(q, offset);
}

static void put_group(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *list = p->at[RYX_PART_GROUP];
  const ryx_node *first = ryx_node_first(list), *c = first;

  q->shadows = p->at[RYX_PART_OUTPUTS];
  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > first ? ", " : " GROUP BY ");
    ryx_sql_put_expr(q, c);
  }
  if (p->at[RYX_PART_HAVING]->kind != RYX_NODE_TRUE) {
    ryx_sql_puts(q, " HAVING ");
    ryx_sql_put_pred(q, p->at[RYX_PART_HAVING]);
  }
  q->shadows = NULL;
  if (is_distinct_group(q, p)) put_distinct_group(q, p);
}

static void put_lock(ryx_sql *q, const ryx_node *lock)
{
  const ryx_lock_sql *words = &q->dialect->lock;
  bool shares = lock->value & RYX_LOCK_SHARE;
  const ryx_node *c = ryx_node_first(lock);

  if (lock->kind == RYX_NODE_NONE) return;
  q->reads = false;
  if ((lock->value & RYX_LOCK_SKIP) && !words->skip) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "skip_locked: this database locks no single rows");
    return;
  }
  ryx_sql_puts(q, shares ? words->share : words->update);
  for (; words->has_of && c < ryx_node_end(lock); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c == ryx_node_first(lock) ? " OF " : ", ");
    ryx_sql_source_name(q, c->value);
  }
  if (lock->value & RYX_LOCK_NOWAIT) ryx_sql_puts(q, words->nowait);
  if (lock->value & RYX_LOCK_SKIP) ryx_sql_puts(q, words->skip);
}

/* Both edges before the row, or both behind it. */
static bool leaves_out_row(const ryx_node *frame)
{
  const ryx_node *start = ryx_node_first(frame), *end = ryx_node_next(start);

  if (end->type == RYX_EDGE_PRECEDING) return end->value > 0;
  return start->type == RYX_EDGE_FOLLOWING && start->value > 0;
}

static bool has_such_frame(const ryx_node *list)
{
  for (const ryx_node *c = list; c < ryx_node_end(list); c++) {
    if (c->kind == RYX_NODE_FRAME && leaves_out_row(c)) return true;
  }
  return false;
}

static void put_beside_frames(ryx_sql *q, const ryx_parts *p)
{
  if (!q->dialect->beside_frame) return;
  if (has_such_frame(p->at[RYX_PART_OUTPUTS]) ||
      has_such_frame(p->at[RYX_PART_ORDER])) {
    ryx_sql_puts(q, q->dialect->beside_frame);
  }
}

static void put_clauses(ryx_sql *q, const ryx_parts *p)
{
  put_select_list(q, p);
  ryx_sql_from(q, p);
  put_beside_frames(q, p);
  ryx_sql_where(q, p->at[RYX_PART_WHERE]);
  put_group(q, p);
  q->shadows = p->at[RYX_PART_OUTPUTS];
  ryx_sql_order(q, p->at[RYX_PART_ORDER], " ORDER BY ");
  q->shadows = NULL;
  ryx_sql_limit(q, p);
  put_lock(q, p->at[RYX_PART_LOCK]);
}

static bool is_grouped(const ryx_parts *p)
{
  return ryx_parts_has(p, RYX_PART_GROUP) ||
         p->at[RYX_PART_HAVING]->kind != RYX_NODE_TRUE;
}

/* What COUNT and EXISTS look at: only a bound makes the order of rows matter.
 */
static void put_counted(ryx_sql *q, const ryx_parts *p)
{
  put_select_list(q, p);
  ryx_sql_from(q, p);
  ryx_sql_where(q, p->at[RYX_PART_WHERE]);
  put_group(q, p);
  ryx_sql_limit(q, p);
}

/* SELECT <what> over the rows; `inside` puts those into a sub-query. */
static void put_scalar(ryx_sql *q, const ryx_parts *p, const char *what,
                       bool inside)
{
  ryx_sql_puts(q, "SELECT");
  ryx_sql_put_words(q);
  ryx_sql_puts(q, what);
  if (inside) {
    ryx_sql_puts(q, " FROM (");
    put_counted(q, p);
    ryx_sql_puts(q, ") z");
    return;
  }
  ryx_sql_from(q, p);
  ryx_sql_where(q, p->at[RYX_PART_WHERE]);
}

static void put_select(ryx_sql *q, const ryx_node *n)
{
  const ryx_full *around = q->full;
  const ryx_related *related_around = q->related;
  bool reuses = q->reuses, grouped = q->is_grouped, one = q->makes_one;
  ryx_full full;
  ryx_related related;
  ryx_parts p;

  ryx_node_parts(n, &p);
  ryx_sql_full_open(q, &p, &full);
  ryx_sql_related_open(q, &p, &related);
  q->is_grouped = ryx_parts_has(&p, RYX_PART_GROUP);
  q->makes_one = is_grouped(&p) || (n->value & RYX_SELECT_DISTINCT);
  q->reuses = reuses || q->makes_one;
  if (n->value & RYX_SELECT_COUNT) {
    put_scalar(q, &p, " COUNT(*)",
               ryx_parts_bounded(&p) || is_grouped(&p) ||
                   (n->value & RYX_SELECT_DISTINCT));
  } else if (n->value & RYX_SELECT_EXISTS) {
    /* The first row is enough, unless the caller's bounds leave none. */
    put_scalar(q, &p, " 1", ryx_parts_bounded(&p) || is_grouped(&p));
    ryx_sql_puts(q, " LIMIT 1");
  } else {
    put_clauses(q, &p);
  }
  q->full = around;
  q->related = related_around;
  q->reuses = reuses;
  q->is_grouped = grouped;
  q->makes_one = one;
}

/* A part of a set operation as it stands, or as the rows of a sub-query: SQLite
 * knows no parentheses here, and precedence differs. */
static void put_part(ryx_sql *q, const ryx_node *n)
{
  bool inside = n->kind == RYX_NODE_COMBINED;
  ryx_parts p;

  if (!inside) {
    ryx_node_parts(n, &p);
    inside = ryx_parts_bounded(&p) || ryx_parts_has(&p, RYX_PART_ORDER);
  }
  if (!inside) {
    put_select(q, n);
    return;
  }
  ryx_sql_puts(q, "SELECT * FROM (");
  ryx_sql_table_body(q, n);
  ryx_sql_puts(q, ") z");
}

static void put_combined(ryx_sql *q, const ryx_node *n)
{
  const char *word = q->dialect->combine[n->value];
  const ryx_node *first = ryx_node_first(n), *c = first;

  if (!word) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this database has no %s ALL: leave the duplicates out",
                 n->value == RYX_COMBINE_EXCEPT_ALL ? "EXCEPT" : "INTERSECT");
    return;
  }
  for (; c < ryx_node_end(n); c = ryx_node_end(c)) {
    if (c > first) ryx_sql_puts(q, word);
    put_part(q, c);
  }
}

/* Is one of the CTEs a source anywhere in it? */
static bool reads_any(const ryx_node *n, const ryx_node *ctes)
{
  for (const ryx_node *c = n; c < ryx_node_end(n); c++) {
    if (c->kind != RYX_NODE_TABLE) continue;
    const ryx_node *cte = ryx_node_first(ctes);
    for (; cte < ryx_node_end(ctes); cte = ryx_node_end(cte)) {
      if (ryx_node_same_name(c, cte)) return true;
    }
  }
  return false;
}

static void put_with(ryx_sql *q, const ryx_node *list);

/* Not every server takes WITH before a write, but every one in a sub-query. */
void ryx_sql_body(ryx_sql *q, const ryx_node *n)
{
  const char *no_search = q->no_search;
  const ryx_node *ctes = q->ctes;

  if (q->rc < 0) return;
  q->no_search = NULL; /* it has tables of its own */
  q->depth++;
  if (ctes && reads_any(n, ctes)) {
    const char *hint = q->hint; /* of this SELECT, not of theirs */

    q->ctes = NULL;
    q->hint = NULL;
    put_with(q, ctes);
    q->hint = hint;
  }
  if (n->kind == RYX_NODE_COMBINED) {
    put_combined(q, n);
  } else {
    put_select(q, n);
  }
  q->depth--;
  q->no_search = no_search;
  q->ctes = ctes;
}

void ryx_sql_table_body(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *around = q->inside;

  q->inside = n;
  ryx_sql_body(q, n);
  q->inside = around;
}

/* What it gives back is not what the statement gives. */
static void put_cte_write(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *outputs = q->outputs;

  if (!q->dialect->has_cte_writes) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this database has no WITH that writes: write in a statement "
                 "of its own, in one transaction");
    return;
  }
  ryx_sql_change(q, n);
  q->outputs = outputs;
}

static bool any_writes(const ryx_node *ctes)
{
  const ryx_node *c = ryx_node_first(ctes);

  for (; c < ryx_node_end(ctes); c = ryx_node_end(c)) {
    if (c->value & RYX_CTE_WRITES) return true;
  }
  return false;
}

static void put_cte(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *columns = ryx_node_first(n);

  ryx_sql_put_name(q, n);
  ryx_sql_names(q, columns);
  ryx_sql_puts(q, " AS ");
  if ((n->value & RYX_CTE_ONCE) && q->dialect->cte_once) {
    ryx_sql_puts(q, q->dialect->cte_once);
  }
  ryx_sql_puts(q, "(");
  if (n->value & RYX_CTE_WRITES) {
    put_cte_write(q, ryx_node_next(columns));
  } else {
    ryx_sql_body(q, ryx_node_next(columns));
  }
  ryx_sql_puts(q, ")");
}

static void put_with(ryx_sql *q, const ryx_node *list)
{
  const ryx_node *c = ryx_node_first(list);
  bool recursive = false;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    if (c->value & RYX_CTE_RECURSIVE) recursive = true;
  }
  c = ryx_node_first(list);
  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    if (c > ryx_node_first(list)) {
      ryx_sql_puts(q, ", ");
    } else {
      ryx_sql_puts(q, recursive ? "WITH RECURSIVE " : "WITH ");
    }
    put_cte(q, c);
  }
  if (list->size > 1) ryx_sql_puts(q, " ");
}

void ryx_sql_ctes(ryx_sql *q, const ryx_node *list)
{
  if (any_writes(list)) {
    put_with(q, list);
  } else {
    q->ctes = list;
  }
}

/* What comes back are the database's own columns. */
static void put_explain(ryx_sql *q, uint32_t how)
{
  const char *words = q->dialect->explain[how];

  if (!words) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "explain: this database does not measure what it runs: leave "
                 "analyze out");
    return;
  }
  ryx_sql_puts(q, words);
  q->reads = false;
  q->scalar = NULL;
  q->outputs = q->tree->nodes; /* none */
}

void ryx_sql_query(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *ctes = ryx_node_first(n), *select = ryx_node_next(ctes);
  ryx_parts p;
  bool copies;

  ryx_node_parts(select, &p);
  q->reads = !any_writes(ctes);
  q->outputs = p.at[RYX_PART_OUTPUTS];
  if (select->value & RYX_SELECT_COUNT) q->scalar = "count";
  if (select->value & RYX_SELECT_EXISTS) q->scalar = "exists";
  copies = (select->value & RYX_SELECT_COPY) && (q->caps & RYX_SERVER_COPY);
  if (copies) ryx_sql_puts(q, "COPY (");
  if (n->value != RYX_EXPLAIN_ROWS) put_explain(q, n->value);
  put_with(q, ctes);
  q->is_whole = q->dialect->joins_groups && ctes->size == 1 &&
                !(select->value & RYX_SELECT_EXISTS);
  q->hints_words = q->tree->n_hints > 0;
  put_select(q, select);
  if (!copies) return;
  q->copies = true;
  ryx_sql_puts(q, ") TO STDOUT (FORMAT csv)");
  if (q->n_binds > 0 || !q->reads) {
    ryx_sql_fail(q, RYX_E_MISUSE,
                 "COPY takes no parameters, and neither locks nor writes");
  }
}
