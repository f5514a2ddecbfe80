/* SPDX-License-Identifier: MIT */
/* What the files of the MariaDB driver share: the connection, the states of its
 * machine, and what each file does for those above it. Only driver/my*.c
 * include this.
 *
 *   send          more rows of parameters      more
 *    |      +---------------------------+       |
 *    v      v                           |       v
 *  BEGIN  PREPARE -> EXECUTE -> ROW --> end    ROW
 *    |      ^          ^        | ^      | \
 *    +------+----------+        +-+      |  NEXT -> ROW, of a procedure
 *           |                   part:    v
 *   a kept statement and        IDLE    COMMIT, of BEGIN
 *   plain text begin at EXECUTE          |
 *                                        v
 *  an error: ROLLBACK of BEGIN,         IDLE
 *  or PING, then IDLE or dead
 *
 *  dial: DIAL -> IDLE      reset: RESET -> DATABASE -> SESSION -> IDLE
 *
 * Calls go downward only:
 *   my.c                the driver's table; what may be sent at all
 *   my_machine.c        the states: what follows what
 *   my_stmt my_text     the two protocols: one call into the library each
 *   my_dial my_cancel   calls that block
 *   my_rows my_bind     cells into packed rows; parameters into the library
 *   my_reply            what is answered; what is let go of
 *   my_error my_status my_flavour my_word my_pipe */
#ifndef RYX_DRIVER_MY_CONN_H
#define RYX_DRIVER_MY_CONN_H

#include <mysql.h>
#include <signal.h>
#include <stdint.h>

#include "base/buf.h"
#include "driver/driver.h"
#include "driver/stmts.h"
#include "value/pack.h"

/* The call into the library that a connection is in, or is about to make. Only
 * my_machine.c changes it. */
typedef enum my_state {
  MY_IDLE,  /* none: free, or a stream between two parts */
  MY_DIAL,  /* blocks, on a dial thread */
  MY_BEGIN, /* of the transaction around a batch */
  MY_PREPARE,
  MY_EXECUTE, /* by either protocol */
  MY_ROW,     /* one row, into the sink */
  MY_FLUSH,   /* a result that the library cannot read */
  MY_NEXT,    /* the next result set of a procedure */
  MY_COMMIT,
  MY_ROLLBACK,
  MY_PING, /* after an error: do connection and transaction still stand? */
  MY_RESET,
  MY_DATABASE, /* after a reset: what the URL and the flavour say */
  MY_SESSION,
  MY_STATE_MAX
} my_state;

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
  bool may_be_bytes; /* a text that is worked out of parameters */
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

typedef struct my_conn my_conn;

/* What a server is, learnt at the dial: all that differs is a row here. */
typedef struct my_flavour {
  const char *name;
  const char *session; /* the SET statement after the dial and each reset */
  int json_depth;      /* of a document */
  bool has_arrays;     /* many rows of parameters in one execute */
  bool names_table;    /* a unique error says table.key */
  bool keeps_types;    /* a prepared statement turns every parameter into the
                          type of the first one that it was given, and takes
                          bytes for text */
  struct {
    unsigned since; /* version */
    unsigned caps;  /* RYX_SERVER_* */
  } caps[6];        /* a row without caps ends it */
} my_flavour;

/* What a call for one row ended with. */
typedef enum my_got { MY_GOT_ROW, MY_GOT_END, MY_GOT_ERROR } my_got;

/* A call into the library that may have to wait. Both answer MYSQL_WAIT_*; 0:
 * it is over, and c->ret says how. */
typedef struct my_call {
  int (*start)(my_conn *c);
  int (*cont)(my_conn *c, int ready); /* NULL: never waits */
} my_call;

/* The two ways to run a statement. */
typedef struct my_protocol {
  my_call execute, row, next;
  /* Behind an execute or next that brought columns. NULL: out of memory. */
  const MYSQL_FIELD *(*fields)(my_conn *c);
  my_got (*got)(my_conn *c); /* behind row: the sink has it */
  bool (*has_next)(const my_conn *c);
  void (*count)(my_conn *c); /* rows affected and the last key, into the run */
} my_protocol;

extern const my_protocol ryx_my_stmt_protocol, ryx_my_text_protocol;

/* A statement on its way. */
typedef struct my_run {
  const ryx_stmt *req; /* NULL: none */
  const my_protocol *via;
  MYSQL_STMT *st; /* NULL: text protocol, or not yet prepared */
  MYSQL_RES *res; /* text protocol: the result being read */
  ryx_pack *pack; /* the sink: rows of this part; NULL: no result set */
  ryx_pack *keys; /* of the rows inserted so far; NULL: nobody asks, or none */
  int64_t affected, last_id;
  int32_t at, n;      /* the rows of parameters of this execute */
  int32_t left;       /* rows until the part is full; negative: no end */
  bool is_kept;       /* st belongs to the cache */
  bool is_array;      /* rows of parameters go as arrays */
  bool is_rows;       /* ... as several rows of one text */
  int32_t n_prepared; /* rows that st takes */
  bool is_cursor;     /* its rows stay on the server until they are asked for */
  bool is_wrapped;    /* it is open */
  bool is_sent;       /* may have reached the server */
  bool is_begun;      /* did */
  bool is_again;      /* was prepared a second time */
  bool wants_drop;    /* after this result: let go of the statement */
  bool wants_prepare; /* ... and prepare it again */
  bool is_ending;     /* a stream that its reader left */
  bool is_dropping;   /* rows of this result are thrown away */
  bool is_bounded;    /* ... when they outgrow max_result_bytes */
} my_run;

struct my_conn {
  MYSQL *m;
  const ryx_opts *opts;
  const my_flavour *flavour;
  uint64_t deadline_ns;
  unsigned caps;           /* RYX_SERVER_* */
  size_t max_packet;       /* max_allowed_packet */
  int64_t key_step;        /* auto_increment_increment */
  unsigned long thread_id; /* for KILL QUERY; fixed after the dial */
  ryx_stmts cache;
  my_state state;
  int waiting; /* MYSQL_WAIT_* of the call in progress, or 0 */
  union {
    int i;
    my_bool b;
    MYSQL_ROW row;
  } ret;                /* of the call in progress */
  my_run run;           /* the statement in flight */
  my_run held;          /* a stream in a transaction, between two parts */
  ryx_err err;          /* of the statement in flight, or of the death */
  ryx_reply replies[2]; /* finished; [0] is the oldest */
  int n_replies;
  bool is_tls, is_dead;
  bool forgets;   /* empty the cache when it is free */
  bool no_memory; /* seen by the sink */
  my_col *cols;   /* of the result being read */
  size_t cols_cap;
  ryx_val *row;      /* the row being read */
  ryx_buf text;      /* of several rows, while it is prepared */
  MYSQL_BIND *binds; /* of the parameters being sent */
  my_slot *slots;
  size_t binds_cap;
};

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

/* my_machine.c */
/* Moves the connection as far as it goes. e is filled on FAIL. */
ryx_io ryx_my_machine_run(my_conn *c, int ready, ryx_err *e);
void ryx_my_machine_dial(my_conn *c);
void ryx_my_machine_send(my_conn *c, bool wraps); /* c->run */
void ryx_my_machine_more(my_conn *c, int32_t max_rows);
void ryx_my_machine_reset(my_conn *c);
/* The server is gone before anything of a statement left. */
void ryx_my_machine_lost(my_conn *c);
/* The call in progress comes to its end; the socket is shut down, so that
 * nothing waits for the server. */
void ryx_my_machine_unwind(my_conn *c);

/* my_stmt.c: by the binary protocol. */
int ryx_my_stmt_prepare(my_conn *c);
int ryx_my_stmt_prepare_cont(my_conn *c, int ready);
int ryx_my_stmt_flush(my_conn *c);
int ryx_my_stmt_flush_cont(my_conn *c, int ready);

/* my_text.c: by the text protocol. */
int ryx_my_text_query(my_conn *c, const char *sql, size_t n);
int ryx_my_text_query_cont(my_conn *c, int ready);

/* my_dial.c */
/* Connects, blocking. The caller closes *out with mysql_close. */
RYX_MUST int ryx_my_dial_open(const ryx_opts *o, uint64_t deadline_ns,
                              MYSQL **out, ryx_err *e);
/* Fills c->m and what the server says of itself, or c->err. */
int ryx_my_dial(my_conn *c);

/* my_cancel.c */
void *ryx_my_cancel_new(const void *c);
int ryx_my_cancel_ask(void *cancel, ryx_err *e);
void ryx_my_cancel_free(void *cancel);

/* my_bind.c */
/* May these values leave? Sets *size to their bytes on the wire, of all rows
 * together, and *is_array to whether each column has one type. */
RYX_MUST int ryx_my_bind_check(const my_conn *c, const ryx_stmt *s,
                               uint64_t *size, bool *is_array, ryx_err *e);
/* How many rows of parameters from c->run.at fit into one packet. */
int32_t ryx_my_bind_fit(const my_conn *c);
/* How many go into one text of several rows. */
int32_t ryx_my_bind_rows(const my_conn *c);
/* May the kept statement c->run.st take these parameters? */
bool ryx_my_bind_suits(const my_conn *c);
/* Binds row c->run.at, or c->run.n rows from there as arrays. */
RYX_MUST int ryx_my_bind(my_conn *c);

/* my_rows.c: the sink of both protocols. */
/* Looks at the columns of a result; makes c->run.pack when it has none. */
RYX_MUST int ryx_my_rows_begin(my_conn *c, const MYSQL_FIELD *fields,
                               unsigned n);
/* The library's callback (STMT_ATTR_CB_RESULT): one cell of a row. */
void ryx_my_rows_cell(void *c, unsigned col, unsigned char **row);
/* One row of the text protocol. */
void ryx_my_rows_text(my_conn *c, MYSQL_ROW row, const unsigned long *len,
                      unsigned n);
/* From here on rows are thrown away. */
void ryx_my_rows_drop(my_conn *c);
/* 0, or what is wrong with the rows so far, in e. */
RYX_MUST int ryx_my_rows_check(my_conn *c, ryx_err *e);

/* my_reply.c */
/* Behind an INSERT of c->run.n rows: their keys, if they are asked for. */
RYX_MUST int ryx_my_reply_keys(my_conn *c, int64_t first);
void ryx_my_reply_ok(my_conn *c);    /* the whole statement is done */
void ryx_my_reply_part(my_conn *c);  /* a part of a stream is full */
void ryx_my_reply_error(my_conn *c); /* with c->err; the connection lives */
/* All in flight fail: the statement with c->err, a held stream with lost, which
 * is c->err from here on. */
void ryx_my_reply_dead(my_conn *c, const ryx_err *lost);
void ryx_my_reply_drop_result(my_run *r); /* read half-way, too */
void ryx_my_reply_drop(my_conn *c);       /* lets go of c->run.st */
void ryx_my_reply_forget(my_conn *c); /* empties the cache, now or when free */

/* my_word.c */
/* INSERT, REPLACE; also UPDATE, DELETE. */
bool ryx_my_word_inserts(const char *sql);
bool ryx_my_word_writes(const char *sql);
bool ryx_my_word_selects(const char *sql);
bool ryx_my_word_calls(const char *sql);

/* my_error.c */
typedef struct my_native {
  unsigned number;
  const char *sqlstate, *text;
  bool names_table; /* a unique error says table.key */
  bool is_lost;     /* the library gave the connection up */
} my_native;
void ryx_my_error_fill(ryx_err *e, const my_native *n);
void ryx_my_error_of(const my_conn *c, MYSQL_STMT *st, ryx_err *e);
/* A server says this when it hangs up (and a user may say it with SIGNAL). */
bool ryx_my_error_is_farewell(int native);

/* my_status.c */
bool ryx_my_status_in_tx(const my_conn *c);
/* The last result's rows stay on the server. */
bool ryx_my_status_has_cursor(const my_conn *c);
/* The server ended an idle connection. */
bool ryx_my_status_hung_up(const my_conn *c);
/* The library has no connection any more, or does not know where in the stream
 * of packets it is. */
bool ryx_my_status_is_lost(const my_conn *c);

/* my_flavour.c */
const my_flavour *ryx_my_flavour_of(MYSQL *m);
/* Is it new enough? */
RYX_MUST int ryx_my_flavour_check(const my_flavour *f, unsigned long version,
                                  ryx_err *e);
unsigned ryx_my_flavour_caps(const my_flavour *f, unsigned long version);

/* my_pipe.c: around calls into the library that may speak TLS. */
/* Once the library has begun with OpenSSL: what is registered last is called
 * first at exit. */
void ryx_my_pipe_begin(void);
typedef struct my_pipe {
  sigset_t old;
  bool is_on, was_pending;
} my_pipe;
void ryx_my_pipe_enter(my_pipe *p, bool is_needed);
void ryx_my_pipe_leave(const my_pipe *p);

#endif
