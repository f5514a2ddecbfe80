/* SPDX-License-Identifier: MIT */
/* What differs between databases, as one const table each. The writers read
 * it; nothing anywhere asks which database it is. */
#ifndef RYX_SQL_DIALECT_H
#define RYX_SQL_DIALECT_H

#include "sql/dialect_list.h"
#include "sql/lookup.h"
#include "sql/numbers.h"
#include "sql/sql.h"

typedef struct ryx_sql ryx_sql;
struct ryx_node;
struct ryx_bind_job;

/* SQL with holes. What a letter after % writes:
 *
 *   c  the left side            o  the same, to be put in order
 *   v  the operand              w  the second operand
 *   C V  as c and v, with the source before each column
 *   l  a list                   n  one more letter than the left side has
 *   k s e  the operand as a LIKE pattern: contains, starts, ends
 *   g  the operand as a GLOB pattern: ends
 *   p  the end of the range of texts that start with the operand
 *   x  the operand as a regular expression in which \b and \B are \y and \Y
 *   i f  around what is folded: the collation that does it, or more
 *   b    the collation to compare what was folded
 *   %    a percent sign
 */
typedef const char *ryx_template;

/* Where a condition stands, by what a server can do with it: choose rows,
 * choose them by several indexes at best, or try each. */
typedef enum { RYX_PLACE_AND, RYX_PLACE_OR, RYX_PLACE_NOT } ryx_place;

/* expr is for operands that are no parameter; NULL: value serves both. */
typedef struct ryx_lookup_sql {
  ryx_template value, expr;
} ryx_lookup_sql;

/* What to write where letters are folded, if the server has `cap`. */
typedef struct ryx_fold {
  unsigned cap; /* 0 ends the list: every server */
  const char *fold, *compare;
  const char *open; /* before what fold stands behind */
} ryx_fold;

/* What FOR UPDATE and its kin are called; skip NULL: there is none. */
typedef struct ryx_lock_sql {
  const char *update, *share, *nowait, *skip;
  bool has_of;
} ryx_lock_sql;

/* A server that takes a key's dash at the front of a path for something else:
 * the dash spelled so that it finds it, and what stands around a document to
 * give its keys that spelling, and around a part of it to take it away. */
typedef struct ryx_dashes {
  const char *spelled;
  const char *open, *hide, *show;
} ryx_dashes;

/* How a user's text is read (scan.c, taint.c). */
enum {
  RYX_LEX_BACKSLASH = 1, /* \ escapes in every string */
  RYX_LEX_E_STRING = 2,  /* ... in E'' only */
  RYX_LEX_DOLLAR = 4,    /* $tag$ quotes $tag$ */
  RYX_LEX_BACKTICK = 8,  /* `names` */
  RYX_LEX_BRACKET = 16,  /* [names] */
  RYX_LEX_HASH = 32,     /* # comments */
  RYX_LEX_NESTED = 64,   /* comments nest */
  RYX_LEX_EXECUTABLE =
      128, /* what stands in a comment that begins with ! runs */
  RYX_LEX_DASH_SPACE = 256, /* -- begins a comment before a space only */
  RYX_LEX_VARIABLE = 512    /* @names are variables of the session */
};

struct ryx_dialect {
  const char *name;
  const char *driver; /* whose servers speak it */
  unsigned server;    /* those with this RYX_SERVER_* bit; 0: all others */
  unsigned caps;      /* that every server has */
  char quote;         /* around identifiers, doubled inside */
  char placeholder;   /* '?', or '$' before a number */
  unsigned lex;
  /* Functions that leave nothing behind in the session, beside taint.c's: each
   * between spaces. */
  const char *harmless;
  const char *boolean[2];
  /* The same in a write whose rows are found apart (apart.c), so that nothing
   * is worked out beforehand. */
  const char *unknown[2];
  const char *empty_row;    /* an INSERT of nothing but defaults */
  const char *unmerged;     /* ends a derived table that must stay one, where
                               the server may make it part of what reads it */
  const char *offset_alone; /* what OFFSET wants to see before it */
  /* After the SET of an update whose expressions read rows: it keeps new values
   * aside until all are worked out. NULL: that is so anyway. */
  const char *update_aside;
  /* Around a column that the update sets, in a sub-query of an assignment:
   * bare, it is NULL to what looks up a key by it once it is set to NULL.
   * NULL: nothing. */
  const char *old_column[2];
  /* Each assignment sees what those before it have set, and no sub-query may
   * read what is written: such values and rows are found apart (apart.c). */
  bool assigns_in_turn;
  /* A row that is deleted takes others with it before the next one is looked
   * at: what a delete reads of other tables it reads first. A list of keys is
   * not asked for each row, in an update either, where merging it ends in
   * errors of types. */
  bool writes_in_turn;
  /* A list that values are looked up in is read again for each row by a DELETE,
   * unless it names its table before FROM as well. */
  bool names_deleted;
  /* IS NULL and IS NOT NULL of days and moments whose column is never NULL;
   * NULL: as of anything else. */
  ryx_template null_moment, moment_there;
  const char *ordered[RYX_T_MAX]; /* written after what is put in order */
  /* Written after a text inside which something was put in order by `ordered`,
   * where that would go on to order the text. NULL: it does not. */
  const char *text_order;
  /* Around an expression whose greatest or least text is wanted, where a server
   * takes it for a number when it is made of placeholders. */
  const char *picked_text[2];
  ryx_template order[8]; /* by RYX_ORDER_* bits, may be NULL-valued */
  const ryx_fold *folds;
  /* NULL: as in lookup.c; there, too: the database has no such lookup, which is
   * an error that names it. */
  ryx_lookup_sql lookup[RYX_LOOKUP_MAX];
  const ryx_lookup_sql *family_lookup; /* of dialects that share a parser; in
                                          place of what lookup leaves out */
  ryx_template list[RYX_T_MAX];        /* `in`, by type of the left side */
  /* The same for a long list from a place on, which is another where an index
   * serves the left side: the server looks it up instead of going through it
   * for each row. NULL: list. */
  ryx_template many[RYX_T_MAX];
  ryx_place many_from[2];
  /* Below OR, what may be NULL beside a parameter, which is not: `=` is taken
   * for true where a LEFT JOIN of one known row found nothing. NULL: it is not.
   */
  ryx_template equal_or_null;
  ryx_template bounded;  /* for any list beside a text of less letters than */
  uint32_t letters_max;  /* these; 0: there is none */
  unsigned list_cap;     /* the capability it needs, or 0 */
  const char *list_need; /* its name and who has it */
  ryx_batch batch;
  bool stale_star; /* what is kept prepared goes on naming the columns that *
                      was, and a RETURNING fails when it has written */
  bool has_arrays; /* a list can be a parameter of a user's text */
  bool has_rowid;  /* the key of a new row costs nothing, RETURNING does */
  /* The rows of an INSERT and an UPDATE from arrays, each list of SET a column,
   * of which those before `rest` are the key;
   * NULL: a statement bound again for each row. With `lists` the arrays are the
   * parameters themselves. */
  void (*batch_rows)(ryx_sql *q, const struct ryx_node *sets, bool lists);
  void (*batch_update)(ryx_sql *q, const struct ryx_node *sets,
                       const struct ryx_node *rest);
  /* The array of a COLUMN: its value of each of n rows of parameters. */
  int (*batch_bind)(const struct ryx_bind_job *j, const ryx_val *in, int32_t n,
                    ryx_val *out);
  int (*list_literals)(const struct ryx_bind_job *j, ryx_val *v);
  void (*conflict)(ryx_sql *q, const struct ryx_node *conflict);
  const char *new_row[2]; /* around a column of the row that is to come */
  const char *new_alias;  /* behind VALUES, gives that row its name; or NULL */
  bool keys_follow; /* a server without RETURNING tells the keys of many rows */
  bool joins_groups;    /* sooner than it runs a sub-query for each row */
  bool has_schemas;     /* tables are in schemas of a database */
  bool has_cte_writes;  /* INSERT, UPDATE, DELETE in WITH */
  const char *cte_once; /* before a CTE whose rows are worked out once, where
                           they are not so anyway */
  const char *combine[RYX_COMBINE_MAX]; /* NULL: there is none */
  /* Around the name of an index behind its table; "": of any index, "" alone
   * where that needs none. NULL: there is no such hint. */
  const char *hint[RYX_HINT_MAX][2];
  const char *explain[RYX_EXPLAIN_MAX]; /* NULL: it cannot tell that */
  ryx_lock_sql lock;
  bool has_filter;     /* of aggregates */
  bool mode_ungrouped; /* there is a mode in queries without GROUP BY only */
  /* Joined, one row, where the frame of a window leaves out its own row: alone,
   * a row that is known before is counted all the same. NULL: it is not. */
  const char *beside_frame;
  /* DISTINCT rows that are all one constant come whatever OFFSET says, of a
   * query (1) or of one inside another (2), where SQLite takes DISTINCT for
   * nothing before LIMIT 1: there they are groups. 0: nowhere. */
  uint32_t constant_stays;
  /* Behind SELECT in NOT EXISTS and NOT IN, where DISTINCT or GROUP BY makes
   * rows one: a join in its place is led by an index that skips rows; and in
   * EXISTS over a set or a table that reads the rows around, of which a join
   * loses some.
   * NULL: neither is so. */
  const char *exists_hint;
  bool has_groups;        /* GROUPS and EXCLUDE in the frame of a window */
  const char *zones_from; /* what loads named time zones; NULL: every server
                             has them */
  /* By ryx_function; NULL: the family's, which may be NULL as a whole, and
   * function.c's where that has none either. */
  const char *const *functions, *const *family_functions;
  void (*json)(ryx_sql *q, const struct ryx_node *n);
  const ryx_dashes *dashes; /* NULL: keys are found under their own names */
  void (*search)(ryx_sql *q, const struct ryx_node *n);
  /* Where it cannot search, in words, or NULL: in an assignment, and in
   * aggregates that pick from a list. */
  const char *no_search_set, *no_search_list;
};

#define X(name) extern const ryx_dialect ryx_dialect_##name;
RYX_DIALECTS(X)
#undef X

#endif
