/* SPDX-License-Identifier: MIT */
/* The driver table: one per client library. A driver knows no loop: it says
 * what it waits for. All calls on one connection come from one thread at a time
 * (the loop's, or the connection's own when the driver blocks) unless said
 * otherwise. */
#ifndef RYX_DRIVER_DRIVER_H
#define RYX_DRIVER_DRIVER_H

#include <stdatomic.h>

#include "base/buf.h"
#include "driver/opts.h"
#include "ryx_value.h"
#include "value/caps.h"
#include "value/rows.h"

typedef enum {
  RYX_IO_DONE,  /* nothing in flight, or: the dial or reset is finished, or: a
                   part of a stream is out and more has not been called */
  RYX_IO_READ,  /* step again when the descriptor is readable */
  RYX_IO_WRITE, /* ... writable */
  RYX_IO_BOTH,  /* ... either */
  RYX_IO_BLOCK, /* the next step may block: not on a loop's thread */
  RYX_IO_YIELD, /* there is more to do at once, but others wait for their turn:
                   step again after them (see RYX_STEP_ROWS) */
  RYX_IO_FAIL   /* the connection is dead: close it. Statements in flight have
                   all been failed by the driver and can be taken. */
} ryx_io;

/* What step is told. 0 is a first or plain step. */
enum { RYX_READY_READ = 1, RYX_READY_WRITE = 2 };

/* The share of one step on a loop's thread: after so many rows a driver looks
 * at the clock, and yields when it had so many microseconds. */
enum { RYX_STEP_ROWS = 256, RYX_STEP_US = 2000 };

/* What a driver can do (ryx_driver.caps), known before any dial. X(NAME, bit)
 *
 * PIPELINE    several statements in flight (depth)
 * BLOCKS      statements run inside step and block: SQLite
 * RESOLVE     dial wants a numeric address (ryx_dial.addr)
 * ONE_WRITER  one connection writes, others are read-only
 * TX_STREAM   can stream inside a transaction (STREAM_TX)
 * DEFERRABLE  a transaction may wait for a snapshot that nothing can break */
#define RYX_DRIVER_CAPS(X) \
  X(PIPELINE, 1)           \
  X(BLOCKS, 2)             \
  X(RESOLVE, 4)            \
  X(ONE_WRITER, 8)         \
  X(TX_STREAM, 16)         \
  X(DEFERRABLE, 32)

enum {
#define X(name, bit) RYX_CAP_##name = bit,
  RYX_DRIVER_CAPS(X)
#undef X
};

/* How to dial. Borrowed until the dial is finished. */
typedef struct ryx_dial {
  const ryx_opts *opts; /* lives as long as the connection */
  const char *addr; /* a numeric address of opts->host, which is only its name
                       then; NULL when not resolved */
  bool read_only;   /* a reader of a ONE_WRITER database */
  uint64_t deadline_ns; /* CLOCK_MONOTONIC; the driver may look, the engine
                           enforces */
} ryx_dial;

enum {
  RYX_STMT_READ = 1,      /* a SELECT without row locks and side effects: ryx's
                             own, or with RAW one that the text shows to be so */
  RYX_STMT_STREAM = 2,    /* rows come in parts of `chunk` rows */
  RYX_STMT_STREAM_TX = 4, /* with STREAM: inside a transaction, other statements
                             may run between the parts (PostgreSQL DECLARE and
                             FETCH, MariaDB read-only cursor) */
  RYX_STMT_UNNAMED = 8,   /* do not keep prepared, whatever its id */
  RYX_STMT_RAW = 16,      /* text of the user's: parameter types by value */
  RYX_STMT_KEYS = 32,     /* an INSERT without RETURNING: the result is one INT
                             column, the key generated for each row in order
                             (several rows: MySQL alone) */
  RYX_STMT_TAINTS = 64,   /* may change the session: reset the connection before
                             anybody else uses it */
  RYX_STMT_COPY = 128     /* with STREAM: COPY FROM STDIN, whose first part says
                             that     rows may come (put), or COPY TO STDOUT, whose
                             parts are     one BYTES cell each */
};

/* A statement to run. Borrowed, with everything it points to, from send until
 * its last reply is taken. */
typedef struct ryx_stmt {
  uint32_t id; /* the plan's or the text's, for the statement cache; 0: do not
                  keep */
  uint32_t flags;
  const char *sql; /* NUL-terminated, in the database's own placeholders */
  size_t sql_len;
  const ryx_val *params; /* n_batch * n_params, row by row */
  int32_t n_params;
  const char *const *names; /* n_params columns they are for, "" for none;
                               NULL: not known */
  int32_t n_batch;          /* 1; more: run once per row of parameters, all or
                               nothing (MariaDB array binding, SQLite re-binding) */
  /* Of an INSERT with n_batch: the part of the text that may stand several
   * times, with commas between, and the first parameters, which are its; those
   * behind are the same in every row. Length 0: none may. */
  size_t row_at, row_len;
  int32_t row_params;
  int32_t chunk;        /* rows per part, for STREAM */
  uint64_t deadline_ns; /* CLOCK_MONOTONIC, 0 none. SQLite's busy handler looks
                           at it; the servers' drivers leave it to the engine */
  uint64_t budget_ns;   /* SQLite: 0, or give up after so long (over_budget) */
  /* SQLite: true once nobody wants the statement; set by any thread, also
   * before it begins. NULL: never. */
  const atomic_bool *stop;
  void *tag; /* the sender's */
} ryx_stmt;

/* What became of a statement, or of the wish for more rows, that was handed to
 * the driver. */
typedef enum {
  RYX_SENT_WENT,    /* it is in flight: step */
  RYX_SENT_REFUSED, /* this statement alone: it is not in flight, nothing of it
                       left the machine, the connection is as it was. e says
                       why. */
  RYX_SENT_OVER /* this connection: nothing of the statement left the machine,
                   it is not in flight, and no other will be. e says why. What
                   was in flight has been failed and can be taken; close the
                   connection. */
} ryx_sent;

/* What came of a statement, or a part of a stream. */
typedef struct ryx_reply {
  void *tag;
  int code;         /* 0 or err.code */
  bool more;        /* a stream that goes on: call more, then step */
  bool not_started; /* it surely did not begin on the server: safe to repeat */
  bool over_budget; /* given up because of budget_ns, had no effect */
  ryx_rows
      *rows; /* the taker's, free with ryx_rows_free; NULL: no result set */
  int64_t affected; /* rows inserted, deleted, or matched by an update */
  int64_t last_id;  /* key of the last row inserted, MariaDB and SQLite; or 0 */
  ryx_err err;      /* only when code is not 0 */
} ryx_reply;

typedef enum {
  RYX_TX_NONE, /* autocommit */
  RYX_TX_OPEN,
  RYX_TX_FAILED /* only a rollback is possible (PostgreSQL) */
} ryx_tx_state;

typedef enum {
  RYX_ISO_DEFAULT, /* READ COMMITTED on servers, serializable on SQLite */
  RYX_ISO_READ_COMMITTED,
  RYX_ISO_REPEATABLE_READ,
  RYX_ISO_SERIALIZABLE
} ryx_isolation;

typedef struct ryx_begin {
  ryx_isolation isolation;
  bool read_only;
  bool deferrable;
} ryx_begin;

typedef struct ryx_driver {
  const char *name; /* "postgres", "mysql", "sqlite"; sql/dialect.h has what
                       its servers speak */
  const char *const *schemes; /* URL schemes, NULL-terminated */
  unsigned caps;
  int depth;        /* statements in flight at most */
  size_t conn_size; /* of the zeroed memory that every call below gets as c */
  int (*max_params)(void); /* of a statement; NULL or 0: not known */
  const char *ping; /* a statement for the health check; NULL: not needed */

  /* Begins to connect. The first step follows when the descriptor is ready for
   * what dial answered, at once when there is none. */
  ryx_io (*dial)(void *c, const ryx_dial *d, ryx_err *e);
  /* Goes on: sends what is queued, reads what is there. e is filled on FAIL. */
  ryx_io (*step)(void *c, unsigned ready, ryx_err *e);
  /* The descriptor to poll, or -1. Ask after every call: the same number may be
   * a new socket. NULL: the driver has none. */
  int (*fd)(const void *c);

  /* Queues a statement behind those in flight. */
  ryx_sent (*send)(void *c, const ryx_stmt *s, ryx_err *e);
  /* The oldest finished reply, or false. */
  bool (*take)(void *c, ryx_reply *out);
  /* After a part with `more`: produce the next part of at most max_rows rows; 0
   * ends the stream: what is left is thrown away, a last reply with more ==
   * false follows. REFUSED: no stream waits for more. */
  ryx_sent (*more)(void *c, int32_t max_rows, ryx_err *e);
  /* COPY FROM STDIN, after a part: rows in the form that copy_row gives them,
   * n > 0 bytes, copied. The next part says that they have left. `more` ends
   * the copy: with max_rows > 0 the rows are all there, with 0 none of them is
   * to be kept. NULL: the driver has no COPY, and is sent none. */
  ryx_sent (*put)(void *c, const char *s, size_t n, ryx_err *e);
  /* Appends a row of n values for put; any thread. RYX_E_VALIDATION and *at,
   * the value that the database cannot hold. */
  int (*copy_row)(ryx_buf *out, const ryx_val *row, int n, int *at, ryx_err *e);

  /* Begins to undo what a user's statement may have changed in the session;
   * steps follow. Empties the statement cache where the server does. */
  ryx_io (*reset)(void *c, ryx_err *e);
  /* Forgets prepared statements: a schema changed. */
  void (*forget)(void *c);
  /* Drivers that block: stops what runs, at once; any thread, while another is
   * in any other call but close. ryx_stmt.stop has been set before. */
  void (*interrupt)(void *c);
  /* Other drivers: asking a server to stop the statement at the head takes a
   * connection of its own and may block, as long as that server pleases. So the
   * question is an object of its own, which may outlive the connection, its
   * pool and its engine.
   * new: the loop's thread, on a connection that was dialled; NULL: no memory.
   * The options of the dial live until free.
   * ask: on some thread, once; a statement that has ended is no error.
   * free: any thread; NULL is fine. */
  void *(*cancel_new)(const void *c);
  int (*cancel_ask)(void *cancel, ryx_err *e);
  void (*cancel_free)(void *cancel);
  ryx_tx_state (*in_tx)(const void *c);
  unsigned (*server_caps)(const void *c);
  /* SQLite: idle on its own thread; returns ms until the next call, -1 never.
   * NULL: nothing to do. */
  int (*idle)(void *c);
  /* Frees all that c owns but c itself; also after a failed dial; may run on
   * any thread. Statements in flight are forgotten, not answered. */
  void (*close)(void *c);

  /* Databases that live in their connections: holds the one of
   * opts->memory_name for as long as the definition stands, whoever opens and
   * closes it. NULL: out of memory, or there is nothing to hold. */
  void *(*hold)(const ryx_opts *o);
  void (*let_go)(void *held);

  /* The i-th statement that begins a transaction, NULL after the last. Static
   * text. COMMIT, ROLLBACK and SAVEPOINT are the same everywhere. */
  const char *(*begin)(const ryx_begin *b, int i);
} ryx_driver;

/* For drivers that refuse parameter i of a row: puts the column or the number
 * in front of e's message. Returns e->code. */
int ryx_refuse_param(const ryx_stmt *s, int i, ryx_err *e);

/* For drivers whose rows outgrow opts->max_result_bytes: RYX_E_OPERATIONAL with
 * the way out. Returns e->code. */
int ryx_refuse_result(const ryx_opts *o, ryx_err *e);

/* The drivers that were built in, NULL-terminated. A driver that was left out
 * has its schemes in ryx_drivers_missing (scheme, library, scheme, ...). */
extern const ryx_driver *const ryx_drivers[];
extern const char *const ryx_drivers_missing[];

#endif
