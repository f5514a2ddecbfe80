/* SPDX-License-Identifier: MIT */
/* Bytes to nodes. The reader keeps the first thing that is wrong and from then
 * on gives zeros, so the functions below read straight on; loops ask it. */
#include "sql/tree.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "sql/lookup.h"
#include "sql/sql.h"

enum { DEPTH_MAX = 200, SIZE_MAX_BYTES = 1 << 20 };

typedef struct reader {
  const uint8_t *start, *at, *end;
  ryx_tree *tree;
  const char *wrong; /* NULL while all is well */
  const char *word;  /* the unknown lookup, when that is what is wrong */
  uint32_t word_len;
  int depth;
} reader;

static const char no_memory[] = "out of memory";

static void fail(reader *r, const char *why)
{
  if (!r->wrong) r->wrong = why;
}

static char read_byte(reader *r)
{
  if (r->wrong) return 0;
  if (r->at < r->end) return (char)*r->at++;
  fail(r, "it ends too early");
  return 0;
}

static uint32_t read_number(reader *r)
{
  uint64_t v = 0;

  for (int shift = 0; shift < 35; shift += 7) {
    uint8_t byte = (uint8_t)read_byte(r);
    v |= (uint64_t)(byte & 0x7F) << shift;
    if (byte & 0x80) continue;
    if (v <= UINT32_MAX) return (uint32_t)v;
    break;
  }
  fail(r, "a number is too large");
  return 0;
}

static uint32_t read_below(reader *r, uint32_t limit, const char *why)
{
  uint32_t v = read_number(r);

  if (v < limit) return v;
  fail(r, why);
  return 0;
}

static const char *read_text(reader *r, uint32_t *len)
{
  const char *s;

  *len = read_number(r);
  if (*len > (size_t)(r->end - r->at)) fail(r, "a text ends too early");
  if (r->wrong) *len = 0;
  s = (const char *)r->at;
  r->at += *len;
  return s;
}

static int grow_nodes(ryx_tree *t)
{
  bool is_small = t->nodes == t->small_nodes;
  ryx_node *more = ryx_mem_grow(is_small ? NULL : t->nodes, (size_t)t->cap * 2,
                                sizeof *more);

  if (!more) return RYX_E_NOMEM;
  if (is_small) memcpy(more, t->small_nodes, sizeof t->small_nodes);
  t->nodes = more;
  t->cap *= 2;
  return 0;
}

/* Opens a node; node_close counts its children. Gives the index, because the
 * array may move. */
static uint32_t node_open(reader *r, ryx_node_kind kind)
{
  ryx_tree *t = r->tree;

  if (t->n == t->cap && grow_nodes(t) < 0) {
    fail(r, no_memory);
    return 0;
  }
  t->nodes[t->n] = (ryx_node){.kind = (uint8_t)kind, .size = 1, .name = ""};
  return t->n++;
}

static void node_close(reader *r, uint32_t node)
{
  if (!r->wrong) r->tree->nodes[node].size = r->tree->n - node;
}

static ryx_node *node_at(reader *r, uint32_t node)
{
  return &r->tree->nodes[node];
}

static uint32_t read_named(reader *r, ryx_node_kind kind)
{
  uint32_t len, node = node_open(r, kind);
  const char *s = read_text(r, &len);

  node_at(r, node)->name = s;
  node_at(r, node)->name_len = len;
  return node;
}

static void read_type(reader *r, uint32_t node)
{
  uint32_t type = read_below(r, RYX_T_MAX, "a type is unknown");
  uint32_t elem = read_below(r, RYX_T_MAX, "an item type is unknown");

  node_at(r, node)->type = (uint8_t)type;
  node_at(r, node)->elem = (uint8_t)elem;
}

static void read_column(reader *r)
{
  uint32_t n_sources = ryx_tree_part(r->tree, RYX_PART_SOURCES)->size - 1;
  uint32_t source = read_below(r, n_sources, "a column's source is unknown");
  uint32_t node = read_named(r, RYX_NODE_COLUMN);

  read_type(r, node);
  node_at(r, node)->maybe_null = read_below(r, 2, "null is not 0 or 1");
  node_at(r, node)->value = source;
}

static int grow_params(ryx_tree *t, uint32_t number)
{
  bool is_small = t->params == t->small_params;
  uint32_t cap = t->cap_params;
  uint32_t *more;

  while (cap <= number)
    cap *= 2;
  more = ryx_mem_grow(is_small ? NULL : t->params, cap, sizeof *more);
  if (!more) return RYX_E_NOMEM;
  if (is_small) memcpy(more, t->small_params, sizeof t->small_params);
  t->params = more;
  t->cap_params = cap;
  return 0;
}

/* Remembers the first node of a parameter. */
static void note_param(reader *r, uint32_t number, uint32_t node)
{
  ryx_tree *t = r->tree;

  if (number >= t->cap_params && grow_params(t, number) < 0) {
    fail(r, no_memory);
    return;
  }
  while (t->n_params <= number)
    t->params[t->n_params++] = 0;
  if (t->params[number] == 0) t->params[number] = node;
}

static void read_param(reader *r)
{
  uint32_t number =
      read_below(r, RYX_PARAMS_MAX, "there are too many parameters");
  uint32_t type = read_below(r, RYX_T_MAX, "a type is unknown");
  uint32_t elem = read_below(r, RYX_T_MAX, "an item type is unknown");
  uint32_t node = read_named(r, RYX_NODE_PARAM);

  node_at(r, node)->type = (uint8_t)type;
  node_at(r, node)->elem = (uint8_t)elem;
  node_at(r, node)->value = number;
  if (!r->wrong) note_param(r, number, node);
}

static void read_expr(reader *r)
{
  switch (read_byte(r)) {
    case 'c': read_column(r); break;
    case 'p': read_param(r); break;
    default: fail(r, "an expression is expected"); break;
  }
}

/* An output may also be COUNT(*), which is no value for a single row. */
static void read_output_expr(reader *r)
{
  if (r->at < r->end && *r->at == '*') {
    r->at++;
    node_at(r, node_open(r, RYX_NODE_STAR))->type = RYX_T_INT;
    return;
  }
  read_expr(r);
}

static void read_output(reader *r)
{
  uint32_t len, node = node_open(r, RYX_NODE_OUTPUT);
  const char *s;

  read_output_expr(r);
  s = read_text(r, &len);
  node_at(r, node)->name = s;
  node_at(r, node)->name_len = len;
  node_close(r, node);
}

/* RETURNING: a column of the table, written without source and null. */
static void read_returning(reader *r)
{
  uint32_t node = node_open(r, RYX_NODE_OUTPUT);

  read_type(r, read_named(r, RYX_NODE_COLUMN));
  node_close(r, node);
}

static void read_set(reader *r)
{
  uint32_t node = read_named(r, RYX_NODE_SET);

  read_expr(r);
  node_close(r, node);
}

static void read_row_value(reader *r)
{
  uint32_t node = read_named(r, RYX_NODE_SET);

  if (read_byte(r) != 'p') fail(r, "an inserted value is not a parameter");
  read_param(r);
  node_close(r, node);
}

static void read_order(reader *r)
{
  uint32_t node = node_open(r, RYX_NODE_ORDER), bits;

  read_expr(r);
  bits = read_below(r, 6, "the bits of an order are unknown");
  node_at(r, node)->value = bits;
  node_close(r, node);
}

static void read_table(reader *r)
{
  read_named(r, RYX_NODE_TABLE);
}

static void read_list(reader *r, ryx_part part, void (*item)(reader *))
{
  uint32_t node = node_open(r, RYX_NODE_LIST), n = read_number(r);

  for (; n > 0 && !r->wrong; n--)
    item(r);
  node_close(r, node);
  r->tree->part[part] = node;
}

static void read_pred(reader *r);

static void read_preds(reader *r, ryx_node_kind kind, uint32_t n)
{
  uint32_t node = node_open(r, kind);

  for (; n > 0 && !r->wrong; n--)
    read_pred(r);
  node_close(r, node);
}

static uint32_t read_lookup_name(reader *r)
{
  uint32_t len;
  const char *s = read_text(r, &len);
  int lookup;

  if (r->wrong) return 0;
  lookup = ryx_lookup_find(s, len);
  if (lookup >= 0) return (uint32_t)lookup;
  r->word = s;
  r->word_len = len;
  fail(r, "a lookup is unknown");
  return 0;
}

static void check_lookup(reader *r, uint32_t lookup, uint32_t node)
{
  const ryx_node *left = ryx_node_first(node_at(r, node));
  const ryx_node *list = ryx_node_end(left);

  if (!(ryx_lookup_get(lookup)->types & 1 << left->type)) {
    fail(r, "a lookup does not fit the type of its left side");
  }
  if (lookup != RYX_LOOKUP_IN) return;
  if (list->kind != RYX_NODE_PARAM || list->type != RYX_T_ARRAY ||
      list->elem != left->type) {
    fail(r, "'in' takes a list of the type of its left side");
  }
}

static void read_lookup(reader *r)
{
  uint32_t lookup = read_lookup_name(r);
  uint32_t node = node_open(r, RYX_NODE_LOOKUP), n;

  read_expr(r);
  n = read_number(r);
  if (n != ryx_lookup_get(lookup)->operands) {
    fail(r, "a lookup has the wrong number of operands");
  }
  for (; n > 0 && !r->wrong; n--)
    read_expr(r);
  if (r->wrong) return;
  check_lookup(r, lookup, node);
  node_at(r, node)->value = lookup;
  node_close(r, node);
}

static void read_pred(reader *r)
{
  if (++r->depth > DEPTH_MAX) fail(r, "it is nested deeper than 200 levels");
  switch (read_byte(r)) {
    case '1': node_open(r, RYX_NODE_TRUE); break;
    case '0': node_open(r, RYX_NODE_FALSE); break;
    case '&': read_preds(r, RYX_NODE_AND, read_number(r)); break;
    case '|': read_preds(r, RYX_NODE_OR, read_number(r)); break;
    case '!': read_preds(r, RYX_NODE_NOT, 1); break;
    case 'l': read_lookup(r); break;
    default: fail(r, "a condition is expected"); break;
  }
  r->depth--;
}

static void read_where(reader *r)
{
  r->tree->part[RYX_PART_WHERE] = r->tree->n;
  read_pred(r);
}

static void read_bound(reader *r, ryx_part part)
{
  if (r->at < r->end && *r->at == '-') {
    r->at++;
    return;
  }
  r->tree->part[part] = r->tree->n;
  if (read_byte(r) != 'p') fail(r, "a limit is not a parameter");
  read_param(r);
}

/* What select, update and delete have at their end. */
static void read_tail(reader *r)
{
  read_where(r);
  read_list(r, RYX_PART_ORDER, read_order);
  read_bound(r, RYX_PART_LIMIT);
  read_bound(r, RYX_PART_OFFSET);
}

/* The table of a write: a list of one source. */
static void read_target(reader *r)
{
  uint32_t node = node_open(r, RYX_NODE_LIST);

  read_table(r);
  node_close(r, node);
  r->tree->part[RYX_PART_SOURCES] = node;
}

static void read_key(reader *r)
{
  r->tree->part[RYX_PART_KEY] = read_named(r, RYX_NODE_NAME);
}

static uint32_t n_items(const reader *r, ryx_part part)
{
  uint32_t n = 0;
  const ryx_node *list = ryx_tree_part(r->tree, part);
  const ryx_node *c = ryx_node_first(list);

  for (; c < ryx_node_end(list); c = ryx_node_end(c))
    n++;
  return n;
}

static void check_select(reader *r)
{
  uint32_t flags = r->tree->flags;
  bool is_scalar = flags & (RYX_SELECT_COUNT | RYX_SELECT_EXISTS);
  bool distinct = flags & RYX_SELECT_DISTINCT;
  bool has_outputs = n_items(r, RYX_PART_OUTPUTS) > 0;

  if ((flags & RYX_SELECT_COUNT) && (flags & RYX_SELECT_EXISTS)) {
    fail(r, "it asks for both COUNT and EXISTS");
  }
  if (is_scalar && has_outputs != distinct) {
    fail(r, "COUNT and EXISTS have columns exactly when they are DISTINCT");
  }
  if (!is_scalar && !has_outputs) fail(r, "a select has no columns");
}

static void read_select(reader *r)
{
  r->tree->kind = RYX_STMT_KIND_SELECT;
  r->tree->flags = read_below(r, 8, "the flags of a select are unknown");
  read_list(r, RYX_PART_SOURCES, read_table);
  if (!r->wrong && n_items(r, RYX_PART_SOURCES) != 1) {
    fail(r, "a select has one source");
  }
  read_list(r, RYX_PART_OUTPUTS, read_output);
  read_tail(r);
  if (!r->wrong) check_select(r);
}

static void read_insert(reader *r)
{
  ryx_tree *t = r->tree;

  t->kind = RYX_STMT_KIND_INSERT;
  read_target(r);
  t->flags = read_below(r, 8, "the flags of an insert are unknown");
  read_list(r, RYX_PART_SETS, read_row_value);
  read_list(r, RYX_PART_OUTPUTS, read_returning);
  if (r->wrong) return;
  if ((n_items(r, RYX_PART_SETS) == 0) !=
      ((t->flags & RYX_INSERT_DEFAULT) != 0)) {
    fail(r, "an insert has no columns exactly when it is DEFAULT VALUES");
  }
  if ((t->flags & RYX_INSERT_BATCH) && (t->flags & RYX_INSERT_DEFAULT)) {
    fail(r, "an insert of many rows has no columns");
  }
  if ((t->flags & RYX_INSERT_KEY) && n_items(r, RYX_PART_OUTPUTS) != 1) {
    fail(r, "an insert has one generated key");
  }
}

static void read_update(reader *r)
{
  r->tree->kind = RYX_STMT_KIND_UPDATE;
  read_target(r);
  read_list(r, RYX_PART_SETS, read_set);
  read_key(r);
  read_tail(r);
  if (!r->wrong && n_items(r, RYX_PART_SETS) == 0) {
    fail(r, "an update sets no column");
  }
}

static void read_delete(reader *r)
{
  r->tree->kind = RYX_STMT_KIND_DELETE;
  read_target(r);
  read_key(r);
  read_tail(r);
}

static void read_statement(reader *r)
{
  if (read_byte(r) != '1') fail(r, "its version is not 1");
  switch (read_byte(r)) {
    case 'S': read_select(r); break;
    case 'I': read_insert(r); break;
    case 'U': read_update(r); break;
    case 'D': read_delete(r); break;
    default: fail(r, "a statement is expected"); break;
  }
  if (!r->wrong && r->at < r->end) fail(r, "bytes follow its end");
  for (uint32_t i = 0; i < r->tree->n_params; i++) {
    if (r->tree->params[i] == 0) fail(r, "parameter numbers have a gap");
  }
}

static int report_lookup(const reader *r, ryx_err *e)
{
  char word[RYX_NAME_MAX + 1];
  const char *near;

  ryx_err_name(word, r->word, r->word_len);
  near = ryx_err_nearest(word, ryx_sql_lookups(), RYX_LOOKUP_MAX);
  if (!near) {
    return ryx_err_set(e, RYX_E_MISUSE, "unknown lookup '%s'", word);
  }
  return ryx_err_set(e, RYX_E_MISUSE, "unknown lookup '%s': did you mean '%s'?",
                     word, near);
}

static int report(const reader *r, ryx_err *e)
{
  if (r->wrong == no_memory) return ryx_err_nomem(e);
  if (r->word) return report_lookup(r, e);
  return ryx_err_set(e, RYX_E_MISUSE,
                     "malformed query description at byte %zu: %s",
                     (size_t)(r->at - r->start), r->wrong);
}

int ryx_tree_read(ryx_tree *t, const void *desc, size_t n, ryx_err *e)
{
  reader r = {.start = desc, .at = desc, .tree = t};

  r.end = r.start + n;
  t->kind = RYX_STMT_KIND_SELECT;
  t->flags = 0;
  memset(t->part, 0, sizeof t->part);
  t->nodes = t->small_nodes;
  t->cap = sizeof t->small_nodes / sizeof t->small_nodes[0];
  t->params = t->small_params;
  t->cap_params = sizeof t->small_params / sizeof t->small_params[0];
  t->n = t->n_params = 0;
  node_open(&r, RYX_NODE_NONE);
  if (n > SIZE_MAX_BYTES) fail(&r, "it is longer than 1 MiB");
  read_statement(&r);
  return r.wrong ? report(&r, e) : 0;
}

void ryx_tree_fini(ryx_tree *t)
{
  if (t->nodes != t->small_nodes) ryx_mem_free(t->nodes);
  if (t->params != t->small_params) ryx_mem_free(t->params);
  t->nodes = t->small_nodes;
  t->params = t->small_params;
  t->n = t->n_params = 0;
}
