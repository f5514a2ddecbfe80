/* SPDX-License-Identifier: MIT */
/* Reads expressions and conditions. */
#include "sql/function.h"
#include "sql/lookup.h"
#include "sql/reader.h"

static void read_type(ryx_reader *r, uint32_t node)
{
  uint32_t type = ryx_read_below(r, RYX_T_MAX, "a type is unknown");
  uint32_t elem = ryx_read_below(r, RYX_T_MAX, "an item type is unknown");

  ryx_read_at(r, node)->type = (uint8_t)type;
  ryx_read_at(r, node)->elem = (uint8_t)elem;
}

static void read_null(ryx_reader *r, uint32_t node)
{
  ryx_read_at(r, node)->maybe_null =
      ryx_read_below(r, 2, "null is not 0 or 1") == 1;
}

static void read_typed(ryx_reader *r, uint32_t node)
{
  read_type(r, node);
  read_null(r, node);
}

static void read_column(ryx_reader *r)
{
  uint32_t source =
      ryx_read_below(r, r->tree->n_sources, "a column's source is unknown");
  uint32_t node = ryx_read_named(r, RYX_NODE_COLUMN);

  read_typed(r, node);
  ryx_read_at(r, node)->value = source;
}

void ryx_read_param(ryx_reader *r)
{
  uint32_t number =
      ryx_read_below(r, RYX_PARAMS_MAX, "there are too many parameters");
  uint32_t node = ryx_read_open(r, RYX_NODE_PARAM), len;
  const char *s;

  read_type(r, node);
  s = ryx_read_text(r, &len);
  ryx_read_at(r, node)->name = s;
  ryx_read_at(r, node)->name_len = len;
  ryx_read_at(r, node)->value = number;
  if (!r->wrong) ryx_read_param_at(r, number, node);
}

static void read_star(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_STAR);

  ryx_read_at(r, node)->type = RYX_T_INT;
}

static void read_int(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_INT);
  uint32_t bits = ryx_read_below(r, 4, "the bits of a number are unknown");

  ryx_read_at(r, node)->type = RYX_T_INT;
  ryx_read_at(r, node)->is_negative = bits & RYX_INT_NEGATIVE;
  ryx_read_at(r, node)->maybe_null = (bits & RYX_INT_MAYBE_NULL) != 0;
  ryx_read_at(r, node)->value = ryx_read_number(r);
}

static void read_literal(ryx_reader *r)
{
  ryx_read_at(r, ryx_read_named(r, RYX_NODE_TEXT))->type = RYX_T_TEXT;
}

static void read_new(ryx_reader *r)
{
  if (!r->has_new) ryx_read_fail(r, "a new row is known in a conflict only");
  read_typed(r, ryx_read_named(r, RYX_NODE_NEW));
}

/* A name from one of the two tables; -1 is an error that shows the name. */
static uint32_t read_word(ryx_reader *r, int (*find)(const char *, size_t),
                          bool is_function)
{
  uint32_t len;
  const char *s = ryx_read_text(r, &len);
  int number = r->wrong ? 0 : find(s, len);

  if (number >= 0) return (uint32_t)number;
  r->word = s;
  r->word_len = len;
  r->is_function = is_function;
  ryx_read_fail(r, "a name is unknown");
  return 0;
}

static uint32_t read_function(ryx_reader *r, ryx_node_kind kind)
{
  uint32_t function = read_word(r, ryx_function_find, true);
  uint32_t node = ryx_read_open(r, kind);

  ryx_read_at(r, node)->value = function;
  read_typed(r, node);
  return node;
}

/* Reads n arguments, as many as the function takes. */
static void read_arguments(ryx_reader *r, uint32_t function)
{
  const ryx_function_info *info = ryx_function_get(function);
  uint32_t n = ryx_read_number(r);

  if (n < info->least || n > info->most) {
    ryx_read_fail(r, "a function has the wrong number of arguments");
  }
  for (; n > 0 && !r->wrong; n--)
    ryx_read_expr(r);
}

static void read_call(ryx_reader *r)
{
  uint32_t node = read_function(r, RYX_NODE_CALL);

  read_arguments(r, ryx_read_at(r, node)->value);
  ryx_read_close(r, node);
}

static void read_aggregate(ryx_reader *r)
{
  uint32_t node = read_function(r, RYX_NODE_AGGREGATE), list;

  ryx_read_at(r, node)->is_distinct =
      ryx_read_below(r, 2, "distinct is not 0 or 1") == 1;
  list = ryx_read_open(r, RYX_NODE_LIST);
  read_arguments(r, ryx_read_at(r, node)->value);
  ryx_read_close(r, list);
  ryx_read_pred(r);
  ryx_read_list(r, ryx_read_order);
  ryx_read_close(r, node);
}

static void read_edge(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_EDGE);
  uint32_t kind =
      ryx_read_below(r, RYX_EDGE_MAX, "an edge of a frame is unknown");

  ryx_read_at(r, node)->type = (uint8_t)kind;
  ryx_read_at(r, node)->value = ryx_read_number(r);
}

static void read_frame(ryx_reader *r)
{
  uint32_t node, mode, exclude;

  if (ryx_read_eat(r, '-')) {
    ryx_read_none(r);
    return;
  }
  node = ryx_read_open(r, RYX_NODE_FRAME);
  mode = ryx_read_below(r, RYX_FRAME_MAX, "the mode of a frame is unknown");
  read_edge(r);
  read_edge(r);
  exclude =
      ryx_read_below(r, RYX_EXCLUDE_MAX, "what a frame excludes is unknown");
  ryx_read_at(r, node)->value = mode + RYX_FRAME_MAX * exclude;
  ryx_read_close(r, node);
}

static void read_window(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_WINDOW), function;
  const ryx_node *of;

  function = r->tree->n;
  ryx_read_expr(r);
  if (r->wrong) return;
  of = ryx_read_at(r, function);
  if (of->kind != RYX_NODE_CALL && of->kind != RYX_NODE_AGGREGATE) {
    ryx_read_fail(r, "a window is of a function");
  }
  ryx_read_at(r, node)->type = of->type;
  ryx_read_at(r, node)->elem = of->elem;
  ryx_read_at(r, node)->maybe_null = of->maybe_null;
  ryx_read_list(r, ryx_read_expr);
  ryx_read_list(r, ryx_read_order);
  read_frame(r);
  ryx_read_close(r, node);
}

static void read_optional(ryx_reader *r)
{
  if (ryx_read_eat(r, '-')) {
    ryx_read_none(r);
  } else {
    ryx_read_expr(r);
  }
}

static void read_case(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_CASE), n;

  read_typed(r, node);
  n = ryx_read_number(r);
  if (n == 0) ryx_read_fail(r, "a CASE has no WHEN");
  for (; n > 0 && !r->wrong; n--) {
    uint32_t when = ryx_read_open(r, RYX_NODE_WHEN);
    ryx_read_pred(r);
    ryx_read_expr(r);
    ryx_read_close(r, when);
  }
  read_optional(r);
  ryx_read_close(r, node);
}

static void read_subquery(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_SUBQUERY);

  read_type(r, node);
  ryx_read_at(r, node)->maybe_null = true;
  ryx_read_body(r);
  ryx_read_close(r, node);
}

static void read_condition(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_CONDITION);

  ryx_read_at(r, node)->type = RYX_T_BOOL;
  ryx_read_pred(r);
  ryx_read_close(r, node);
}

static void read_raw(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_RAW), n;

  read_typed(r, node);
  ryx_read_named(r, RYX_NODE_PIECE);
  for (n = ryx_read_number(r); n > 0 && !r->wrong; n--) {
    ryx_read_expr(r);
    ryx_read_named(r, RYX_NODE_PIECE);
  }
  ryx_read_close(r, node);
}

static void read_step(ryx_reader *r)
{
  uint32_t node;

  if (ryx_read_eat(r, 'k')) {
    ryx_read_named(r, RYX_NODE_KEY);
    return;
  }
  if (!ryx_read_eat(r, 'i')) ryx_read_fail(r, "a step is a key or a position");
  node = ryx_read_open(r, RYX_NODE_INDEX);
  ryx_read_at(r, node)->value =
      ryx_read_below(r, INT32_MAX, "a position is too large");
}

static void read_json(ryx_reader *r)
{
  uint32_t kind = ryx_read_below(r, RYX_JSON_AS_MAX, "a kind is unknown");
  uint32_t node = ryx_read_open(r, RYX_NODE_JSON), n;

  read_type(r, node);
  ryx_read_at(r, node)->maybe_null = true;
  ryx_read_at(r, node)->value = kind;
  ryx_read_expr(r);
  n = ryx_read_below(r, RYX_LIMIT_DEPTH + 1,
                     "a path into a document has more than 200 steps");
  for (; n > 0 && !r->wrong; n--)
    read_step(r);
  ryx_read_close(r, node);
}

/* A child that must be of a kind and a type. */
static void read_child(ryx_reader *r, ryx_node_kind kind, int type,
                       const char *why)
{
  uint32_t node = r->tree->n;

  ryx_read_expr(r);
  if (r->wrong) return;
  if (ryx_read_at(r, node)->kind != kind ||
      (type >= 0 && ryx_read_at(r, node)->type != type)) {
    ryx_read_fail(r, why);
  }
}

static void read_field(ryx_reader *r)
{
  uint32_t bits = ryx_read_below(r, 4 * RYX_FIELD_WEIGHT,
                                 "the bits of a field are unknown");
  uint32_t node = ryx_read_named(r, RYX_NODE_FIELD);

  ryx_read_at(r, node)->value = bits;
  read_child(r, RYX_NODE_COLUMN, RYX_T_TEXT, "a search is of columns of text");
  ryx_read_close(r, node);
}

/* Gives whether it is searched. */
static bool read_field_of(ryx_reader *r)
{
  uint32_t node = r->tree->n;

  read_field(r);
  return !r->wrong && (ryx_read_at(r, node)->value & RYX_FIELD_SEARCHED);
}

static void read_search(ryx_reader *r)
{
  uint32_t kind = ryx_read_below(r, RYX_SEARCH_MAX, "a search is unknown");
  uint32_t node = ryx_read_named(r, RYX_NODE_SEARCH), n, searched = 0, i;

  ryx_read_at(r, node)->value = kind;
  ryx_read_at(r, node)->type =
      kind == RYX_SEARCH_MATCH ? RYX_T_BOOL : RYX_T_DOUBLE;
  ryx_read_named(r, RYX_NODE_NAME);
  read_child(r, RYX_NODE_PARAM, RYX_T_TEXT, "what is searched for is a text");
  read_child(r, RYX_NODE_COLUMN, -1, "a key is a column");
  n = ryx_read_number(r);
  for (i = 0; i < n && !r->wrong; i++)
    searched += read_field_of(r);
  if (searched == 0 || (searched > 1 && searched < n)) {
    ryx_read_fail(r, "a search is of one field or of all");
  }
  ryx_read_close(r, node);
}

void ryx_read_expr(ryx_reader *r)
{
  if (!ryx_read_enter(r)) return;
  switch (ryx_read_byte(r)) {
    case 'c': read_column(r); break;
    case 'p': ryx_read_param(r); break;
    case '*': read_star(r); break;
    case 'n': read_int(r); break;
    case 't': read_literal(r); break;
    case 'f': read_call(r); break;
    case 'a': read_aggregate(r); break;
    case 'w': read_window(r); break;
    case 'k': read_case(r); break;
    case 'q': read_subquery(r); break;
    case 'b': read_condition(r); break;
    case 'r': read_raw(r); break;
    case 'x': read_new(r); break;
    case 'j': read_json(r); break;
    case 's': read_search(r); break;
    default: ryx_read_fail(r, "an expression is expected"); break;
  }
  ryx_read_leave(r);
}

void ryx_read_order(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_ORDER), bits;

  ryx_read_expr(r);
  bits = ryx_read_below(r, 6, "the bits of an order are unknown");
  ryx_read_at(r, node)->value = bits;
  ryx_read_close(r, node);
}

static void read_preds(ryx_reader *r, ryx_node_kind kind, uint32_t n)
{
  uint32_t node = ryx_read_open(r, kind);

  for (; n > 0 && !r->wrong; n--)
    ryx_read_pred(r);
  ryx_read_close(r, node);
}

static void check_in(ryx_reader *r, const ryx_node *left, const ryx_node *list)
{
  if (list->kind == RYX_NODE_SUBQUERY) return;
  if (list->kind != RYX_NODE_PARAM || list->type != RYX_T_ARRAY ||
      list->elem != left->type) {
    ryx_read_fail(r, "'in' takes a list of the type of its left side");
  }
}

static void check_sized(ryx_reader *r, const ryx_node *list)
{
  const ryx_node *letters = ryx_node_end(list);

  if (list->kind != RYX_NODE_PARAM || letters->kind != RYX_NODE_INT ||
      ryx_node_end(letters)->kind != RYX_NODE_INT) {
    ryx_read_fail(r, "'in_sized' takes a list and two numbers");
  }
}

static void check_lookup(ryx_reader *r, uint32_t lookup, uint32_t node)
{
  const ryx_node *left = ryx_node_first(ryx_read_at(r, node));

  if (!(ryx_lookup_get(lookup)->types & 1 << left->type)) {
    ryx_read_fail(r, "a lookup does not fit the type of its left side");
  }
  if (ryx_lookup_is_in(lookup)) check_in(r, left, ryx_node_end(left));
  if (lookup == RYX_LOOKUP_IN_SIZED) check_sized(r, ryx_node_end(left));
}

static void read_lookup(ryx_reader *r)
{
  uint32_t lookup = read_word(r, ryx_lookup_find, false);
  uint32_t node = ryx_read_open(r, RYX_NODE_LOOKUP), n;

  ryx_read_expr(r);
  n = ryx_read_number(r);
  if (n != ryx_lookup_get(lookup)->operands) {
    ryx_read_fail(r, "a lookup has the wrong number of operands");
  }
  for (; n > 0 && !r->wrong; n--)
    ryx_read_expr(r);
  if (r->wrong) return;
  ryx_read_close(r, node);
  check_lookup(r, lookup, node);
  ryx_read_at(r, node)->value = lookup;
}

static void read_exists(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_EXISTS);

  ryx_read_body(r);
  ryx_read_close(r, node);
}

static void read_truth(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_TRUTH);

  ryx_read_expr(r);
  if (!r->wrong && ryx_read_at(r, node + 1)->type != RYX_T_BOOL) {
    ryx_read_fail(r, "what is true or false is a boolean");
  }
  ryx_read_close(r, node);
}

void ryx_read_pred(ryx_reader *r)
{
  if (!ryx_read_enter(r)) return;
  switch (ryx_read_byte(r)) {
    case '1': ryx_read_open(r, RYX_NODE_TRUE); break;
    case '0': ryx_read_open(r, RYX_NODE_FALSE); break;
    case '&': read_preds(r, RYX_NODE_AND, ryx_read_number(r)); break;
    case '|': read_preds(r, RYX_NODE_OR, ryx_read_number(r)); break;
    case '!': read_preds(r, RYX_NODE_NOT, 1); break;
    case 'l': read_lookup(r); break;
    case 'e': read_exists(r); break;
    case 'v': read_truth(r); break;
    default: ryx_read_fail(r, "a condition is expected"); break;
  }
  ryx_read_leave(r);
}
