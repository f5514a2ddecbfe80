/* SPDX-License-Identifier: MIT */
/* From a query description (docs/internals/description.md) to a plan: SQL text,
 * the order, types and preparation of its parameters, the types of its result.
 * No I/O, no connection, no engine. */
#ifndef RYX_SQL_SQL_H
#define RYX_SQL_SQL_H

#include "base/arena.h"
#include "base/buf.h"
#include "ryx_value.h"

typedef struct ryx_dialect ryx_dialect;

/* By its name ("postgres", "mariadb", "mysql", "sqlite"); NULL when unknown. */
const ryx_dialect *ryx_dialect_find(const char *name);
/* What a server speaks that has these RYX_SERVER_* bits, by its driver's name;
 * NULL when that is unknown. */
const ryx_dialect *ryx_dialect_spoken(const char *driver, unsigned caps);
/* Do all servers of its driver speak it? */
bool ryx_dialect_is_only(const ryx_dialect *d);
/* Do servers of both have one driver, and so the same URLs? */
bool ryx_dialect_is_kin(const ryx_dialect *a, const ryx_dialect *b);
const char *ryx_dialect_name(const ryx_dialect *d);
/* RYX_SERVER_* bits that every server of it has. */
unsigned ryx_dialect_caps(const ryx_dialect *d);
/* Can a list be a parameter of a user's text? */
bool ryx_dialect_has_arrays(const ryx_dialect *d);

/* How a statement that inserts many rows wants them. */
typedef enum {
  RYX_BATCH_NONE,   /* one row */
  RYX_BATCH_REBIND, /* n_batch rows of parameters */
  RYX_BATCH_UNNEST, /* one array per column */
  RYX_BATCH_COPY    /* by COPY FROM STDIN, n_binds values a row */
} ryx_batch;

/* What is done to a parameter on its way. X(NAME) */
#define RYX_BINDS(X)                                               \
  X(VALUE)                                                         \
  X(LIKE_CONTAINS) /* %v% with ! % _ escaped by ! */               \
  X(LIKE_STARTS)                                                   \
  X(LIKE_ENDS)                                                     \
  X(LIKE_EXACT)                                                    \
  X(GLOB_ENDS)    /* *v with * ? [ escaped */                      \
  X(PREFIX_END)   /* the first text after all that start with v */ \
  X(REGEX)        /* \b and \B become \y and \Y */                 \
  X(WORDS_QUOTED) /* "a" "b" of a text, "" of none */              \
  X(WORDS_ALL)    /* +"a" +"b", without what InnoDB leaves out */  \
  X(WORDS_ANY)    /* a b, the same */                              \
  X(COLUMN)       /* of an UNNEST: of every row, as an array */    \
  X(LITERALS)     /* a list of lists as one of the texts of arrays */
typedef enum {
#define X(name) RYX_BIND_##name,
  RYX_BINDS(X)
#undef X
} ryx_bind_op;

typedef struct ryx_bind {
  int32_t param;      /* index into the caller's parameters */
  uint8_t op;         /* ryx_bind_op */
  uint8_t type, elem; /* ryx_type it is cast to first */
} ryx_bind;

/* Immutable once made; shared by engines and threads; counted. */
typedef struct ryx_plan {
  uint32_t id; /* dense, from 1; names the prepared statement */
  _Atomic uint32_t refs;
  const ryx_dialect *dialect;
  const char *sql; /* NUL-terminated */
  size_t sql_len;
  int32_t n_params; /* the caller's */
  const uint8_t *param_type, *param_elem;
  const char *const *param_name; /* column each is for ("" when none) */
  int32_t n_binds;               /* the statement's */
  const ryx_bind *binds;
  const char *const *bind_name; /* column each is for ("" when none) */
  bool direct; /* binds are the parameters, in order, VALUE only */
  bool read;   /* SELECT without locks */
  bool copies; /* COPY TO STDOUT: its rows come as text */
  bool keys;   /* no RETURNING: the driver gives the generated keys as rows */
  ryx_batch batch;
  /* REBIND of an INSERT: where one row of placeholders stands in the text, and
   * how many it has; the text may hold several with commas between. Length 0:
   * it may not. */
  size_t row_at, row_len;
  int32_t row_binds;
  int32_t n_cols;
  const uint8_t *col_type, *col_elem;
  const char *const *col_name; /* output names */
  ryx_arena arena;             /* holds all of it */
} ryx_plan;

typedef struct ryx_plans ryx_plans;
RYX_MUST int ryx_plans_new(ryx_plans **out);
/* Plans still referenced elsewhere live on. */
void ryx_plans_free(ryx_plans *p);

/* The plan of a description for a dialect and server capabilities, from the
 * cache or compiled. The caller releases it. Thread-safe. Errors: RYX_E_MISUSE
 * for a malformed description, RYX_E_UNSUPPORTED for what this database cannot
 * do (says what and what to do instead). The cache holds at most 8192 plans;
 * then the cache (not the plans in use) is dropped and grows again. */
RYX_MUST int ryx_plans_get(ryx_plans *p, const ryx_dialect *d, unsigned caps,
                           const void *desc, size_t n, ryx_plan **out,
                           ryx_err *e);
/* A number that no plan has or will have. */
uint32_t ryx_plans_number(ryx_plans *p);
/* Compiles without the cache: for tests and benchmarks. */
RYX_MUST int ryx_plan_compile(const ryx_dialect *d, unsigned caps,
                              const void *desc, size_t n, ryx_plan **out,
                              ryx_err *e);
void ryx_plan_retain(ryx_plan *p);
void ryx_plan_release(ryx_plan *p); /* NULL is fine */

/* Prepares parameters: in[n_params] to out[n_binds], cast and worked on as the
 * binds say; made bytes are in the arena, others borrowed from in. Not for
 * direct plans whose types already fit. Errors name the column. */
RYX_MUST int ryx_plan_bind(const ryx_plan *p, const ryx_val *in, ryx_val *out,
                           ryx_arena *a, ryx_err *e);
/* The same for a batch of n rows (in: n * n_params). UNNEST: *n_out arrays, one
 * per bind; REBIND: n * n_binds values. *out is in the arena. */
RYX_MUST int ryx_plan_bind_batch(const ryx_plan *p, const ryx_val *in,
                                 int32_t n, ryx_val **out, ryx_arena *a,
                                 ryx_err *e);

/* What is known of a user's text without asking the database. */
typedef struct ryx_raw {
  int32_t n_params;
  bool taints;   /* may change the session, or is no plain statement */
  bool reads;    /* surely changes nothing and takes no locks */
  bool has_star; /* gives a table's columns, whatever they are then */
} ryx_raw;

/* A user's text: `?` outside literals, quoted names and comments becomes the
 * dialect's placeholder, `??` a literal `?`. */
RYX_MUST int ryx_sql_raw(const ryx_dialect *d, const char *sql, size_t n,
                         ryx_buf *out, ryx_raw *about, ryx_err *e);

/* How many parameters a text has: the highest number of one in the dialect's
 * own spelling, else the `?` that stand alone. */
int ryx_sql_count(const ryx_dialect *d, const char *sql, size_t n);

/* A user's text made ready; counted, constant but for its number. */
typedef struct ryx_raw_text {
  _Atomic uint32_t refs;
  _Atomic uint32_t
      id; /* of the plans' numbers, once it is worth preparing; 0 */
  ryx_raw about;
  const char *sql; /* in the database's own placeholders, NUL-terminated */
  size_t sql_len;
} ryx_raw_text;

typedef struct ryx_raws ryx_raws;
/* plans gives the numbers and outlives it. */
RYX_MUST int ryx_raws_new(ryx_plans *plans, ryx_raws **out);
/* Texts still referenced elsewhere live on. */
void ryx_raws_free(ryx_raws *r);
/* The text made ready, from the cache or anew; its second user finds it with a
 * number, unless it must not be kept prepared. The caller releases it.
 * Thread-safe. The cache holds the 1024 texts used last, but none of more than
 * 8 KiB. */
RYX_MUST int ryx_raws_get(ryx_raws *r, const ryx_dialect *d, const char *sql,
                          size_t n, ryx_raw_text **out, ryx_err *e);
void ryx_raws_release(ryx_raw_text *t); /* NULL is fine */

/* Appends an identifier, quoted; dots are part of the name. NUL bytes, empty
 * names and names over 63 bytes are RYX_E_MISUSE. */
RYX_MUST int ryx_sql_quote(const ryx_dialect *d, const char *name, size_t n,
                           ryx_buf *out, ryx_err *e);

/* Lookups for introspection: names in order, NULL-terminated. */
const char *const *ryx_sql_lookups(void);

#endif
