/* SPDX-License-Identifier: MIT */
/* Reads statements: which parts there are, and what must hold among them. */
#include "sql/tree.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "sql/function.h"
#include "sql/hint.h"
#include "sql/lookup.h"
#include "sql/reader.h"
#include "sql/sql.h"

enum { SIZE_MAX_BYTES = 1 << 20, PARTS_END = RYX_PART_MAX };

/* The parts of each statement, in order. */
static const uint8_t select_parts[] = {
    RYX_PART_SOURCES, RYX_PART_OUTPUTS, RYX_PART_WHERE, RYX_PART_GROUP,
    RYX_PART_HAVING,  RYX_PART_ORDER,   RYX_PART_LIMIT, RYX_PART_OFFSET,
    RYX_PART_LOCK,    PARTS_END};
static const uint8_t insert_parts[] = {RYX_PART_SOURCES, RYX_PART_SETS,
                                       RYX_PART_ROWS,    RYX_PART_CONFLICT,
                                       RYX_PART_OUTPUTS, PARTS_END};
static const uint8_t update_parts[] = {
    RYX_PART_SOURCES, RYX_PART_SETS,    RYX_PART_KEY,
    RYX_PART_WHERE,   RYX_PART_ORDER,   RYX_PART_LIMIT,
    RYX_PART_OFFSET,  RYX_PART_OUTPUTS, PARTS_END};
static const uint8_t delete_parts[] = {
    RYX_PART_SOURCES, RYX_PART_KEY,    RYX_PART_WHERE,   RYX_PART_ORDER,
    RYX_PART_LIMIT,   RYX_PART_OFFSET, RYX_PART_OUTPUTS, PARTS_END};

static const uint8_t *parts_of(const ryx_node *statement)
{
  if (statement->kind == RYX_NODE_SELECT) return select_parts;
  if (statement->kind == RYX_NODE_INSERT) return insert_parts;
  if (statement->kind == RYX_NODE_UPDATE) return update_parts;
  return delete_parts;
}

void ryx_node_parts(const ryx_node *statement, ryx_parts *out)
{
  const ryx_node *c = ryx_node_first(statement);

  memset(out->at, 0, sizeof out->at);
  out->statement = statement;
  for (const uint8_t *part = parts_of(statement); *part != PARTS_END; part++) {
    out->at[*part] = c;
    c = ryx_node_next(c);
  }
}

bool ryx_parts_has(const ryx_parts *p, ryx_part part)
{
  const ryx_node *n = p->at[part];

  if (!n || n->kind == RYX_NODE_NONE) return false;
  return n->kind != RYX_NODE_LIST || n->size > 1;
}

const ryx_node *ryx_set_param(const ryx_node *set)
{
  const ryx_node *value = ryx_node_first(set), *param = value;

  if (value->kind == RYX_NODE_CALL) {
    if (value->value != RYX_FN_COALESCE) return NULL;
    param = ryx_node_first(value);
    if (ryx_node_end(ryx_node_end(param)) != ryx_node_end(value)) return NULL;
  }
  if (param->kind != RYX_NODE_PARAM) return NULL;
  for (const ryx_node *n = param + 1; n < ryx_node_end(set); n++) {
    if (n->kind == RYX_NODE_PARAM) return NULL;
  }
  return param;
}

/* What a statement gives. */

void ryx_read_output(ryx_reader *r)
{
  uint32_t len, node = ryx_read_open(r, RYX_NODE_OUTPUT);
  const char *s;

  ryx_read_expr(r);
  s = ryx_read_text(r, &len);
  ryx_read_at(r, node)->name = s;
  ryx_read_at(r, node)->name_len = len;
  ryx_read_close(r, node);
}

void ryx_read_bound(ryx_reader *r)
{
  uint32_t node;
  char kind;

  if (ryx_read_eat(r, '-')) {
    ryx_read_none(r);
    return;
  }
  kind = r->at < r->end ? (char)*r->at : 0;
  if (kind != 'p' && kind != 'n') {
    ryx_read_fail(r, "a limit is no parameter and no number");
  }
  node = r->tree->n;
  ryx_read_expr(r);
  if (!r->wrong && ryx_read_at(r, node)->is_negative) {
    ryx_read_fail(r, "a limit is negative");
  }
}

void ryx_read_name(ryx_reader *r)
{
  ryx_read_named(r, RYX_NODE_NAME);
}

/* Sources. */

/* ON says nothing where there is none: after the first and a CROSS JOIN. */
static void read_on(ryx_reader *r, uint32_t join)
{
  uint32_t on = r->tree->n;

  ryx_read_pred(r);
  if (r->wrong || (join != RYX_JOIN_FIRST && join != RYX_JOIN_CROSS)) return;
  if (ryx_read_at(r, on)->kind != RYX_NODE_TRUE) {
    ryx_read_fail(r, "a source that takes no condition has one");
  }
}

static ryx_node_kind read_kind_of_source(ryx_reader *r)
{
  if (ryx_read_eat(r, 't')) return RYX_NODE_TABLE;
  if (ryx_read_eat(r, 'l')) return RYX_NODE_LATERAL;
  if (!ryx_read_eat(r, 'q')) ryx_read_fail(r, "a source is expected");
  return RYX_NODE_DERIVED;
}

/* The rows of the other side must be there before. */
static bool may_be_lateral(uint32_t join)
{
  return join == RYX_JOIN_INNER || join == RYX_JOIN_LEFT ||
         join == RYX_JOIN_CROSS;
}

static void read_source(ryx_reader *r)
{
  ryx_node_kind kind = read_kind_of_source(r);
  uint32_t join, node;

  join = ryx_read_below(r, RYX_JOIN_MAX, "a kind of join is unknown");
  if (kind == RYX_NODE_LATERAL && !may_be_lateral(join)) {
    ryx_read_fail(r, "a lateral source is joined INNER, LEFT or CROSS");
  }
  node = ryx_read_named(r, kind);
  ryx_read_at(r, node)->value = join;
  ryx_read_source(r, node);
  if (kind == RYX_NODE_TABLE) {
    ryx_read_name(r);
  } else {
    ryx_read_body(r);
  }
  read_on(r, join);
  ryx_read_close(r, node);
}

/* One strength, and at most one way not to wait. */
static bool is_lock(uint32_t bits)
{
  uint32_t strength = bits & (RYX_LOCK_UPDATE | RYX_LOCK_SHARE);
  uint32_t both = RYX_LOCK_NOWAIT | RYX_LOCK_SKIP;

  return (strength == RYX_LOCK_UPDATE || strength == RYX_LOCK_SHARE) &&
         (bits & both) != both;
}

static void read_lock(ryx_reader *r)
{
  uint32_t bits = ryx_read_below(r, 16, "the bits of a lock are unknown");
  uint32_t node, n;

  if (bits == 0) {
    ryx_read_none(r);
    return;
  }
  if (!is_lock(bits)) ryx_read_fail(r, "the bits of a lock are unknown");
  node = ryx_read_open(r, RYX_NODE_LOCK);
  ryx_read_at(r, node)->value = bits;
  for (n = ryx_read_number(r); n > 0 && !r->wrong; n--) {
    uint32_t of = ryx_read_open(r, RYX_NODE_INT);
    ryx_read_at(r, of)->value = ryx_read_below(
        r, r->tree->n_sources, "the source of a lock is unknown");
  }
  ryx_read_close(r, node);
}

/* Statements. */

/* The first source is joined to nothing, every other one to those before. */
static void check_joins(ryx_reader *r, const ryx_node *list)
{
  const ryx_node *first = ryx_node_first(list), *c = first;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    if ((c->value == RYX_JOIN_FIRST) != (c == first)) {
      ryx_read_fail(r, "a source is not the first exactly when it is joined");
    }
  }
}

/* Only rows of tables can be locked, not what is made of them. */
static void check_lock(ryx_reader *r, const ryx_parts *p)
{
  if (!ryx_parts_has(p, RYX_PART_LOCK)) return;
  if (p->statement->value != 0 || ryx_parts_has(p, RYX_PART_GROUP) ||
      p->at[RYX_PART_HAVING]->kind != RYX_NODE_TRUE) {
    ryx_read_fail(r, "a lock is of rows as they stand in their table");
  }
}

static void check_select(ryx_reader *r, uint32_t node)
{
  const ryx_node *n = ryx_read_at(r, node);
  bool is_scalar = n->value & (RYX_SELECT_COUNT | RYX_SELECT_EXISTS);
  bool distinct = n->value & RYX_SELECT_DISTINCT;
  ryx_parts p;

  ryx_node_parts(n, &p);
  if (is_scalar && (n->value & RYX_SELECT_COPY)) {
    ryx_read_fail(r, "COUNT and EXISTS are not copied");
  }
  if ((n->value & RYX_SELECT_COUNT) && (n->value & RYX_SELECT_EXISTS)) {
    ryx_read_fail(r, "it asks for both COUNT and EXISTS");
  }
  if (is_scalar && ryx_parts_has(&p, RYX_PART_OUTPUTS) != distinct) {
    ryx_read_fail(r,
                  "COUNT and EXISTS have columns exactly when they are "
                  "DISTINCT");
  }
  if (!is_scalar && !ryx_parts_has(&p, RYX_PART_OUTPUTS)) {
    ryx_read_fail(r, "a select has no columns");
  }
  check_joins(r, p.at[RYX_PART_SOURCES]);
  check_lock(r, &p);
}

static void read_select(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_SELECT);

  ryx_read_at(r, node)->value =
      ryx_read_below(r, 16, "the flags of a select are unknown");
  ryx_read_list(r, read_source);
  ryx_read_list(r, ryx_read_output);
  ryx_read_pred(r);
  ryx_read_list(r, ryx_read_expr);
  ryx_read_pred(r);
  ryx_read_list(r, ryx_read_order);
  ryx_read_bound(r);
  ryx_read_bound(r);
  read_lock(r);
  ryx_read_close(r, node);
  if (!r->wrong) check_select(r, node);
}

static void read_combined(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_COMBINED), n;

  ryx_read_at(r, node)->value =
      ryx_read_below(r, RYX_COMBINE_MAX, "a set operation is unknown");
  n = ryx_read_number(r);
  if (n == 0) ryx_read_fail(r, "a set operation has no parts");
  for (; n > 0 && !r->wrong; n--)
    ryx_read_body(r);
  ryx_read_close(r, node);
}

void ryx_read_body(ryx_reader *r)
{
  if (!ryx_read_enter(r)) return;
  switch (ryx_read_byte(r)) {
    case 's': read_select(r); break;
    case 'o': read_combined(r); break;
    default: ryx_read_fail(r, "a select is expected"); break;
  }
  ryx_read_leave(r);
}

/* Rows of parameters are bound for a statement of their own. */
static void read_cte_write(ryx_reader *r, uint32_t flags)
{
  uint32_t node = r->tree->n;

  if (flags != RYX_CTE_WRITES) ryx_read_fail(r, "flags of a CTE are unknown");
  if (!ryx_read_change(r)) ryx_read_fail(r, "a write is expected");
  if (!r->wrong && (ryx_read_at(r, node)->value & RYX_INSERT_BATCH)) {
    ryx_read_fail(r, "a CTE writes rows of parameters");
  }
}

static void read_cte(ryx_reader *r)
{
  uint32_t flags = ryx_read_below(r, 8, "flags of a CTE are unknown");
  uint32_t node = ryx_read_named(r, RYX_NODE_CTE);

  ryx_read_at(r, node)->value = flags;
  ryx_read_list(r, ryx_read_name);
  if (flags & RYX_CTE_WRITES) {
    read_cte_write(r, flags);
  } else {
    ryx_read_body(r);
  }
  ryx_read_close(r, node);
}

static void read_query(ryx_reader *r, uint32_t explain)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_QUERY);

  ryx_read_at(r, node)->value = explain;
  ryx_read_list(r, read_cte);
  if (r->at < r->end && *r->at != 's') {
    ryx_read_fail(r, "a statement is no set operation");
  }
  ryx_read_body(r);
  ryx_read_close(r, node);
}

static void read_explain(ryx_reader *r)
{
  uint32_t how =
      ryx_read_below(r, RYX_EXPLAIN_MAX, "what to explain is unknown");

  if (how == RYX_EXPLAIN_ROWS) ryx_read_fail(r, "what to explain is unknown");
  read_query(r, how);
}

static void read_statement(ryx_reader *r)
{
  if (ryx_read_byte(r) != '2') ryx_read_fail(r, "its version is not 2");
  r->tree->root = r->tree->n;
  if (ryx_read_change(r)) {
    /* CTEs stand behind, so that its table is source 0. */
    if (ryx_read_eat(r, 'W')) {
      r->tree->ctes = r->tree->n;
      ryx_read_list(r, read_cte);
    }
  } else if (ryx_read_eat(r, 'S')) {
    read_query(r, RYX_EXPLAIN_ROWS);
  } else if (ryx_read_eat(r, 'E')) {
    read_explain(r);
  } else {
    ryx_read_fail(r, "a statement is expected");
  }
  if (ryx_read_eat(r, '#')) {
    ryx_read_params(r, ryx_read_below(r, RYX_PARAMS_MAX + 1,
                                      "there are too many parameters"));
  }
  ryx_read_hints(r);
  ryx_read_comments(r);
  if (!r->wrong && r->at < r->end) ryx_read_fail(r, "bytes follow its end");
}

static int report_word(const ryx_reader *r, ryx_err *e)
{
  const char *what = r->is_function ? "function" : "lookup";
  const char *near = NULL;
  char word[RYX_NAME_MAX + 1];

  ryx_err_name(word, r->word, r->word_len);
  if (!r->is_function) {
    near = ryx_err_nearest(word, ryx_sql_lookups(), RYX_LOOKUP_MAX);
  }
  if (!near) {
    return ryx_err_set(e, RYX_E_MISUSE, "unknown %s '%s'", what, word);
  }
  return ryx_err_set(e, RYX_E_MISUSE, "unknown %s '%s': did you mean '%s'?",
                     what, word, near);
}

static int report(const ryx_reader *r, ryx_err *e)
{
  if (ryx_read_is_no_memory(r)) return ryx_err_nomem(e);
  if (r->word) return report_word(r, e);
  return ryx_err_set(e, RYX_E_MISUSE,
                     "malformed query description at byte %zu: %s",
                     (size_t)(r->at - r->start), r->wrong);
}

int ryx_tree_read(ryx_tree *t, const void *desc, size_t n, ryx_err *e)
{
  ryx_reader r = {.start = desc, .at = desc, .tree = t};

  r.end = r.start + n;
  t->root = t->ctes = 0;
  t->nodes = t->small_nodes;
  t->cap = sizeof t->small_nodes / sizeof t->small_nodes[0];
  t->params = t->small_params;
  t->cap_params = sizeof t->small_params / sizeof t->small_params[0];
  t->sources = t->small_sources;
  t->cap_sources = sizeof t->small_sources / sizeof t->small_sources[0];
  t->n = t->n_params = t->n_sources = 0;
  t->n_comments = t->n_hints = 0;
  ryx_read_none(&r);
  if (n > SIZE_MAX_BYTES) ryx_read_fail(&r, "it is longer than 1 MiB");
  read_statement(&r);
  return r.wrong ? report(&r, e) : 0;
}

void ryx_tree_fini(ryx_tree *t)
{
  if (t->nodes != t->small_nodes) ryx_mem_free(t->nodes);
  if (t->params != t->small_params) ryx_mem_free(t->params);
  if (t->sources != t->small_sources) ryx_mem_free(t->sources);
  t->nodes = t->small_nodes;
  t->params = t->small_params;
  t->sources = t->small_sources;
  t->n = t->n_params = t->n_sources = 0;
}
