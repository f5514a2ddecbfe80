/* SPDX-License-Identifier: MIT */
/* The query tree: a description read into one flat array of nodes. A node is
 * followed by its children, and `size` counts them all, so any piece of the
 * array can be copied elsewhere as it is. Names point into the description. */
#ifndef RYX_SQL_TREE_H
#define RYX_SQL_TREE_H

#include "ryx_value.h"

typedef enum {
  RYX_NODE_NONE,   /* node 0: what index 0 means */
  RYX_NODE_LIST,   /* any number of children */
  RYX_NODE_TABLE,  /* name */
  RYX_NODE_NAME,   /* name */
  RYX_NODE_OUTPUT, /* name ("": the column's own); an expression */
  RYX_NODE_SET,    /* name of the column; an expression */
  RYX_NODE_ORDER,  /* value: RYX_ORDER_* bits; an expression */
  RYX_NODE_COLUMN, /* name, type, elem, maybe_null; value: the source */
  RYX_NODE_PARAM,  /* name, type, elem; value: the number */
  RYX_NODE_STAR,
  RYX_NODE_TRUE,
  RYX_NODE_FALSE,
  RYX_NODE_AND,
  RYX_NODE_OR,
  RYX_NODE_NOT,
  RYX_NODE_LOOKUP /* value: ryx_lookup; the left side, then the operands */
} ryx_node_kind;

typedef struct ryx_node {
  uint8_t kind; /* ryx_node_kind */
  uint8_t type, elem;
  bool maybe_null;
  uint32_t size; /* of this node and all below it, in nodes */
  uint32_t value;
  uint32_t name_len;
  const char *name; /* not terminated */
} ryx_node;

typedef enum {
  RYX_STMT_KIND_SELECT,
  RYX_STMT_KIND_INSERT,
  RYX_STMT_KIND_UPDATE,
  RYX_STMT_KIND_DELETE
} ryx_stmt_kind;

/* What a statement is made of; which kind has which is tree.c's to know. */
typedef enum {
  RYX_PART_SOURCES, /* list of TABLE; the target of a write is number 0 */
  RYX_PART_KEY,     /* NAME: the primary key's column */
  RYX_PART_OUTPUTS, /* list of OUTPUT: what a select or RETURNING gives */
  RYX_PART_SETS,    /* list of SET */
  RYX_PART_WHERE,
  RYX_PART_ORDER, /* list of ORDER */
  RYX_PART_LIMIT, /* NONE or an expression */
  RYX_PART_OFFSET,
  RYX_PART_MAX
} ryx_part;

enum { RYX_SELECT_DISTINCT = 1, RYX_SELECT_COUNT = 2, RYX_SELECT_EXISTS = 4 };
enum {
  RYX_INSERT_BATCH = 1,
  RYX_INSERT_DEFAULT = 2,
  RYX_INSERT_KEY = 4 /* what comes back is the key the database generates */
};
enum { RYX_ORDER_DESC = 1, RYX_ORDER_FIRST = 2, RYX_ORDER_LAST = 4 };
enum { RYX_PARAMS_MAX = 65535 };

typedef struct ryx_tree {
  ryx_stmt_kind kind;
  uint32_t flags;
  uint32_t part[RYX_PART_MAX]; /* node; 0 when the kind has no such part */
  ryx_node *nodes;
  uint32_t n, cap;
  uint32_t *params; /* the node where each number was met first */
  uint32_t n_params, cap_params;
  ryx_node small_nodes[64]; /* where most trees fit */
  uint32_t small_params[32];
} ryx_tree;

/* Reads a description, which must outlive the tree. The caller frees with
 * ryx_tree_fini, also after a failure. Whatever is malformed is RYX_E_MISUSE,
 * with the position. */
RYX_MUST int ryx_tree_read(ryx_tree *t, const void *desc, size_t n, ryx_err *e);
void ryx_tree_fini(ryx_tree *t);

static inline const ryx_node *ryx_tree_part(const ryx_tree *t, ryx_part p)
{
  return &t->nodes[t->part[p]];
}

/* Walks children: for (c = first(p); c < end(p); c = end(c)). */
static inline const ryx_node *ryx_node_first(const ryx_node *n)
{
  return n + 1;
}
static inline const ryx_node *ryx_node_end(const ryx_node *n)
{
  return n + n->size;
}

#endif
