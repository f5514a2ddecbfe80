/* SPDX-License-Identifier: MIT */
/* Bytes to nodes. The reader keeps the first thing that is wrong and from then
 * on gives zeros, so its users read straight on; loops ask it. */
#ifndef RYX_SQL_READER_H
#define RYX_SQL_READER_H

#include "sql/tree.h"

typedef struct ryx_reader {
  const uint8_t *start, *at, *end;
  ryx_tree *tree;
  const char *wrong; /* NULL while all is well */
  const char *word;  /* the unknown name, when that is what is wrong */
  uint32_t word_len;
  bool is_function; /* the word is one of a function, not of a lookup */
  bool has_new;     /* in a conflict: there is a row that was to come */
  int depth;
} ryx_reader;

void ryx_read_fail(ryx_reader *r, const char *why);
void ryx_read_no_memory(ryx_reader *r);
bool ryx_read_is_no_memory(const ryx_reader *r);

/* Primitives. */
char ryx_read_byte(ryx_reader *r);
bool ryx_read_eat(ryx_reader *r, char byte); /* is it next? */
uint32_t ryx_read_number(ryx_reader *r);
uint32_t ryx_read_below(ryx_reader *r, uint32_t limit, const char *why);
const char *ryx_read_text(ryx_reader *r, uint32_t *len);

/* Opens a node; close counts its children. Gives the index, because the array
 * may move. */
uint32_t ryx_read_open(ryx_reader *r, ryx_node_kind kind);
void ryx_read_close(ryx_reader *r, uint32_t node);
static inline ryx_node *ryx_read_at(ryx_reader *r, uint32_t node)
{
  return &r->tree->nodes[node];
}
uint32_t ryx_read_named(ryx_reader *r, ryx_node_kind kind);
void ryx_read_list(ryx_reader *r, void (*item)(ryx_reader *));
void ryx_read_none(ryx_reader *r);
uint32_t ryx_read_source(ryx_reader *r, uint32_t node); /* its number */
/* There are n parameters at least. */
void ryx_read_params(ryx_reader *r, uint32_t n);
void ryx_read_param_at(ryx_reader *r, uint32_t number, uint32_t node);
/* Recursion: false when it is too deep. */
bool ryx_read_enter(ryx_reader *r);
void ryx_read_leave(ryx_reader *r);

/* read_expr.c */
void ryx_read_expr(ryx_reader *r);
void ryx_read_pred(ryx_reader *r);
void ryx_read_param(ryx_reader *r); /* after its 'p' */
void ryx_read_order(ryx_reader *r); /* one */

/* read_comment.c: those that stand here */
void ryx_read_comments(ryx_reader *r);

/* tree.c: a select, or several combined; and what statements that write have,
 * too */
void ryx_read_body(ryx_reader *r);
void ryx_read_output(ryx_reader *r);
void ryx_read_bound(ryx_reader *r);
void ryx_read_name(ryx_reader *r);

/* read_change.c: an insert, update or delete; false when none begins here */
bool ryx_read_change(ryx_reader *r);

#endif
