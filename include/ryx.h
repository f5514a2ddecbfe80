/* SPDX-License-Identifier: MIT */
/* ryx for C programs: pooled, asynchronous statements on SQLite, PostgreSQL and
 * MariaDB/MySQL. See docs/reference/c.md.
 *
 *   ryx *r;
 *   ryx_err err;
 *   if (ryx_open(NULL, RYX_INLINE, &r, &err)) die(err.message);
 *   ryx_setup(r, "default", "sqlite:app.db", &err);
 *
 *   ryx_val id = ryx_int(7);
 *   ryx_query q = { .size = sizeof q, .sql = "SELECT name FROM t WHERE id = ?",
 *                   .params = &id, .n_params = 1 };
 *   ryx_result res;
 *   if (ryx_run(r, &q, &res, &err) == 0) {
 *     while (ryx_result_next(&res)) {
 *       ryx_val name;
 *       ryx_result_cell(&res, 0, &name);
 *       printf("%.*s\n", (int)name.len, name.u.s);
 *     }
 *     ryx_result_free(&res);
 *   }
 *   ryx_close(r);
 *
 * Errors: functions return 0 or a negative RYX_E_*, and fill *err when it is
 * not NULL. Threads: a ryx belongs to the thread that opened it. After a fork
 * the child may only close it. Nothing here ever calls back into the host. */
#ifndef RYX_H
#define RYX_H

#include "ryx_value.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RYX_API __attribute__((visibility("default")))
#else
#define RYX_API
#endif

#define RYX_VERSION "0.1.0"

/* The version of the library at run time. */
RYX_API const char *ryx_version(void);

/* One allocator for the process, set before the first ryx_open: realloc-shaped,
 * size 0 frees. RYX_E_MISUSE afterwards. Client libraries keep their own. */
RYX_API int ryx_set_allocator(void *(*fn)(void *ud, void *p, size_t size),
                              void *ud);

/* What several engines share: the aliases given to setup, and compiled plans.
 * Thread-safe, counted; every ryx holds one reference. */
typedef struct ryx_runtime ryx_runtime;
RYX_API RYX_MUST int ryx_runtime_new(ryx_runtime **out, ryx_err *err);
RYX_API void ryx_runtime_release(ryx_runtime *rt); /* NULL is fine */

typedef enum {
  RYX_INLINE, /* the loop runs inside wait, poll and pump */
  RYX_THREAD  /* the loop runs on a thread of its own, started on first use */
} ryx_mode;

/* An engine: loop, pools, requests. rt NULL: a runtime of its own. */
typedef struct ryx ryx;
RYX_API RYX_MUST int ryx_open(ryx_runtime *rt, ryx_mode mode, ryx **out,
                              ryx_err *err);
/* Cancels what runs, rolls back, closes connections; its tags and results that
 * were not taken are gone. Waits for servers that do not answer little more
 * than a second. NULL is fine. */
RYX_API void ryx_close(ryx *r);
RYX_API ryx_runtime *ryx_runtime_of(ryx *r); /* borrowed */

/* Names a database for the runtime. No I/O. A second setup of an alias replaces
 * it: old pools drain and close. Returns the alias number (>= 0) or RYX_E_*.
 * options: name, value, name, value, ..., NULL on top of the URL's; may be
 * NULL. */
RYX_API int ryx_setup(ryx *r, const char *alias, const char *url, ryx_err *err);
RYX_API int ryx_setup_options(ryx *r, const char *alias, const char *url,
                              const char *const *options, ryx_err *err);
/* Forgets an alias; its pools drain and close, what runs on them ends. Unknown
 * names are fine. */
RYX_API void ryx_forget(ryx *r, const char *alias);
/* The number of an alias, or RYX_E_MISUSE naming those that exist. */
RYX_API int ryx_alias(ryx *r, const char *name, ryx_err *err);
/* "postgres", "mariadb", "mysql" or "sqlite"; NULL: no such alias, or a
 * mysql:// that was never connected: MariaDB and MySQL have the same URLs. */
RYX_API const char *ryx_alias_dialect(ryx *r, int alias);
/* scheme://user@host:port/database, without password, cut to size bytes with
 * its NUL. RYX_E_MISUSE: no such alias. */
RYX_API int ryx_alias_show(ryx *r, int alias, char *out, size_t size);
/* An option of the alias, out of its URL and its table of options alike,
 * decoded: user, password, host, port, database (a file on SQLite), sslmode,
 * sslrootcert, sslcert, sslkey, mode, or a count; "" where nothing was said.
 * Returns its length; RYX_E_MISUSE: no such alias, no such option on its
 * database, or not size bytes with the NUL. For starting other programs: the
 * password is there. */
RYX_API RYX_MUST int ryx_alias_option(ryx *r, int alias, const char *name,
                                      char *out, size_t size);
/* RYX_SERVER_* bits, or -1 before the first connection (send a RYX_OP_CONNECT).
 */
RYX_API int ryx_alias_caps(ryx *r, int alias);
/* Can the alias do that: a name of RYX_SERVER_CAPS, in any case
 * ("update_returning"). 1, 0, or -1 before the first connection; RYX_E_MISUSE:
 * no such capability. Names of RYX_DRIVER_CAPS ("one_writer": no two
 * connections write at a time) need no connection. */
RYX_API int ryx_alias_can(ryx *r, int alias, const char *name);

/* A compiled query (docs/internals/description.md). Immutable, counted. */
typedef struct ryx_plan ryx_plan;
/* 0: *out is the caller's to free; 1: capabilities are unknown yet, send
 * RYX_OP_CONNECT first; or RYX_E_*. A plan is for the ryx of its runtime. */
RYX_API int ryx_plan_get(ryx *r, int alias, const void *description, size_t n,
                         ryx_plan **out, ryx_err *err);
RYX_API void ryx_plan_keep(ryx_plan *p); /* one more reference */
RYX_API void ryx_plan_free(ryx_plan *p); /* drops one; NULL is fine */

typedef struct ryx_plan_info {
  const char *sql;
  int n_params;
  const uint8_t *param_type, *param_elem; /* ryx_type each value is cast to */
  const char *const *param_name;          /* the column each is for, or "" */
  int n_cols;
  const uint8_t *col_type, *col_elem;
  const char *const *col_name;
  bool copies; /* a COPY: its rows follow by ryx_put, or come as lines of CSV in
                  parts of one cell of BYTES */
} ryx_plan_info;
/* What lies in it lives as long as the plan. */
RYX_API void ryx_plan_get_info(const ryx_plan *p, ryx_plan_info *out);

/* The parameters of a plan's statement as ryx_send would bind them, for showing
 * them beside info.sql: one per placeholder, in order, patterns made. Belongs
 * to the caller and depends on nothing, neither the plan nor params; one thread
 * at a time. RYX_E_MISUSE: a plan that inserts many rows, or not as many
 * parameters as it takes; RYX_E_VALIDATION: one does not fit its column. */
typedef struct ryx_bound ryx_bound;
RYX_API RYX_MUST int ryx_bound_new(const ryx_plan *p, const ryx_val *params,
                                   int n, ryx_bound **out, ryx_err *err);
RYX_API void ryx_bound_free(ryx_bound *b); /* NULL is fine */
RYX_API int ryx_bound_count(const ryx_bound *b);
/* Borrowed until free. One that does not exist is NULL. */
RYX_API void ryx_bound_value(const ryx_bound *b, int i, ryx_val *out);

typedef uint64_t ryx_tag; /* slot in the low 20 bits, generation above */
typedef uint64_t ryx_tx;  /* 0: none */

typedef enum {
  RYX_OP_RUN,
  RYX_OP_CONNECT,
  RYX_OP_SLEEP,
  RYX_OP_BEGIN,
  RYX_OP_COMMIT,
  RYX_OP_ROLLBACK,
  RYX_OP_SAVEPOINT,
  RYX_OP_RELEASE,
  RYX_OP_ROLLBACK_TO
} ryx_op;

typedef struct ryx_query {
  size_t size; /* sizeof(ryx_query) */
  ryx_op op;
  int alias; /* number; inside a transaction: the one it was begun on */
  ryx_tx tx;
  ryx_plan *plan;  /* or NULL and */
  const char *sql; /* one statement of your own; `?` is the parameter, `??` a
                      literal `?`; NUL-terminated */
  const ryx_val *params; /* copied */
  int n_params;          /* per row */
  int n_rows;         /* plans that insert many rows: how many; else 0 or 1 */
  int chunk;          /* > 0: stream the result in parts of this many rows */
  int64_t timeout_ms; /* from now to the last row, waiting for a connection
                         included; 0 or less: none. Saturates, so INT64_MAX
                         means never. A write or COMMIT that is late has
                         500 ms more to say whether it was done: done,
                         RYX_E_TIMEOUT (nothing was kept), or
                         RYX_E_COMMIT_UNKNOWN. SLEEP: how long */
  const char *label;  /* where this comes from, for messages; may be NULL */
  bool no_queue; /* fail when the transaction is busy, instead of queueing */
  bool read_only, deferrable; /* BEGIN */
  int isolation; /* BEGIN: 0 default, 1 read committed, 2 repeatable read, 3
                    serializable */
} ryx_query;

/* Queues; never executes or blocks. What q points at is copied, but the plan,
 * which is counted. RYX_E_VALIDATION: a parameter does not fit
 * its column. */
RYX_API RYX_MUST int ryx_send(ryx *r, const ryx_query *q, ryx_tag *out,
                              ryx_err *err);

typedef struct ryx_rows ryx_rows;
typedef struct ryx_result {
  int code;       /* 0 or RYX_E_* */
  bool more;      /* a part of a stream: ryx_more for the next */
  ryx_tx tx;      /* BEGIN */
  ryx_rows *rows; /* freed by ryx_result_free; NULL: the statement has none */
  int64_t affected, last_id;
  int64_t duration_ns;
  const ryx_err *err; /* until the next call on this ryx, when code != 0 */
} ryx_result;

/* See docs/reference/c.md. wait: blocks for one tag. poll: blocks until any
 * request is done. pump: never blocks, for a loop of your own: call it when the
 * descriptor is readable, after every send, and *next_ms later (-1: no need).
 * Timeouts are in milliseconds, -1: none. All: 1 done, 0 not yet, RYX_E_MISUSE:
 * not this process's (after a fork), or no such tag. */
RYX_API int ryx_wait(ryx *r, ryx_tag tag, int64_t timeout_ms);
RYX_API int ryx_poll(ryx *r, int64_t timeout_ms);
RYX_API int ryx_pump(ryx *r, int64_t *next_ms);
RYX_API int ryx_fd(const ryx *r);
/* THREAD: a unix socket that receives a byte when tags are finished. */
RYX_API int ryx_listen(ryx *r, const char *path, ryx_err *err);
RYX_API ryx_tag ryx_next(ryx *r); /* a finished tag nobody waited for, or 0 */
RYX_API bool ryx_done(const ryx *r, ryx_tag tag);
/* Moves the result out; the tag ends unless out->more. 0 (look at out->code) or
 * RYX_E_MISUSE. */
RYX_API RYX_MUST int ryx_take(ryx *r, ryx_tag tag, ryx_result *out);
/* Asks for the next part of a stream, of at most max_rows; wait for the same
 * tag again. 0: ends the stream; the tag finishes once more, without rows. When
 * the stream was ended between two parts (its time, its connection, its
 * transaction), the result says so. RYX_E_MISUSE: it has ended, or its part was
 * not taken. */
RYX_API RYX_MUST int ryx_more(ryx *r, ryx_tag tag, int max_rows);
/* COPY FROM STDIN, by a plan whose info.copies is set: its tag finishes with
 * `more` and no rows when the server takes rows. put: n_rows * n_params values
 * for it, which are cast and encoded here; then ryx_more (tag, 1) sends them,
 * and the tag finishes again, with `more` for the next ones. A ryx_more with
 * nothing put is the end: the result has `affected`. ryx_more (tag, 0) or
 * ryx_drop gives the copy up: no row is kept. *bad: the row of these that does
 * not fit (RYX_E_VALIDATION), or -1. */
RYX_API RYX_MUST int ryx_put(ryx *r, ryx_tag tag, const ryx_plan *p,
                             const ryx_val *rows, int n_rows, int *bad,
                             ryx_err *err);
/* The first of the rows that a plan would refuse, and why: 0 and *bad -1 when
 * there is none. */
RYX_API RYX_MUST int ryx_find_misfit(ryx *r, const ryx_plan *p,
                                     const ryx_val *rows, int n_rows, int *bad,
                                     ryx_err *err);
/* cancel: asks to stop what is under way. It still ends, as RYX_E_CANCELLED
 * unless it was quicker, about a second later at most however long the server
 * is silent; a write without transaction whose connection is lost by that is
 * RYX_E_COMMIT_UNKNOWN. Between two parts of a stream nothing is under way, and
 * nothing happens: drop it. drop: nobody wants it any more, the tag ends now;
 * what runs is stopped. tx_drop: rolls back in the background. Those that are
 * gone are fine. */
RYX_API void ryx_cancel(ryx *r, ryx_tag tag);
RYX_API void ryx_drop(ryx *r, ryx_tag tag);
RYX_API void ryx_tx_drop(ryx *r, ryx_tx tx);

/* send, wait, take in one: returns the result's code, *err filled. Without
 * timeout_ms it waits as long as the server is silent. Not for streams. On
 * failure there is nothing to free. */
RYX_API RYX_MUST int ryx_run(ryx *r, const ryx_query *q, ryx_result *out,
                             ryx_err *err);

/* Rows. Cells are borrowed until the next row; there is none before the first
 * next. count: of all rows of this result or part. A column that does not exist
 * is NULL, named "", of RYX_T_NULL. */
RYX_API bool ryx_result_next(ryx_result *res);
RYX_API void ryx_result_cell(ryx_result *res, int col, ryx_val *out);
RYX_API int ryx_result_columns(const ryx_result *res);
RYX_API int64_t ryx_result_count(const ryx_result *res);
RYX_API const char *ryx_result_name(const ryx_result *res, int col);
RYX_API int ryx_result_type(const ryx_result *res, int col);
/* Rows as such, for hosts that keep them apart from their result. */
RYX_API void ryx_rows_release(ryx_rows *rows);
RYX_API bool ryx_rows_step(ryx_rows *rows);
RYX_API void ryx_rows_value(ryx_rows *rows, int col, ryx_val *out);
/* All cells of the current row at once; NULL: only one by one. */
RYX_API const ryx_val *ryx_rows_row(const ryx_rows *rows);
RYX_API void ryx_result_free(ryx_result *res); /* may run twice */

/* Values. Text and bytes are borrowed, at most UINT32_MAX bytes: of more, and
 * of a type that does not exist, comes a value that every function here refuses
 * (RYX_E_VALIDATION). */
RYX_API ryx_val ryx_null(void);
RYX_API ryx_val ryx_bool(bool v);
RYX_API ryx_val ryx_int(int64_t v);
RYX_API ryx_val ryx_double(double v);
RYX_API ryx_val ryx_text(const char *s); /* NUL-terminated UTF-8 */
RYX_API ryx_val ryx_bytes(int type, const void *s, size_t n); /* TEXT, JSON.. */

/* Any value as text (datetime ISO 8601 with a space, durations HH:MM:SS.ffffff,
 * ...). Writes at most size bytes with the NUL, returns the full length,
 * RYX_E_NOMEM or RYX_E_VALIDATION. */
RYX_API int64_t ryx_val_text(const ryx_val *v, char *out, size_t size);
/* Text (or another value) as a value of `type`: *v is changed; what must be
 * made is put into a malloc'd block *mem that the caller frees with ryx_free
 * (NULL when none). RYX_E_VALIDATION says why not. */
RYX_API int ryx_val_convert(ryx_val *v, int type, void **mem, ryx_err *err);
RYX_API void ryx_free(void *mem);

/* The parts of a DATE, TIME, DATETIME or DATETIMETZ (false: another type, or
 * infinite), and a value of such a type made of parts (RYX_E_VALIDATION names
 * the part that is out of range). */
RYX_API bool ryx_val_parts(const ryx_val *v, ryx_civil *out);
RYX_API int ryx_val_make(int type, const ryx_civil *p, ryx_val *out,
                         ryx_err *err);
/* A DATETIME, DATETIMETZ or DURATION as whole days, rounded down, and the
 * microseconds left, 0 to RYX_DAY_US - 1. Infinite: false, with *days infinite
 * and *us 0. */
RYX_API bool ryx_val_split(const ryx_val *v, int64_t *days, int64_t *us);
/* a + b and a - b of DATE, DATETIME, DATETIMETZ and DURATION: one moves by a
 * duration, and the difference of two alike is one (so it is of two TIMEs).
 * RYX_E_VALIDATION: out of range, or not whole days for a DATE; RYX_E_MISUSE:
 * types that do not go together. */
RYX_API int ryx_val_add(const ryx_val *a, const ryx_val *b, ryx_val *out,
                        ryx_err *err);
RYX_API int ryx_val_sub(const ryx_val *a, const ryx_val *b, ryx_val *out,
                        ryx_err *err);
/* A DATE, TIME, DATETIME, DATETIMETZ or DURATION as ISO 8601: T and Z, no
 * fraction of zero, PnDTnHnMn.nS. Writes and returns like ryx_val_text; 0 for
 * another type. */
RYX_API int64_t ryx_val_iso(const ryx_val *v, char *out, size_t size);
RYX_API ryx_val ryx_now(void); /* DATETIME in UTC, by the system's clock */
/* False of what a server may hold and no type of ryx does: days outside of the
 * years 1 to 9999, times outside of a day, decimals that are no number. Hosts
 * refuse it. */
RYX_API bool ryx_val_held(const ryx_val *v);
/* What every database holds as text: UTF-8 without NUL. */
RYX_API bool ryx_is_text(const char *s, size_t n);
RYX_API const char *ryx_type_text(int type);  /* "datetime" */
RYX_API int ryx_type_from(const char *name);  /* -1 unknown */
RYX_API const char *ryx_error_kind(int code); /* "unique_violation" */

/* Exact decimals on canonical text: + - * /. *out ends in NUL; ryx_free. */
RYX_API int ryx_decimal_calc(char op, const char *a, size_t na, const char *b,
                             size_t nb, char **out, size_t *n, ryx_err *err);
RYX_API int ryx_decimal_compare(const char *a, size_t na, const char *b,
                                size_t nb); /* -1 0 1; 2 not decimals */
RYX_API int ryx_decimal_places(const char *a, size_t na, int places, bool exact,
                               char **out, size_t *n, ryx_err *err);

/* JSON: a parsed document to walk (for hosts), and pieces to write one. */
typedef struct ryx_json ryx_json;
typedef struct ryx_json_item {
  int kind; /* 0 null 1 false 2 true 3 int 4 double 5 string 6 array 7 object */
  int64_t i;
  double d;
  const char *s;
  size_t n; /* bytes of the string, items of an array or object */
} ryx_json_item;
RYX_API int ryx_json_read(const char *s, size_t n, ryx_json **doc,
                          ryx_err *err); /* free with ryx_json_release */
/* The same for a cell: integers beyond int64 (PostgreSQL writes 1e300 with all
 * its digits) are doubles instead of an error. */
RYX_API int ryx_json_read_stored(const char *s, size_t n, ryx_json **doc,
                                 ryx_err *err);
RYX_API void ryx_json_release(ryx_json *doc);
RYX_API void ryx_json_look(const ryx_json *j, ryx_json_item *out);
RYX_API const ryx_json *ryx_json_item_at(const ryx_json *j, size_t i);
RYX_API bool ryx_json_each(const ryx_json *j, void **it, const char **key,
                           size_t *nkey, const ryx_json **value);
/* Appends to a growing block that starts all zero; ryx_free(b.data). */
typedef struct ryx_text_buf {
  char *data;
  size_t n, cap;
} ryx_text_buf;
RYX_API int ryx_json_add_string(ryx_text_buf *b, const char *s, size_t n);
RYX_API int ryx_json_add_int(ryx_text_buf *b, int64_t v);
RYX_API int ryx_json_add_double(ryx_text_buf *b, double v);
RYX_API int ryx_json_add_value(ryx_text_buf *b, const ryx_val *v,
                               ryx_err *err); /* an item of an ARRAY */
RYX_API int ryx_text_add(ryx_text_buf *b, const char *s, size_t n);

/* CSV as RFC 4180 has it (docs/reference/lua.md, ryx.copy_to), read in parts.
 * feed copies n bytes; n 0: the text is over. rows makes the next ones ready,
 * max at most, and gives their number: 0, more text is needed or it is over;
 * RYX_E_VALIDATION names the row. A cell is borrowed until the next feed or
 * rows: text, or a NULL where the file has nothing, not even quotes. */
typedef struct ryx_csv ryx_csv;
RYX_API RYX_MUST int ryx_csv_new(ryx_csv **out, ryx_err *err);
RYX_API void ryx_csv_free(ryx_csv *c); /* NULL is fine */
RYX_API RYX_MUST int ryx_csv_feed(ryx_csv *c, const char *s, size_t n,
                                  ryx_err *err);
RYX_API RYX_MUST int ryx_csv_rows(ryx_csv *c, int max, ryx_err *err);
RYX_API int ryx_csv_columns(const ryx_csv *c); /* of the first row */
RYX_API void ryx_csv_cell(const ryx_csv *c, int row, int col, ryx_val *out);
/* Appends a value as its column's type (RYX_T_NULL: as it is) to a row of CSV,
 * in quotes where it needs them; as a member of an object of JSON. Both are on
 * one line, as docs/guide/files.md says. */
RYX_API RYX_MUST int ryx_csv_add(ryx_text_buf *b, const ryx_val *v, int type,
                                 int elem, ryx_err *err);
RYX_API RYX_MUST int ryx_json_add_cell(ryx_text_buf *b, const ryx_val *v,
                                       int type, int elem, ryx_err *err);

/* A regular expression of PCRE2 that knows Unicode: those of SQLite's lookups
 * are the same. make: RYX_E_VALIDATION says where the pattern is wrong. find: 1
 * where any part of the text matches, 0, or RYX_E_VALIDATION (no UTF-8) or
 * RYX_E_OPERATIONAL (given up: too many steps). Any thread, one at a time. */
typedef struct ryx_regex ryx_regex;
RYX_API RYX_MUST int ryx_regex_make(const char *pattern, size_t n,
                                    bool ignore_case, ryx_regex **out,
                                    ryx_err *err);
RYX_API int ryx_regex_find(const ryx_regex *re, const char *s, size_t n);
RYX_API void ryx_regex_release(ryx_regex *re); /* NULL is fine */

/* SQL text helpers: an identifier quoted for the alias's database, in at most
 * size bytes with the NUL (RYX_E_MISUSE: no room). */
RYX_API int ryx_quote(ryx *r, int alias, const char *name, char *out,
                      size_t size, ryx_err *err);
/* How many parameters an SQL text of n bytes has on the alias's database,
 * outside of its quotes and comments: those of a statement of ryx's, or every
 * `?`. */
RYX_API int ryx_count_params(ryx *r, int alias, const char *sql, size_t n,
                             ryx_err *err);
RYX_API const char *const *ryx_lookups(void); /* names, NULL-terminated */
/* The numbers that a query description is made of, for hosts that write one;
 * after the last a NULL list. */
RYX_API const ryx_number *ryx_numbers(void);

/* A lock by name (n bytes) for databases whose server has none: among those who
 * use the file `beside`, or with NULL among the threads of this process. 0; 1
 * with *out NULL: somebody has it, this process perhaps; RYX_E_OPERATIONAL: no
 * lock file can be made there. Never waits; any thread. The end of the process
 * gives it back, and the child of a fork does not have it. */
typedef struct ryx_file_lock ryx_file_lock;
RYX_API RYX_MUST int ryx_lock_take(const char *beside, const void *name,
                                   size_t n, ryx_file_lock **out, ryx_err *err);
RYX_API void ryx_lock_release(ryx_file_lock *l); /* NULL is fine */

/* A schema changed: connections forget prepared statements. */
RYX_API void ryx_schema_changed(ryx *r, int alias);

typedef struct ryx_pool_stats {
  size_t size_of; /* sizeof(ryx_pool_stats) */
  int max, min, size, idle, in_use, waiting;
  int64_t dials, dial_errors, closed, requests, errors, timeouts;
} ryx_pool_stats;
RYX_API int ryx_stats(ryx *r, int alias, ryx_pool_stats *out, ryx_err *err);
typedef struct ryx_open_stats {
  int64_t requests, pinned, transactions, streams;
  int64_t rows; /* of the whole process */
} ryx_open_stats;
/* All 0 when nothing is left open: for tests and leak reports. */
RYX_API void ryx_left_open(ryx *r, ryx_open_stats *out);

#ifdef __cplusplus
}
#endif
#endif
