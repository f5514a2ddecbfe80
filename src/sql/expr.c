/* SPDX-License-Identifier: MIT */
/* Expressions: columns, literals, functions by their templates, CASE, windows,
 * sub-queries, documents. */
#include "sql/function.h"
#include "sql/writer.h"
#include "value/caps.h"

/* A function, its arguments, and what an aggregate or a window adds. */
typedef struct call {
  const ryx_node *node; /* CALL or AGGREGATE */
  const ryx_node *first, *end;
  const ryx_node *order;  /* list of ORDER, or NULL */
  const ryx_node *filter; /* condition, or NULL */
  const ryx_node *window; /* or NULL */
  bool has_tail;          /* the template wrote FILTER and OVER itself */
} call;

void ryx_sql_source_name(ryx_sql *q, uint32_t source)
{
  const ryx_node *n = &q->tree->nodes[q->tree->sources[source]];
  const ryx_node *alias = ryx_node_first(n);

  if (n->kind == RYX_NODE_TABLE && alias->name_len == 0) {
    ryx_sql_put_own_name(q, n);
    return;
  }
  ryx_sql_put_name(q, n->kind == RYX_NODE_TABLE ? alias : n);
}

/* Would the name alone mean something else that the query gives? */
static bool is_shadowed(const ryx_sql *q, const ryx_node *column)
{
  const ryx_node *c, *end;

  if (!q->shadows) return false;
  end = ryx_node_end(q->shadows);
  for (c = ryx_node_first(q->shadows); c < end; c = ryx_node_end(c)) {
    const ryx_node *expr = ryx_node_first(c);
    if (ryx_node_same_name(c, column) &&
        !(expr->kind == RYX_NODE_COLUMN && ryx_node_same_name(expr, column))) {
      return true;
    }
  }
  return false;
}

/* Nodes stand in the order in which they were read: what is around a table was
 * met before its body. */
static void check_reach(ryx_sql *q, uint32_t source)
{
  if (!q->inside || (q->caps & RYX_SERVER_ROWS_AROUND)) return;
  if (&q->tree->nodes[q->tree->sources[source]] > q->inside) return;
  ryx_sql_fail(q, RYX_E_UNSUPPORTED,
               "OuterRef reaches no row here: on this server a union, distinct "
               "over fields, filters on windows and on groups, and a limit "
               "inside in do not see the rows around; give it to a query "
               "without these");
}

/* Does a sub-query of an update read what the update sets? */
static bool is_old(const ryx_sql *q, const ryx_node *column)
{
  if (!q->sets || q->depth == 0 || column->value != 0) return false;
  for (const ryx_node *c = ryx_node_first(q->sets); c < ryx_node_end(q->sets);
       c = ryx_node_end(c)) {
    if (ryx_node_same_name(c, column)) return true;
  }
  return false;
}

static void put_column(ryx_sql *q, const ryx_node *n)
{
  bool old = is_old(q, n);

  check_reach(q, n->value);
  if (q->full && ryx_sql_full_column(q, n)) return;
  if (old) ryx_sql_puts(q, q->dialect->old_column[0]);
  if (q->qualifies || is_shadowed(q, n)) {
    ryx_sql_source_name(q, n->value);
    ryx_sql_put(q, ".", 1);
  }
  ryx_sql_put_name(q, n);
  if (old) ryx_sql_puts(q, q->dialect->old_column[1]);
}

/* In parentheses when negative: two signs in a row begin a comment. */
static void put_int(ryx_sql *q, const ryx_node *n)
{
  if (n->is_negative) ryx_sql_put(q, "(-", 2);
  ryx_sql_put_number(q, n->value);
  if (n->is_negative) ryx_sql_put(q, ")", 1);
}

static void put_list(ryx_sql *q, const ryx_node *first, const ryx_node *end)
{
  for (const ryx_node *c = first; c < end; c = ryx_node_end(c)) {
    if (c > first) ryx_sql_put(q, ", ", 2);
    ryx_sql_put_expr(q, c);
  }
}

void ryx_sql_put_ordered(ryx_sql *q, const ryx_node *n)
{
  const char *suffix = q->dialect->ordered[n->type];

  ryx_sql_put_expr(q, n);
  if (suffix) ryx_sql_puts(q, suffix);
}

/* A text is not ordered as the decimals that stand in its conditions. */
static void put_text_order(ryx_sql *q, const ryx_node *n, size_t start)
{
  const ryx_dialect *d = q->dialect;
  const char *decimal = d->ordered[RYX_T_DECIMAL];

  bool is_number = n->type >= RYX_T_BOOL && n->type <= RYX_T_DOUBLE;

  if (q->rc < 0 || !d->text_order || is_number || n->type == RYX_T_DECIMAL)
    return;
  if (memmem(q->text + start, q->len - start, decimal, strlen(decimal)))
    ryx_sql_puts(q, d->text_order);
}

/* Functions. */

static bool is_filtered(const call *c)
{
  return c->filter && c->filter->kind != RYX_NODE_TRUE;
}

static bool picks_text(const call *c, const ryx_node *n)
{
  uint32_t fn = c->node->value;

  return (fn == RYX_FN_MAXIMUM || fn == RYX_FN_MINIMUM) &&
         n->type == RYX_T_TEXT && n->kind != RYX_NODE_COLUMN;
}

static void put_picked(ryx_sql *q, const call *c, const ryx_node *n)
{
  const char *const *around = q->dialect->picked_text;
  bool must_tell = around[0] && picks_text(c, n);

  if (must_tell) ryx_sql_puts(q, around[0]);
  ryx_sql_put_expr(q, n);
  if (must_tell) ryx_sql_puts(q, around[1]);
}

/* Without FILTER what does not pass becomes NULL, which is not counted. */
static void put_passing(ryx_sql *q, const call *c, const ryx_node *n)
{
  ryx_sql_puts(q, "CASE WHEN ");
  ryx_sql_put_pred(q, c->filter);
  ryx_sql_puts(q, " THEN ");
  if (n->kind == RYX_NODE_STAR) {
    ryx_sql_put(q, "1", 1);
  } else {
    put_picked(q, c, n);
  }
  ryx_sql_puts(q, " END");
}

static void put_argument(ryx_sql *q, const call *c, int number)
{
  bool passes = number == 1 && is_filtered(c) && !q->dialect->has_filter;
  const ryx_node *n = c->first;

  while (--number > 0 && n < c->end)
    n = ryx_node_end(n);
  if (n == c->end) return;
  if (passes) {
    put_passing(q, c, n);
  } else if (n->kind == RYX_NODE_STAR) {
    ryx_sql_put(q, "*", 1);
  } else {
    put_picked(q, c, n);
  }
}

/* The order as arguments: each key and a number that says how. */
static void put_keys(ryx_sql *q, const ryx_node *order)
{
  const ryx_node *c = ryx_node_first(order);

  for (; c < ryx_node_end(order); c = ryx_node_end(c)) {
    const ryx_node *key = ryx_node_first(c);
    ryx_sql_put(q, ", ", 2);
    ryx_sql_put_expr(q, key);
    ryx_sql_put(q, ", ", 2);
    ryx_sql_put_number(q, c->value + (key->type == RYX_T_DECIMAL ? 8 : 0));
  }
}

static void put_edge(ryx_sql *q, const ryx_node *n)
{
  static const char *const words[RYX_EDGE_MAX] = {
      [RYX_EDGE_FIRST] = "UNBOUNDED PRECEDING",
      [RYX_EDGE_PRECEDING] = " PRECEDING",
      [RYX_EDGE_CURRENT] = "CURRENT ROW",
      [RYX_EDGE_FOLLOWING] = " FOLLOWING",
      [RYX_EDGE_LAST] = "UNBOUNDED FOLLOWING",
  };

  if (n->type == RYX_EDGE_PRECEDING || n->type == RYX_EDGE_FOLLOWING)
    ryx_sql_put_number(q, n->value);
  ryx_sql_puts(q, words[n->type]);
}

static void put_frame(ryx_sql *q, const ryx_node *n)
{
  static const char *const modes[RYX_FRAME_MAX] = {
      [RYX_FRAME_ROWS] = "ROWS",
      [RYX_FRAME_RANGE] = "RANGE",
      [RYX_FRAME_GROUPS] = "GROUPS",
  };
  static const char *const excludes[RYX_EXCLUDE_MAX] = {
      [RYX_EXCLUDE_NONE] = "",
      [RYX_EXCLUDE_CURRENT_ROW] = " EXCLUDE CURRENT ROW",
      [RYX_EXCLUDE_GROUP] = " EXCLUDE GROUP",
      [RYX_EXCLUDE_TIES] = " EXCLUDE TIES",
  };
  const ryx_node *start = ryx_node_first(n);
  uint32_t mode = n->value % RYX_FRAME_MAX, exclude = n->value / RYX_FRAME_MAX;

  if ((mode == RYX_FRAME_GROUPS || exclude != RYX_EXCLUDE_NONE) &&
      !q->dialect->has_groups) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this database has no GROUPS and no EXCLUDE in the frame of a "
                 "window: use rows or range");
  }
  ryx_sql_puts(q, modes[mode]);
  ryx_sql_puts(q, " BETWEEN ");
  put_edge(q, start);
  ryx_sql_puts(q, " AND ");
  put_edge(q, ryx_node_next(start));
  ryx_sql_puts(q, excludes[exclude]);
}

static void put_over(ryx_sql *q, const ryx_node *window)
{
  const ryx_node *partition = ryx_node_next(ryx_node_first(window));
  const ryx_node *order = ryx_node_next(partition);
  const ryx_node *frame = ryx_node_next(order);
  const char *space = "";

  ryx_sql_puts(q, " OVER (");
  if (partition->size > 1) {
    ryx_sql_puts(q, "PARTITION BY ");
    put_list(q, ryx_node_first(partition), ryx_node_end(partition));
    space = " ";
  }
  if (order->size > 1) {
    ryx_sql_puts(q, space);
    ryx_sql_order(q, order, "ORDER BY ");
    space = " ";
  }
  if (frame->kind == RYX_NODE_FRAME) {
    ryx_sql_puts(q, space);
    put_frame(q, frame);
  }
  ryx_sql_put(q, ")", 1);
}

/* What takes NULLs, too, cannot be given one for what does not pass. */
static bool keeps_nulls(const ryx_node *aggregate)
{
  return aggregate->value == RYX_FN_ARRAY_AGG ||
         aggregate->value == RYX_FN_ARRAY_AGG_BOOL ||
         aggregate->value == RYX_FN_ARRAY_AGG_DECIMAL ||
         aggregate->value == RYX_FN_JSON_AGG;
}

static void put_filter(ryx_sql *q, const call *c)
{
  if (!is_filtered(c)) return;
  if (q->dialect->has_filter) {
    ryx_sql_puts(q, " FILTER (WHERE ");
    ryx_sql_put_pred(q, c->filter);
    ryx_sql_put(q, ")", 1);
  } else if (keeps_nulls(c->node)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this database cannot filter the aggregate '%s': filter the "
                 "rows instead",
                 ryx_function_get(c->node->value)->name);
  }
}

/* What follows the parenthesis that closes an aggregate or window function. */
static void put_tail(ryx_sql *q, call *c)
{
  c->has_tail = true;
  put_filter(q, c);
  if (c->window) put_over(q, c->window);
}

static void put_hole(ryx_sql *q, call *c, char hole)
{
  bool is_distinct = c->node->is_distinct;

  switch (hole) {
    case '*': put_list(q, c->first, c->end); break;
    case 'r': put_list(q, ryx_node_end(c->first), c->end); break;
    case 'i': ryx_sql_puts(q, q->fold->open); break;
    case 'f': ryx_sql_puts(q, q->fold->fold); break;
    case 'b': ryx_sql_puts(q, q->fold->compare); break;
    case 'd':
      if (is_distinct) ryx_sql_puts(q, "DISTINCT ");
      break;
    case 'D': ryx_sql_put(q, is_distinct ? "1" : "0", 1); break;
    case 'q':
      if (c->order) ryx_sql_order(q, c->order, " ORDER BY ");
      break;
    case 'k':
      if (c->order) put_keys(q, c->order);
      break;
    case 'o': put_tail(q, c); break;
    case '%': ryx_sql_put(q, "%", 1); break;
    default: put_argument(q, c, hole - '0'); break;
  }
}

static const char *template_of(ryx_sql *q, uint32_t function)
{
  const ryx_dialect *d = q->dialect;
  const char *s = d->functions[function];

  if (!s && d->family_functions) s = d->family_functions[function];
  if (!s) s = ryx_functions_common[function];
  if (s) return s;
  ryx_sql_fail(q, RYX_E_UNSUPPORTED, "this database has no function for '%s'",
               ryx_function_get(function)->name);
  return "";
}

static bool needs_zones(uint32_t fn)
{
  return fn == RYX_FN_AT_ZONE || fn == RYX_FN_AT_ZONE_DATETIMETZ;
}

static bool is_mode(uint32_t fn)
{
  return fn >= RYX_FN_MODE && fn <= RYX_FN_MODE_DATETIME;
}

/* Functions that not every server has, or not everywhere. */
static void check_server(ryx_sql *q, uint32_t fn)
{
  const ryx_dialect *d = q->dialect;

  if (needs_zones(fn) && !(q->caps & RYX_SERVER_ZONES)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server knows no named time zones, so a time in one "
                 "would be NULL: load them with %s",
                 d->zones_from);
  }
  if (is_mode(fn) && (d->list_cap & ~q->caps)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED, "Mode needs a server with %s",
                 d->list_need);
  }
  if (is_mode(fn) && d->mode_ungrouped && q->is_grouped) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this database has no Mode in a query with GROUP BY: take it "
                 "over a relation, or in a Subquery for each group");
  }
}

static void put_call(ryx_sql *q, call *c)
{
  const char *s = template_of(q, c->node->value), *start = s;

  check_server(q, c->node->value);
  for (; *s; s++) {
    if (*s != '%') continue;
    ryx_sql_put(q, start, (size_t)(s - start));
    put_hole(q, c, *++s);
    start = s + 1;
  }
  ryx_sql_put(q, start, (size_t)(s - start));
  if (!c->has_tail) put_tail(q, c);
}

static call of_function(const ryx_node *n)
{
  call c = {.node = n, .first = ryx_node_first(n), .end = ryx_node_end(n)};

  if (n->kind == RYX_NODE_AGGREGATE) {
    const ryx_node *list = ryx_node_first(n), *filter = ryx_node_next(list);
    c.first = ryx_node_first(list);
    c.end = ryx_node_end(list);
    c.filter = filter;
    c.order = ryx_node_next(filter);
  }
  return c;
}

/* What is put in order by its own argument, as that of a DISTINCT aggregate is:
 * the same placeholders say so. */
static bool is_ordered_by_itself(const ryx_node *n)
{
  return n->is_distinct || n->value == RYX_FN_PERCENTILE_DECIMAL ||
         n->value == RYX_FN_PERCENTILE_DURATION;
}

static bool picks(uint32_t fn)
{
  return fn >= RYX_FN_PERCENTILE && fn <= RYX_FN_MODE_DATETIME;
}

static void put_function(ryx_sql *q, const ryx_node *n)
{
  bool reuses = q->reuses;
  const char *no_search = q->no_search;
  size_t start = q->len;
  call c = of_function(n);

  q->reuses = reuses || is_ordered_by_itself(n);
  if (picks(n->value) && q->dialect->no_search_list)
    q->no_search = q->dialect->no_search_list;
  put_call(q, &c);
  put_text_order(q, n, start);
  q->reuses = reuses;
  q->no_search = no_search;
}

static void put_window(ryx_sql *q, const ryx_node *n)
{
  size_t start = q->len;
  call c = of_function(ryx_node_first(n));

  c.window = n;
  if (c.node->is_distinct) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED, "no database has DISTINCT in a window");
  }
  put_call(q, &c);
  put_text_order(q, c.node, start);
}

/* The others. */

static void put_case(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *c = ryx_node_first(n);
  size_t start = q->len;

  ryx_sql_puts(q, "CASE");
  for (; c->kind == RYX_NODE_WHEN; c = ryx_node_next(c)) {
    const ryx_node *condition = ryx_node_first(c);
    ryx_sql_puts(q, " WHEN ");
    ryx_sql_put_pred(q, condition);
    ryx_sql_puts(q, " THEN ");
    ryx_sql_put_expr(q, ryx_node_next(condition));
  }
  if (c->kind != RYX_NODE_NONE) {
    ryx_sql_puts(q, " ELSE ");
    ryx_sql_put_expr(q, c);
  }
  ryx_sql_puts(q, " END");
  put_text_order(q, n, start);
}

static void put_subquery(ryx_sql *q, const ryx_node *n)
{
  if (ryx_sql_related_value(q, n)) return;
  ryx_sql_put(q, "(", 1);
  ryx_sql_body(q, ryx_node_first(n));
  ryx_sql_put(q, ")", 1);
}

static void put_piece(ryx_sql *q, const ryx_node *n)
{
  if (memchr(n->name, '\0', n->name_len)) {
    ryx_sql_fail(q, RYX_E_MISUSE, "the SQL text holds a NUL byte");
  }
  ryx_sql_put(q, n->name, n->name_len);
}

/* In parentheses: what stands around it must not take it apart. */
static void put_raw(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *c = ryx_node_first(n);

  ryx_sql_put(q, "(", 1);
  for (; c < ryx_node_end(n); c = ryx_node_end(c)) {
    if (c->kind == RYX_NODE_PIECE) {
      put_piece(q, c);
    } else {
      ryx_sql_put_expr(q, c);
    }
  }
  ryx_sql_put(q, ")", 1);
}

static void put_new(ryx_sql *q, const ryx_node *n)
{
  ryx_sql_puts(q, q->dialect->new_row[0]);
  ryx_sql_put_name(q, n);
  ryx_sql_puts(q, q->dialect->new_row[1]);
}

void ryx_sql_put_expr(ryx_sql *q, const ryx_node *n)
{
  if (q->rc < 0) return;
  switch ((ryx_node_kind)n->kind) {
    case RYX_NODE_COLUMN: put_column(q, n); break;
    case RYX_NODE_PARAM: ryx_sql_put_param(q, n); break;
    case RYX_NODE_STAR: ryx_sql_puts(q, "COUNT(*)"); break;
    case RYX_NODE_INT: put_int(q, n); break;
    case RYX_NODE_TEXT: ryx_sql_put_literal(q, n->name, n->name_len); break;
    case RYX_NODE_CALL:
    case RYX_NODE_AGGREGATE: put_function(q, n); break;
    case RYX_NODE_WINDOW: put_window(q, n); break;
    case RYX_NODE_CASE: put_case(q, n); break;
    case RYX_NODE_SUBQUERY: put_subquery(q, n); break;
    case RYX_NODE_CONDITION: ryx_sql_put_condition(q, ryx_node_first(n)); break;
    case RYX_NODE_RAW: put_raw(q, n); break;
    case RYX_NODE_NEW: put_new(q, n); break;
    case RYX_NODE_JSON: q->dialect->json(q, n); break;
    case RYX_NODE_SEARCH: q->dialect->search(q, n); break;
    case RYX_NODE_NONE:
    case RYX_NODE_LIST:
    case RYX_NODE_QUERY:
    case RYX_NODE_SELECT:
    case RYX_NODE_COMBINED:
    case RYX_NODE_INSERT:
    case RYX_NODE_UPDATE:
    case RYX_NODE_DELETE:
    case RYX_NODE_CTE:
    case RYX_NODE_TABLE:
    case RYX_NODE_DERIVED:
    case RYX_NODE_LATERAL:
    case RYX_NODE_NAME:
    case RYX_NODE_OUTPUT:
    case RYX_NODE_SET:
    case RYX_NODE_ORDER:
    case RYX_NODE_LOCK:
    case RYX_NODE_CONFLICT:
    case RYX_NODE_FRAME:
    case RYX_NODE_EDGE:
    case RYX_NODE_WHEN:
    case RYX_NODE_PIECE:
    case RYX_NODE_KEY:
    case RYX_NODE_INDEX:
    case RYX_NODE_FIELD:
    case RYX_NODE_TRUE:
    case RYX_NODE_FALSE:
    case RYX_NODE_AND:
    case RYX_NODE_OR:
    case RYX_NODE_NOT:
    case RYX_NODE_LOOKUP:
    case RYX_NODE_EXISTS:
    case RYX_NODE_TRUTH: break; /* the reader lets none of them be here */
  }
}
