/* SPDX-License-Identifier: MIT */
/* What the files of the SQLite driver share: the connection and its statements.
 * lite.c is the driver table and the states, lite_dial.c opens, lite_session.c
 * sets and resets, lite_fork.c survives forks, lite_stmt.c prepares and binds,
 * lite_run.c steps, lite_rows.c packs, lite_spill.c keeps rows of a stream,
 * lite_wait.c knows when to give up, lite_error.c reads errors,
 * lite_key.c finds the foreign key that failed; lite_functions.c,
 * lite_decimal.c, lite_json.c, lite_json_change.c, lite_array.c, lite_time.c,
 * lite_aggregate.c, lite_collect.c and lite_ordered.c are the functions that
 * SQL can call, lite_cell.c their copies of values. */
#ifndef RYX_DRIVER_LITE_CONN_H
#define RYX_DRIVER_LITE_CONN_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "driver/driver.h"
#include "driver/stmts.h"
#include "value/decimal.h"
#include "value/json.h"
#include "value/pack.h"

/* What the next step has to do. Only lite.c changes it. */
typedef enum {
  RYX_LITE_DIAL,
  RYX_LITE_RESET,
  RYX_LITE_IDLE,
  RYX_LITE_RUN, /* head is queued */
  RYX_LITE_PART /* the next part of head is wanted */
} ryx_lite_state;

/* A prepared statement with what is asked of it again and again. */
typedef struct ryx_lite_stmt {
  sqlite3_stmt *s;
  int n_params;
  bool read_only;
  bool asks_last_id; /* holds last_insert_rowid(): do not touch what it says */
  bool kept;         /* the cache owns it */
  bool changes_session;
  ryx_buf names;    /* of its columns, each with its NUL */
  int n_reprepared; /* SQLite's count when they were read */
} ryx_lite_stmt;

typedef struct ryx_lite_spill ryx_lite_spill;

typedef struct ryx_lite {
  sqlite3 *db;
  const ryx_opts *opts;
  bool reader; /* query_only: one of several readers of a file */
  bool reads;  /* in a transaction that only reads, of one that may write */
  ryx_lite_state state;
  ryx_stmts cache;
  int max_params;   /* of a statement */
  bool is_changed;  /* a statement since the last reset may have changed the
                       session */
  bool refuses_all; /* nothing may be prepared: only looking at text */

  const ryx_stmt *head;   /* from send or more until take, else NULL */
  const ryx_stmt *parked; /* a stream between two parts */
  /* The stream's, from its first part to its last, one of them. */
  ryx_lite_stmt *running; /* stepped part by part: nothing else may run */
  ryx_lite_spill *spill;  /* read ahead */
  int32_t part;           /* rows wanted next, 0: end the stream */
  bool has_reply;
  ryx_reply reply; /* its err is not used: err below */
  ryx_err err;

  /* For the handlers that SQLite calls while a statement runs. */
  uint64_t deadline_ns, budget_ns;
  uint64_t budget_end_ns; /* 0: the clock was not looked at yet */
  int stop;               /* why a handler gave up: RYX_E_* or 0 */
  bool over_budget;

  uint64_t looked_ns; /* when the file was last seen in its place */

  int wal_pages;  /* in the WAL after the last commit, 0: nothing to do */
  int wal_max;    /* pages that make 4 MiB */
  bool was_quiet; /* no statement since the last call of idle */

  _Atomic(sqlite3 *) interruptible; /* for interrupt, on any thread */
} ryx_lite;

/* lite_fork.c: makes the process safe to fork, from the first dial on. Free
 * afterwards. */
void ryx_lite_fork_watch(void);

/* lite_dial.c */
RYX_MUST int ryx_lite_dial_open(ryx_lite *c, ryx_err *e);
/* As ryx_driver.hold and let_go. */
void *ryx_lite_hold(const ryx_opts *o);
void ryx_lite_let_go(void *held);
/* Copies pages of the WAL into the file, as far as no reader needs the old
 * ones. Never waits for a lock. */
void ryx_lite_dial_checkpoint(ryx_lite *c);
/* True when the file is no longer where it was opened. Looks now and then. */
bool ryx_lite_dial_moved(ryx_lite *c, ryx_err *e);

/* lite_session.c */
void ryx_lite_session_watch(ryx_lite *c); /* keeps c->is_changed */
/* Sets what every connection is set to; an SQLite result code. */
int ryx_lite_session_settings(ryx_lite *c);
/* Runs a PRAGMA; *out gets its first column as a number, or as true when it is
 * the text `want`. An SQLite result code. */
int ryx_lite_session_pragma(ryx_lite *c, const char *sql, const char *want,
                            int *out);
/* Adds ryx_foreign_keys(on) to what SQL can call. */
int ryx_lite_session_functions(sqlite3 *db);
/* Ends a transaction; the rest only when a statement may have changed it. */
RYX_MUST int ryx_lite_session_reset(ryx_lite *c, ryx_err *e);

/* lite_stmt.c. get finds or prepares; give hands it back to the cache, or frees
 * it when it is not kept. */
RYX_MUST int ryx_lite_stmt_get(ryx_lite *c, const ryx_stmt *s,
                               ryx_lite_stmt **out, ryx_err *e);
void ryx_lite_stmt_give(ryx_lite *c, ryx_lite_stmt *st);
void ryx_lite_stmt_drop(void *ctx, void *handle); /* for ryx_stmts */
/* Binds row number `row` of the batch. */
RYX_MUST int ryx_lite_stmt_bind(ryx_lite *c, ryx_lite_stmt *st,
                                const ryx_stmt *s, int row, ryx_err *e);

/* lite_rows.c: the row at which a statement stands. 0 or RYX_E_NOMEM. */
/* Cell i; bytes are borrowed until the next step. */
RYX_MUST int ryx_lite_rows_cell(sqlite3_stmt *s, int i, ryx_val *out);
RYX_MUST int ryx_lite_rows_put(sqlite3_stmt *s, int n_cols, ryx_pack *p);
/* A pack with the statement's columns; free it also on failure. */
RYX_MUST int ryx_lite_rows_new(ryx_lite_stmt *st, ryx_pack **out);

/* lite_spill.c: new, put every row, end; then row until none is left. Free also
 * what a failed new gave. */
RYX_MUST int ryx_lite_spill_new(ryx_lite_stmt *st, ryx_lite_spill **out,
                                ryx_err *e);
RYX_MUST int ryx_lite_spill_put(ryx_lite_spill *sp, sqlite3_stmt *s,
                                ryx_err *e);
RYX_MUST int ryx_lite_spill_end(ryx_lite_spill *sp, ryx_err *e);
int64_t ryx_lite_spill_rows(const ryx_lite_spill *sp); /* not yet read */
/* Moves the next row to the end of *pack, which the first row makes. */
RYX_MUST int ryx_lite_spill_row(ryx_lite_spill *sp, ryx_pack **pack,
                                ryx_err *e);
void ryx_lite_spill_free(ryx_lite_spill *sp); /* NULL is fine */

/* lite_key.c: which foreign key a write has failed on: its table and column go
 * into c->err. The statement is left reset, the database as it was. */
void ryx_lite_key_find(ryx_lite *c, ryx_lite_stmt *st);

/* lite_run.c: runs c->head, or the next part of it, into c->reply. */
/* What begins a transaction that only reads, known by its address. */
extern const char ryx_lite_begin_reading[];
void ryx_lite_run(ryx_lite *c);
void ryx_lite_run_part(ryx_lite *c);
/* Frees what a stream holds; nothing when there is none. */
void ryx_lite_run_end_stream(ryx_lite *c);
/* Text without parameters or rows. */
RYX_MUST int ryx_lite_run_exec(ryx_lite *c, const char *sql, ryx_err *e);

/* lite_wait.c */
bool ryx_lite_wait_stopped(const ryx_lite *c); /* nobody wants the head */
void ryx_lite_wait_install(ryx_lite *c);
/* Time or patience is over: c->stop says why. Called between short statements,
 * where SQLite's handlers never run. */
bool ryx_lite_wait_over(ryx_lite *c);
/* Sleeps a little before try number n; false when it is over. */
bool ryx_lite_wait_sleep(ryx_lite *c, int n);

/* lite_error.c: the last error of c->db, or why a handler gave up. Returns
 * e->code. */
int ryx_lite_error(ryx_lite *c, int rc, ryx_err *e);

/* Register on a connection; an SQLite result code. */
typedef struct ryx_lite_function {
  const char *name;
  int n_args; /* -1: any number */
  void (*fn)(sqlite3_context *, int, sqlite3_value **);
  const char *data; /* sqlite3_user_data of fn, or NULL */
} ryx_lite_function;
typedef struct ryx_lite_aggregator {
  const char *name;
  int n_args; /* -1: any number */
  void (*step)(sqlite3_context *, int, sqlite3_value **);
  void (*final)(sqlite3_context *);
  void (*value)(sqlite3_context *); /* NULL: not for windows */
  void (*inverse)(sqlite3_context *, int, sqlite3_value **);
  const char *data; /* sqlite3_user_data of all, or NULL */
} ryx_lite_aggregator;
/* Registers pure functions; a table ends with a NULL name. */
int ryx_lite_functions_add(sqlite3 *db, const ryx_lite_function *f);
int ryx_lite_functions_aggregate(sqlite3 *db, const ryx_lite_aggregator *f);
int ryx_lite_functions(sqlite3 *db);
int ryx_lite_decimal(sqlite3 *db);
int ryx_lite_json(sqlite3 *db);
int ryx_lite_json_change(sqlite3 *db);
int ryx_lite_aggregate(sqlite3 *db);
int ryx_lite_collect(sqlite3 *db);
int ryx_lite_ordered(sqlite3 *db);
int ryx_lite_time(sqlite3 *db);
int ryx_lite_array(sqlite3 *db);

/* Shared by the functions. */
enum { RYX_LITE_PURE = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS };
/* Moves out into the result, or reports code (with e's message when e is
 * given). Always ends b. */
void ryx_lite_functions_result(sqlite3_context *ctx, int code, ryx_buf *b,
                               const ryx_err *e);
/* Reports a failed call that filled e. */
void ryx_lite_functions_fail(sqlite3_context *ctx, const ryx_err *e);
bool ryx_lite_functions_any_null(int n, sqlite3_value **v);
/* The order of COLLATE decimal. */
int ryx_lite_decimal_compare(ryx_span a, ryx_span b);
/* Makes canonical what any text may be. */
RYX_MUST int ryx_lite_decimal_read(sqlite3_value *v, ryx_arena *a,
                                   ryx_span *out, ryx_err *e);
/* The document in v; NULL after having reported why not. */
ryx_json *ryx_lite_json_parse(sqlite3_context *ctx, sqlite3_value *v);
/* Equal documents, numbers by value. */
bool ryx_lite_json_same(const ryx_json *a, const ryx_json *b);

/* lite_cell.c: a copy of an SQL value, its bytes in an arena. */
typedef struct ryx_lite_cell {
  int type;
  union {
    int64_t i;
    double d;
    ryx_span s; /* text, blob */
  } u;
} ryx_lite_cell;
/* False when memory is out. As it is; or a text, but for NULL; or that text. */
RYX_MUST bool ryx_lite_cell_copy(ryx_arena *a, sqlite3_value *v,
                                 ryx_lite_cell *out);
RYX_MUST bool ryx_lite_cell_text(ryx_arena *a, sqlite3_value *v,
                                 ryx_lite_cell *out);
RYX_MUST bool ryx_lite_cell_span(ryx_arena *a, sqlite3_value *v, ryx_span *out);
/* SQLite's order of values that are not NULL, texts by bytes or as decimals. */
int ryx_lite_cell_compare(const ryx_lite_cell *a, const ryx_lite_cell *b,
                          bool is_decimal);

#endif
