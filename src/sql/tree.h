/* SPDX-License-Identifier: MIT */
/* The query tree: a description read into one flat array of nodes. A node is
 * followed by its children, and `size` counts them all, so any piece of the
 * array can be copied elsewhere as it is. Names point into the description. */
#ifndef RYX_SQL_TREE_H
#define RYX_SQL_TREE_H

#include <string.h>

#include "sql/numbers.h"

typedef enum {
  RYX_NODE_NONE, /* node 0; a part or bound that is not there */
  RYX_NODE_LIST, /* any number of children */

  /* Statements; which parts they have: ryx_node_parts. */
  RYX_NODE_QUERY,    /* value: ryx_explain; list of CTE; SELECT or COMBINED */
  RYX_NODE_SELECT,   /* value: RYX_SELECT_* */
  RYX_NODE_COMBINED, /* value: ryx_combine; SELECT or COMBINED each */
  RYX_NODE_INSERT,   /* value: RYX_INSERT_* */
  RYX_NODE_UPDATE,   /* value: RYX_UPDATE_* */
  RYX_NODE_DELETE,

  RYX_NODE_CTE,      /* name; value: flags; list of NAME, body */
  RYX_NODE_TABLE,    /* name; value: ryx_join; NAME: the alias; condition */
  RYX_NODE_DERIVED,  /* name: the alias; value: ryx_join; body; condition */
  RYX_NODE_LATERAL,  /* the same, of each row of the sources before */
  RYX_NODE_NAME,     /* name */
  RYX_NODE_OUTPUT,   /* name ("": the column's own); an expression */
  RYX_NODE_SET,      /* name of the column; an expression */
  RYX_NODE_ORDER,    /* value: RYX_ORDER_* bits; an expression */
  RYX_NODE_LOCK,     /* value: RYX_LOCK_* bits; INT: numbers of sources */
  RYX_NODE_CONFLICT, /* value: 0 nothing, 1 update; list of NAME, list of SET,
                        condition or NAME of the key */

  /* Expressions: all have type, elem and maybe_null. */
  RYX_NODE_COLUMN, /* name; value: the source */
  RYX_NODE_NEW,    /* name: of the row that was to be inserted */
  RYX_NODE_PARAM,  /* name; value: the number */
  RYX_NODE_STAR,
  RYX_NODE_INT,       /* value; is_negative */
  RYX_NODE_TEXT,      /* name: the text */
  RYX_NODE_CALL,      /* value: ryx_function; arguments */
  RYX_NODE_AGGREGATE, /* value: ryx_function; is_distinct; list of arguments,
                         condition, list of ORDER */
  RYX_NODE_WINDOW, /* CALL or AGGREGATE; list, list of ORDER, FRAME or NONE */
  RYX_NODE_FRAME, /* value: ryx_frame + RYX_FRAME_MAX * ryx_exclude; two EDGE */
  RYX_NODE_EDGE,  /* value: n; type: ryx_edge */
  RYX_NODE_CASE,  /* WHEN each, then an expression or NONE */
  RYX_NODE_WHEN,  /* condition, expression */
  RYX_NODE_SUBQUERY,  /* body */
  RYX_NODE_CONDITION, /* condition */
  RYX_NODE_RAW,       /* PIECE, expression, PIECE, ... */
  RYX_NODE_PIECE,     /* name: SQL text */
  RYX_NODE_JSON,      /* value: ryx_json_as; document, KEY and INDEX */
  RYX_NODE_KEY,       /* name */
  RYX_NODE_INDEX,     /* value */
  RYX_NODE_SEARCH,    /* name: of the index, or ""; value: ryx_search_kind;
                         NAME: the configuration; PARAM: the words; the key's
                         column; FIELD each */
  RYX_NODE_FIELD, /* name: what holds its words; value: RYX_FIELD_*; a column
                   */

  /* Conditions. */
  RYX_NODE_TRUE,
  RYX_NODE_FALSE,
  RYX_NODE_AND,
  RYX_NODE_OR,
  RYX_NODE_NOT,
  RYX_NODE_LOOKUP, /* value: ryx_lookup; the left side, then the operands */
  RYX_NODE_EXISTS, /* body */
  RYX_NODE_TRUTH   /* a boolean expression */
} ryx_node_kind;

typedef struct ryx_node {
  uint8_t kind; /* ryx_node_kind */
  uint8_t type, elem;
  bool maybe_null : 1, is_negative : 1, is_distinct : 1;
  uint32_t size; /* of this node and all below it, in nodes */
  uint32_t value;
  uint32_t name_len;
  const char *name; /* not terminated */
} ryx_node;

/* What a statement is made of, as children in the order of its kind. */
typedef enum {
  RYX_PART_SOURCES, /* list of TABLE, DERIVED, LATERAL; a write: a TABLE */
  RYX_PART_KEY,     /* list of NAME: the primary key's columns */
  RYX_PART_OUTPUTS, /* list of OUTPUT: what a select or RETURNING gives */
  RYX_PART_SETS,    /* list of SET, or of NAME beside ROWS */
  RYX_PART_ROWS,    /* NONE or a body: the rows of an insert */
  RYX_PART_CONFLICT,
  RYX_PART_WHERE,
  RYX_PART_GROUP, /* list of expressions */
  RYX_PART_HAVING,
  RYX_PART_ORDER, /* list of ORDER */
  RYX_PART_LIMIT, /* NONE or an expression */
  RYX_PART_OFFSET,
  RYX_PART_LOCK,
  RYX_PART_MAX
} ryx_part;

enum { RYX_PARAMS_MAX = 65535, RYX_SOURCES_MAX = 4096 };

enum { RYX_HINTS_MAX = 16 };

/* One for a dialect, by its name. */
typedef struct ryx_hint {
  uint32_t kind;
  const char *dialect, *table, *text;
  uint32_t n_dialect, n_table, n_text;
} ryx_hint;

typedef struct ryx_tree {
  uint32_t root; /* QUERY, INSERT, UPDATE or DELETE */
  uint32_t ctes; /* of a write: the list of its CTE, else 0 */
  ryx_node *nodes;
  uint32_t n, cap;
  uint32_t *params; /* the node where each number was met first */
  uint32_t n_params, cap_params;
  uint32_t *sources; /* the node of each */
  uint32_t n_sources, cap_sources;
  struct {
    const char *text; /* between its marks */
    uint32_t len;
  } comments[2]; /* behind the statement */
  int n_comments;
  ryx_hint hints[RYX_HINTS_MAX];
  int n_hints;
  ryx_node small_nodes[96]; /* where most trees fit */
  uint32_t small_params[32];
  uint32_t small_sources[8];
} ryx_tree;

/* The parts of a statement node; NULL where its kind has none. */
typedef struct ryx_parts {
  const ryx_node *statement;
  const ryx_node *at[RYX_PART_MAX];
} ryx_parts;

/* Reads a description, which must outlive the tree. The caller frees with
 * ryx_tree_fini, also after a failure. Whatever is malformed is RYX_E_MISUSE,
 * with the position. */
RYX_MUST int ryx_tree_read(ryx_tree *t, const void *desc, size_t n, ryx_err *e);
void ryx_tree_fini(ryx_tree *t);
void ryx_node_parts(const ryx_node *statement, ryx_parts *out);
/* Is the part there, and not an empty list? */
bool ryx_parts_has(const ryx_parts *p, ryx_part part);
static inline bool ryx_parts_bounded(const ryx_parts *p)
{
  return ryx_parts_has(p, RYX_PART_LIMIT) || ryx_parts_has(p, RYX_PART_OFFSET);
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
/* Of a SET of many rows: its one parameter, which is the value or the first
 * argument of a COALESCE with what stands where a row has none; else NULL. */
const ryx_node *ryx_set_param(const ryx_node *set);
/* The child after c, for nodes of fixed children. */
static inline const ryx_node *ryx_node_next(const ryx_node *c)
{
  return c + c->size;
}

/* Have both the same name? */
static inline bool ryx_node_same_name(const ryx_node *a, const ryx_node *b)
{
  return a->name_len == b->name_len &&
         (a->name_len == 0 || memcmp(a->name, b->name, a->name_len) == 0);
}

/* The number of a TABLE, DERIVED or LATERAL of the tree. */
static inline uint32_t ryx_tree_source(const ryx_tree *t,
                                       const ryx_node *source)
{
  uint32_t i = 0;

  while (&t->nodes[t->sources[i]] != source)
    i++;
  return i;
}

#endif
