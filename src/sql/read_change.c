/* SPDX-License-Identifier: MIT */
/* Reads statements that write, and what must hold among their parts. */
#include "sql/reader.h"
#include "sql/sql.h"

static void read_set(ryx_reader *r)
{
  uint32_t node = ryx_read_named(r, RYX_NODE_SET);

  ryx_read_expr(r);
  ryx_read_close(r, node);
}

/* Of many rows: a parameter. The set has the type of the column. */
static void read_row_value(ryx_reader *r)
{
  uint32_t node = ryx_read_named(r, RYX_NODE_SET), param = r->tree->n;

  if (ryx_read_byte(r) != 'p') {
    ryx_read_fail(r, "a value of many rows is not a parameter");
  }
  ryx_read_param(r);
  ryx_read_close(r, node);
  if (r->wrong) return;
  ryx_read_at(r, node)->type = ryx_read_at(r, param)->type;
  ryx_read_at(r, node)->elem = ryx_read_at(r, param)->elem;
}

/* The same, or COALESCE of a parameter and what stands where a row has none. */
static void read_row_default(ryx_reader *r)
{
  uint32_t node = ryx_read_named(r, RYX_NODE_SET), value = r->tree->n;
  const ryx_node *param;

  ryx_read_expr(r);
  ryx_read_close(r, node);
  if (r->wrong) return;
  param = ryx_set_param(ryx_read_at(r, node));
  if (!param) {
    ryx_read_fail(r, "a value of many rows is not a parameter");
    return;
  }
  ryx_read_at(r, node)->type = ryx_read_at(r, value)->type;
  ryx_read_at(r, node)->elem = ryx_read_at(r, value)->elem;
}

/* Those of all rows: a list of what the column holds, be that lists. */
static void read_list_value(ryx_reader *r)
{
  ryx_node *param;
  uint32_t at = r->tree->n + 1;

  read_row_value(r);
  if (r->wrong) return;
  param = ryx_read_at(r, at);
  if (param->type == RYX_T_ARRAY) return;
  param->elem = param->type;
  param->type = RYX_T_ARRAY;
}

/* The table of a write, as a list of one source. */
static void read_target(ryx_reader *r)
{
  uint32_t list = ryx_read_open(r, RYX_NODE_LIST), node;

  node = ryx_read_named(r, RYX_NODE_TABLE);
  ryx_read_source(r, node);
  ryx_read_open(r, RYX_NODE_NAME);
  ryx_read_open(r, RYX_NODE_TRUE);
  ryx_read_close(r, node);
  ryx_read_close(r, list);
}

/* What is updated, and when; only here there is a new row to speak of. */
static void read_conflict_sets(ryx_reader *r)
{
  uint32_t sets = r->tree->n;

  r->has_new = true;
  ryx_read_list(r, read_set);
  ryx_read_pred(r);
  r->has_new = false;
  if (r->wrong) return;
  if (ryx_read_at(r, sets)->size == 1) {
    ryx_read_fail(r, "an update on a conflict sets no column");
  }
}

static void read_conflict(ryx_reader *r)
{
  uint32_t node;
  bool updates;

  if (ryx_read_eat(r, '-')) {
    ryx_read_none(r);
    return;
  }
  updates = ryx_read_eat(r, 'u');
  if (!updates && ryx_read_byte(r) != 'i') {
    ryx_read_fail(r, "what happens on a conflict is unknown");
  }
  node = ryx_read_open(r, RYX_NODE_CONFLICT);
  ryx_read_at(r, node)->value = updates;
  ryx_read_list(r, ryx_read_name);
  if (updates) {
    read_conflict_sets(r);
  } else {
    ryx_read_name(r);
  }
  ryx_read_close(r, node);
}

static void check_insert(ryx_reader *r, uint32_t node)
{
  const uint32_t many = RYX_INSERT_BATCH | RYX_INSERT_LISTS;
  const ryx_node *n = ryx_read_at(r, node);
  ryx_parts p;

  ryx_node_parts(n, &p);
  if (ryx_parts_has(&p, RYX_PART_SETS) ==
      ((n->value & RYX_INSERT_DEFAULT) != 0)) {
    ryx_read_fail(r,
                  "an insert has no columns exactly when it is DEFAULT VALUES");
  }
  if ((n->value & many) && (n->value & RYX_INSERT_DEFAULT)) {
    ryx_read_fail(r, "an insert of many rows has no columns");
  }
  if ((n->value & many) == many) {
    ryx_read_fail(r, "an insert has both rows and lists");
  }
  if ((n->value & RYX_INSERT_COPY) &&
      (!(n->value & RYX_INSERT_BATCH) || ryx_parts_has(&p, RYX_PART_CONFLICT) ||
       ryx_parts_has(&p, RYX_PART_OUTPUTS))) {
    ryx_read_fail(r, "a copy is of many rows, and nothing comes back");
  }
  if (n->value & RYX_INSERT_KEY) {
    const ryx_node *list = p.at[RYX_PART_OUTPUTS];
    if (list->size == 1 || ryx_node_end(list + 1) != ryx_node_end(list)) {
      ryx_read_fail(r, "an insert has one generated key");
    }
  }
}

/* What is inserted: values of one row, parameters of many, or a query's rows
 * for columns that are named. */
static void read_rows(ryx_reader *r, uint32_t bits)
{
  if (bits & RYX_INSERT_ROWS) {
    if (bits != RYX_INSERT_ROWS) {
      ryx_read_fail(r, "an insert of a query's rows has no other flag");
    }
    ryx_read_list(r, ryx_read_name);
    ryx_read_body(r);
    return;
  }
  ryx_read_list(r, bits & RYX_INSERT_LISTS   ? read_list_value
                   : bits & RYX_INSERT_COPY  ? read_row_value
                   : bits & RYX_INSERT_BATCH ? read_row_default
                                             : read_set);
  ryx_read_none(r);
}

static void read_insert(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_INSERT), bits;

  read_target(r);
  bits = ryx_read_below(r, 64, "the flags of an insert are unknown");
  ryx_read_at(r, node)->value = bits;
  read_rows(r, bits);
  read_conflict(r);
  ryx_read_list(r, ryx_read_output);
  ryx_read_close(r, node);
  if (!r->wrong) check_insert(r, node);
}

/* What select, update and delete have at their end. */
static void read_tail(ryx_reader *r)
{
  ryx_read_pred(r);
  ryx_read_list(r, ryx_read_order);
  ryx_read_bound(r);
  ryx_read_bound(r);
  ryx_read_list(r, ryx_read_output);
}

/* Many rows are found by their key: the first sets, which set nothing. */
static void check_batch(ryx_reader *r, const ryx_parts *p)
{
  const ryx_node *sets = p->at[RYX_PART_SETS], *c = ryx_node_first(sets);
  const ryx_node *key = ryx_node_first(p->at[RYX_PART_KEY]);

  for (; key < ryx_node_end(p->at[RYX_PART_KEY]); key = ryx_node_end(key)) {
    if (c < ryx_node_end(sets)) c = ryx_node_end(c);
  }
  if (c == ryx_node_end(sets)) ryx_read_fail(r, "an update sets no column");
  if (p->at[RYX_PART_WHERE]->kind != RYX_NODE_TRUE ||
      ryx_parts_has(p, RYX_PART_ORDER) || ryx_parts_has(p, RYX_PART_LIMIT) ||
      ryx_parts_has(p, RYX_PART_OFFSET) || ryx_parts_has(p, RYX_PART_OUTPUTS)) {
    ryx_read_fail(r, "an update of many rows has more than their keys");
  }
}

static void check_update(ryx_reader *r, uint32_t node)
{
  ryx_parts p;

  ryx_node_parts(ryx_read_at(r, node), &p);
  if (!ryx_parts_has(&p, RYX_PART_SETS)) {
    ryx_read_fail(r, "an update sets no column");
  } else if (p.statement->value & RYX_UPDATE_BATCH) {
    check_batch(r, &p);
  }
}

static void read_key(ryx_reader *r)
{
  uint32_t list = r->tree->n;

  ryx_read_list(r, ryx_read_name);
  if (!r->wrong && ryx_read_at(r, list)->size == 1) {
    ryx_read_fail(r, "a write names no key");
  }
}

static void read_update(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_UPDATE);
  bool batch;

  read_target(r);
  batch = ryx_read_below(r, 2, "the flags of an update are unknown") == 1;
  ryx_read_at(r, node)->value = batch ? RYX_UPDATE_BATCH : 0;
  ryx_read_list(r, batch ? read_row_value : read_set);
  read_key(r);
  read_tail(r);
  ryx_read_close(r, node);
  if (!r->wrong) check_update(r, node);
}

static void read_delete(ryx_reader *r)
{
  uint32_t node = ryx_read_open(r, RYX_NODE_DELETE);

  read_target(r);
  read_key(r);
  read_tail(r);
  ryx_read_close(r, node);
}

bool ryx_read_change(ryx_reader *r)
{
  if (ryx_read_eat(r, 'I')) {
    read_insert(r);
  } else if (ryx_read_eat(r, 'U')) {
    read_update(r);
  } else if (ryx_read_eat(r, 'D')) {
    read_delete(r);
  } else {
    return false;
  }
  return true;
}
