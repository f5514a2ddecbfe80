/* SPDX-License-Identifier: MIT */
/* What the files of the MariaDB driver share: the connection, its phases, and
 * the doors between the files. Only driver/my*.c include this. */
#ifndef RYX_DRIVER_MY_CONN_H
#define RYX_DRIVER_MY_CONN_H

#include <mysql.h>
#include <signal.h>
#include <stdint.h>

#include "driver/driver.h"
#include "driver/stmts.h"
#include "value/pack.h"

/* One call into the library that may have to wait, and what follows it. Nothing
 * else moves a connection. my.c holds the table of the steps. */
typedef enum my_phase {
  MY_IDLE,  /* nothing to do: free, or a stream between two parts */
  MY_DIAL,  /* blocks, on a dial thread */
  MY_CHECK, /* has the server hung up meanwhile? */
  MY_BEGIN, /* of the transaction around a batch */
  MY_PREPARE,
  MY_EXECUTE,
  MY_FETCH,  /* one row */
  MY_DRAIN,  /* throws the rest of a result away */
  MY_RESULT, /* the next result set of a procedure */
  MY_TEXT,   /* the same by the text protocol: */
  MY_TEXT_STORE,
  MY_TEXT_RESULT,
  MY_COMMIT,
  MY_ROLLBACK,
  MY_PING, /* after an error: does the transaction still stand? */
  MY_RESET,
  MY_DATABASE, /* after a reset: what the URL and section 7.1 say */
  MY_SESSION,
  MY_PHASE_MAX
} my_phase;

/* How a column is read. */
typedef enum my_kind {
  MY_INT,
  MY_UINT64,
  MY_FLOAT,
  MY_DOUBLE,
  MY_DECIMAL,
  MY_DATE,
  MY_TIME,
  MY_DATETIME,
  MY_BIT,
  MY_TEXT_CELL,
  MY_BYTES,
  MY_JSON,
  MY_UUID
} my_kind;

typedef struct my_col {
  my_kind kind;
  uint8_t size; /* in the binary protocol; 0: the length stands before it */
  bool is_unsigned;
} my_col;

/* What the library wants to find in memory for one parameter. */
typedef struct my_slot {
  union {
    int64_t i;
    double d;
    MYSQL_TIME t;
  } u;
  char indicator;
} my_slot;

/* A statement on its way. */
typedef struct my_run {
  const ryx_stmt *req; /* NULL: none */
  MYSQL_STMT *st;      /* NULL: text protocol, or not yet prepared */
  ryx_pack *pack;      /* rows of this part; NULL: no result set */
  int64_t affected, last_id;
  int32_t at, n;      /* the rows of parameters of this execute */
  int32_t left;       /* rows until the part is full; negative: no end */
  bool is_kept;       /* st belongs to the cache */
  bool is_array;      /* rows of parameters go as arrays */
  bool wants_wrap;    /* all rows or none needs a transaction of our own */
  bool is_wrapped;    /* it is open */
  bool is_sent;       /* may have reached the server */
  bool is_again;      /* was prepared a second time */
  bool wants_drop;    /* after the drain: let go of the statement */
  bool wants_prepare; /* ... and prepare it again */
  bool is_ending;     /* a stream that its reader left */
} my_run;

typedef struct my_conn {
  MYSQL *m;
  const ryx_opts *opts;
  uint64_t deadline_ns;
  unsigned caps;           /* RYX_SERVER_* */
  size_t max_packet;       /* max_allowed_packet */
  unsigned long thread_id; /* for KILL QUERY; fixed after the dial */
  ryx_stmts cache;
  my_phase phase;
  int waiting; /* MYSQL_WAIT_* of the call in progress, or 0 */
  union {
    int i;
    my_bool b;
    MYSQL_RES *res;
  } ret;                /* of the call in progress */
  my_run run;           /* the statement in flight */
  my_run held;          /* a stream in a transaction, between two parts */
  ryx_err err;          /* of the statement in flight, or of the death */
  ryx_reply replies[2]; /* finished; [0] is the oldest */
  int n_replies;
  bool is_mariadb, is_tls, is_dead;
  bool forgets;   /* empty the cache when it is free */
  bool no_memory; /* seen by a callback of the library */
  my_col *cols;   /* of the result being read */
  size_t cols_cap;
  ryx_val *row;      /* the row being read */
  MYSQL_BIND *binds; /* of the parameters being sent */
  my_slot *slots;
  size_t binds_cap;
} my_conn;

typedef struct my_step {
  int (*start)(my_conn *c);           /* MYSQL_WAIT_*, 0: over */
  int (*cont)(my_conn *c, int ready); /* the same; NULL: never waits */
  my_phase (*done)(my_conn *c);
} my_step;

/* The library takes `void *` where it only reads. */
static inline void *ryx_my_conn_unconst(const void *p)
{
  return (void *)(uintptr_t)p;
}
static inline my_conn *ryx_my_conn_of(void *c)
{
  return c;
}
static inline const my_conn *ryx_my_conn_peek(const void *c)
{
  return c;
}
bool ryx_my_conn_in_tx(const my_conn *c);

/* my_dial.c */
/* Connects, blocking. The caller closes *out with mysql_close. */
RYX_MUST int ryx_my_dial_open(const ryx_opts *o, uint64_t deadline_ns,
                              MYSQL **out, ryx_err *e);
int ryx_my_dial(my_conn *c);
my_phase ryx_my_dialled(my_conn *c);
const char *ryx_my_dial_session(bool is_mariadb); /* the SET statement */

/* my_exec.c */
int ryx_my_exec_check(my_conn *c);
my_phase ryx_my_exec_checked(my_conn *c);
my_phase ryx_my_exec_first(my_conn *c); /* prepare, or execute at once */
my_phase ryx_my_exec_next(my_conn *c); /* the next rows of parameters, or end */
int ryx_my_exec_prepare(my_conn *c);
int ryx_my_exec_prepare_cont(my_conn *c, int ready);
my_phase ryx_my_exec_prepared(my_conn *c);
int ryx_my_exec_execute(my_conn *c);
int ryx_my_exec_execute_cont(my_conn *c, int ready);
my_phase ryx_my_exec_executed(my_conn *c);
int ryx_my_exec_fetch(my_conn *c);
int ryx_my_exec_fetch_cont(my_conn *c, int ready);
my_phase ryx_my_exec_fetched(my_conn *c);
int ryx_my_exec_drain(my_conn *c);
int ryx_my_exec_drain_cont(my_conn *c, int ready);
my_phase ryx_my_exec_drained(my_conn *c);
int ryx_my_exec_result(my_conn *c);
int ryx_my_exec_result_cont(my_conn *c, int ready);
my_phase ryx_my_exec_resulted(my_conn *c);
/* "Rows matched" of an UPDATE, else what the library counted. */
int64_t ryx_my_exec_affected(const char *info, unsigned long long counted);
/* By the first word of the statement: INSERT, REPLACE; also UPDATE, DELETE. */
bool ryx_my_exec_inserts(const char *sql);
bool ryx_my_exec_writes(const char *sql);

/* my_end.c: ways a statement ends. Each returns the next phase. */
my_phase ryx_my_end_ok(my_conn *c);   /* the whole statement is done */
my_phase ryx_my_end_part(my_conn *c); /* a part of a stream is full */
my_phase ryx_my_end_failed(
    my_conn *c);                       /* with c->err, or the library's error */
my_phase ryx_my_end_error(my_conn *c); /* answers with c->err */
my_phase ryx_my_end_dead(my_conn *c);  /* all in flight fail with c->err */
void ryx_my_end_drop(my_conn *c);      /* lets go of c->run.st */
void ryx_my_end_forget(my_conn *c);    /* empties the cache now or when free */

/* my_text.c */
int ryx_my_text_query(my_conn *c);
int ryx_my_text_query_cont(my_conn *c, int ready);
my_phase ryx_my_text_queried(my_conn *c);
int ryx_my_text_store(my_conn *c);
int ryx_my_text_store_cont(my_conn *c, int ready);
my_phase ryx_my_text_stored(my_conn *c);
int ryx_my_text_result(my_conn *c);
int ryx_my_text_result_cont(my_conn *c, int ready);
my_phase ryx_my_text_resulted(my_conn *c);
int ryx_my_text_begin(my_conn *c);
my_phase ryx_my_text_begun(my_conn *c);
int ryx_my_text_commit(my_conn *c);
my_phase ryx_my_text_committed(my_conn *c);
int ryx_my_text_rollback(my_conn *c);
my_phase ryx_my_text_rolled_back(my_conn *c);
int ryx_my_text_ping(my_conn *c);
my_phase ryx_my_text_pinged(my_conn *c);

/* my_reset.c */
int ryx_my_reset_start(my_conn *c);
int ryx_my_reset_cont(my_conn *c, int ready);
my_phase ryx_my_reset_done(my_conn *c);
int ryx_my_reset_database(my_conn *c);
int ryx_my_reset_database_cont(my_conn *c, int ready);
my_phase ryx_my_reset_database_done(my_conn *c);
int ryx_my_reset_session(my_conn *c);
my_phase ryx_my_reset_session_done(my_conn *c);

/* my_bind.c */
/* May these values leave? Sets *size to their bytes on the wire, of all rows
 * together, and *is_array to whether each column has one type. */
RYX_MUST int ryx_my_bind_check(const ryx_stmt *s, uint64_t *size,
                               bool *is_array, ryx_err *e);
/* How many rows of parameters from c->run.at fit into one packet. */
int32_t ryx_my_bind_fit(const my_conn *c);
/* Binds row c->run.at, or c->run.n rows from there as arrays. */
RYX_MUST int ryx_my_bind(my_conn *c);

/* my_rows.c */
/* Looks at the columns of a result; makes c->run.pack when it has none. */
RYX_MUST int ryx_my_rows_begin(my_conn *c, const MYSQL_FIELD *fields,
                               unsigned n);
/* The library's callback (STMT_ATTR_CB_RESULT): one cell of a row. */
void ryx_my_rows_cell(void *c, unsigned col, unsigned char **row);
/* One row of the text protocol. */
RYX_MUST int ryx_my_rows_text(my_conn *c, MYSQL_ROW row,
                              const unsigned long *len);

/* my_error.c */
typedef struct my_native {
  unsigned number;
  const char *sqlstate, *text;
  bool is_mysql; /* not MariaDB: keys are written table.key */
} my_native;
void ryx_my_error_fill(ryx_err *e, const my_native *n);
void ryx_my_error_of(const my_conn *c, MYSQL_STMT *st, ryx_err *e);
bool ryx_my_error_is_fatal(int native); /* the connection is gone with it */

/* my_pipe.c: around calls into the library that may write under TLS. */
typedef struct my_pipe {
  sigset_t old;
  bool is_on, was_pending;
} my_pipe;
void ryx_my_pipe_enter(my_pipe *p, bool is_needed);
void ryx_my_pipe_leave(const my_pipe *p);

/* my_cancel.c */
void *ryx_my_cancel_new(const void *c);
int ryx_my_cancel_ask(void *cancel, ryx_err *e);
void ryx_my_cancel_free(void *cancel);

#endif
