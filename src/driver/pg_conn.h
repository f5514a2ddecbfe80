/* SPDX-License-Identifier: MIT */
/* What the files of the PostgreSQL driver share: the connection, the statements
 * on its wire (flights), and the functions that pass between the files. */
#ifndef RYX_DRIVER_PG_CONN_H
#define RYX_DRIVER_PG_CONN_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/list.h"
#include "driver/driver.h"
#include "driver/stmts.h"
#include "value/pack.h"

enum {
  RYX_PG_DEPTH = 16,     /* statements of callers in flight */
  RYX_PG_RING = 64,      /* those, our own between them, and repeats */
  RYX_PG_DEALLOCATES = 8 /* at most, along with a statement of a caller's */
};

/* One thing on the wire, from its first message to its sync. */
typedef enum {
  RYX_PG_STMT,    /* a statement: its result is the reply */
  RYX_PG_STREAM,  /* a statement in single-row mode: many replies */
  RYX_PG_DECLARE, /* opens the cursor of a stream in a transaction */
  RYX_PG_FETCH,   /* ... takes a part from it: a reply */
  RYX_PG_PROBE,   /* ... asks if it is still there, before it is closed */
  RYX_PG_COPY,    /* COPY from or to the client, outside pipeline mode */
  RYX_PG_QUIET,   /* of our own; what comes of it does not matter */
  RYX_PG_VITAL    /* of our own (dial, reset); its failure is fatal */
} ryx_pg_kind;

typedef enum {
  RYX_PG_WIRE, /* sent; its sync has not come back */
  RYX_PG_DONE, /* waits to be taken */
  RYX_PG_GONE  /* nothing to take */
} ryx_pg_state;

/* A statement prepared on the server. Its name is never used twice on one
 * connection, so that one which is dropped late cannot hit its successor. */
typedef struct ryx_pg_prepared {
  ryx_list link; /* in ryx_pg_names.stale, once it has left the cache */
  uint32_t serial;
  bool learned; /* its columns have been seen ... */
  bool binary;  /* ... and all of them can come in binary */
  char name[32];
  int n_params;
  Oid types[]; /* declared; 0: the server chose, values go as text */
} ryx_pg_prepared;

typedef struct ryx_pg_flight {
  ryx_pg_kind kind;
  ryx_pg_state state;
  const ryx_stmt *stmt;      /* NULL for our own */
  PGresult *result;          /* the error, else the last result */
  ryx_pg_prepared *prepares; /* what it prepares; owned until acknowledged */
  uint32_t serial;           /* of the prepared statement or cursor; or 0 */
  int32_t want;              /* FETCH: rows asked for */
  bool acked;                /* the prepare was acknowledged */
  bool repeated;             /* this is the second attempt */
  bool more;                 /* FETCH: the cursor may have more rows */
  bool lost;                 /* the connection died under it */
  bool oversize;             /* its result is over max_result_bytes */
  bool not_started;          /* the server did not know the prepared one */
} ryx_pg_flight;

/* How far a COPY is. */
typedef enum {
  RYX_PG_COPY_NONE,
  RYX_PG_COPY_QUEUED, /* behind what is in flight */
  RYX_PG_COPY_ASKED,  /* the server has the statement */
  RYX_PG_COPY_IN,     /* rows go to the server, no result is to be read */
  RYX_PG_COPY_OUT,    /* rows come from it */
  RYX_PG_COPY_ENDED   /* the rows are through, its result comes */
} ryx_pg_copy;

/* The one stream that a connection can have open. */
typedef struct ryx_pg_stream {
  const ryx_stmt *stmt; /* NULL: none */
  uint32_t serial;      /* of the cursor; 0: single-row mode */
  int32_t want;         /* rows in the part that is being made */
  bool held;            /* a part is out: nothing is read until more */
  bool ready;           /* ... and it has not been taken */
  bool discard;         /* ended early: rows are thrown away */
  bool binary;          /* the cursor's columns can come in binary */
  bool oom;
  ryx_pg_copy copy;
  ryx_buf bytes;    /* of a COPY to the client */
  ryx_rows *reader; /* reads the rows of single-row results */
  ryx_pack *pack;
} ryx_pg_stream;

/* The statements that the server keeps for this connection. */
typedef struct ryx_pg_names {
  ryx_stmts kept;  /* plan id to ryx_pg_prepared */
  ryx_list stale;  /* ryx_pg_prepared to DEALLOCATE */
  uint32_t serial; /* of the last prepared statement or cursor */
  bool off;        /* the server does not keep them, nothing is named */
  bool doubtful;   /* a user's statement may have dropped them, until reset */
} ryx_pg_names;

/* What has come of the answer to the flight at ryx_pg.at, as far as it can be
 * known before libpq hands it over. */
typedef struct ryx_pg_arrival {
  uint32_t at;
  int reads;
  int64_t start; /* what the connection had read before those */
  int64_t bytes; /* no more than have come, once there are many reads */
} ryx_pg_arrival;

/* The share that a step has had (RYX_STEP_ROWS, RYX_STEP_US). */
typedef struct ryx_pg_turn {
  int handled;
  uint64_t ends_ns; /* 0: the clock has not been read */
  bool spent;
} ryx_pg_turn;

/* Servers that speak PostgreSQL's protocol. Whatever depends on which one it is
 * is a column here. */
typedef struct ryx_pg_flavour {
  const char *refusal;   /* known by what it says to settings at start-up, */
  bool drops;            /* or by not doing what they said, */
  const char *parameter; /* or by a parameter that no other reports */
  bool late_settings;    /* settings go as a statement, again after a reset */
  bool unnamed;          /* prepared statements may vanish at any time, unless
                            the user knows better */
  const char *greeting;  /* asks for collations; NULL: there are none of ours */
  const char *reset;
} ryx_pg_flavour;

enum { RYX_PG_POSTGRES, RYX_PG_POOLER, RYX_PG_COCKROACH, RYX_PG_FLAVOURS };
extern const ryx_pg_flavour ryx_pg_flavours[RYX_PG_FLAVOURS];

typedef struct ryx_pg {
  PGconn *pg;
  const ryx_opts *opts;
  const ryx_dial *dial; /* until it is finished */
  bool dialling;        /* PQconnectPoll has not finished ... */
  ryx_io dial_io;       /* ... and waits for this */
  const ryx_pg_flavour *flavour;
  bool dead;         /* why says how it died */
  bool blocked;      /* libpq has bytes that the socket did not take */
  bool fresh;        /* a statement left since the last step ... */
  bool corked;       /* ... and those behind it wait for the next step */
  bool no_cork;      /* this socket has no cork */
  uint64_t alone_ns; /* when last a statement was sent with none before it */
  ryx_tx_state tx;   /* when last nothing was in flight */
  bool tx_known;     /* ... and nothing since can have changed it */
  unsigned caps;     /* RYX_SERVER_* */
  uint32_t head, at, tail; /* flights: oldest, next to be answered, end */
  ryx_pg_flight ring[RYX_PG_RING];
  ryx_pg_names names;
  ryx_pg_stream stream;
  ryx_pg_arrival arrival;
  ryx_pg_turn turn;
  ryx_err why;
} ryx_pg;

static inline ryx_pg_flight *ryx_pg_at(ryx_pg *c, uint32_t i)
{
  return &c->ring[i % RYX_PG_RING];
}

/* pg_dial.c */
ryx_io ryx_pg_dial(void *p, const ryx_dial *d, ryx_err *e);
ryx_io ryx_pg_dial_step(ryx_pg *c, ryx_err *e);
void ryx_pg_dial_greeted(ryx_pg *c, const PGresult *r); /* learns the caps */
ryx_io ryx_pg_dial_reset(void *p, ryx_err *e);

/* pg_cancel.c */
void *ryx_pg_cancel_new(const void *p);
int ryx_pg_cancel_ask(void *cancel, ryx_err *e);
void ryx_pg_cancel_free(void *cancel);

/* pg_param.c: parameters of one execution, in libpq's shape. */
typedef struct ryx_pg_params {
  int n;
  Oid *types;
  const char **values;
  int *lengths, *formats;
  bool misfit;   /* a type is not the one that was declared */
  bool outgrown; /* ... because none was, for want of a value */
  ryx_arena arena;
} ryx_pg_params;

/* Encodes the parameters of s, for prepared statement h or NULL. Fini always.
 * RYX_E_VALIDATION for what PostgreSQL cannot hold. */
RYX_MUST int ryx_pg_param_encode(ryx_pg_params *out, const ryx_stmt *s,
                                 const ryx_pg_prepared *h, ryx_err *e);
void ryx_pg_param_fini(ryx_pg_params *p);

/* One value, not NULL, as text for a column whose type is not declared; what
 * must be made is in the arena. RYX_E_VALIDATION for what PostgreSQL cannot
 * hold. */
RYX_MUST int ryx_pg_param_text(ryx_arena *a, const ryx_val *v, const char **s,
                               size_t *n, ryx_err *e);

/* pg_send.c */
ryx_sent ryx_pg_send(void *p, const ryx_stmt *s, ryx_err *e);
/* Lets go what statements behind the first of a turn have left in the kernel.
 */
void ryx_pg_send_uncork(ryx_pg *c);
/* Sends s once more, unnamed, after its prepared statement vanished. */
bool ryx_pg_send_again(ryx_pg *c, const ryx_stmt *s);
/* Adds a flight, as if on the wire; the pointer is valid until it is taken. */
ryx_pg_flight *ryx_pg_send_push(ryx_pg *c, ryx_pg_kind kind, const ryx_stmt *s);
/* Sends a statement of our own without parameters; a failure kills the
 * connection. binary: how its rows come. */
ryx_pg_flight *ryx_pg_send_own(ryx_pg *c, ryx_pg_kind kind, const char *sql,
                               bool binary);
/* Surely outside a transaction, and all that is in flight only reads. */
bool ryx_pg_send_calm(ryx_pg *c);

/* pg_prepared.c: which statements have a name on the server. */
RYX_MUST int ryx_pg_prepared_init(ryx_pg *c);
void ryx_pg_prepared_fini(ryx_pg *c);
/* The cache is empty; what was in it is deallocated in time. */
void ryx_pg_prepared_forget(ryx_pg *c);
/* The same where the server has dropped them. */
void ryx_pg_prepared_gone(ryx_pg *c);
/* No names on this connection any more: what stands before the server gives
 * statements to whichever connection is free. */
void ryx_pg_prepared_off(ryx_pg *c);
/* May s have a name? */
bool ryx_pg_prepared_may(const ryx_pg *c, const ryx_stmt *s);
ryx_pg_prepared *ryx_pg_prepared_get(ryx_pg *c, const ryx_stmt *s);
void ryx_pg_prepared_drop(ryx_pg *c, const ryx_stmt *s); /* not s again */
/* Is the one that s would prepare in the making? */
bool ryx_pg_prepared_pending(ryx_pg *c, const ryx_stmt *s);
/* One to prepare, not yet in the cache: the flight's. NULL: no memory. */
ryx_pg_prepared *ryx_pg_prepared_new(ryx_pg *c, const ryx_stmt *s,
                                     const ryx_pg_params *p);
/* Deallocates some that have left the cache, where it cannot do harm. */
void ryx_pg_prepared_sweep(ryx_pg *c);
/* A statement has ended: keeps what it prepared, learns from its rows. True
 * when its prepared statement has vanished, or may have. */
bool ryx_pg_prepared_ended(ryx_pg *c, ryx_pg_flight *f);

/* pg_words.c: what kind of statement a text is, comments skipped. */
bool ryx_pg_words_copy(const char *sql);     /* COPY to or from the client */
bool ryx_pg_words_planned(const char *sql);  /* runs by a plan, as a whole */
bool ryx_pg_words_select(const char *sql);   /* SELECT, VALUES, TABLE */
bool ryx_pg_words_drops(const char *sql);    /* prepared statements, or may */
bool ryx_pg_words_rollback(const char *sql); /* ROLLBACK, ABORT */

/* pg_size.c: max_result_bytes. */
/* PQconsumeInput, counted. */
bool ryx_pg_size_consume(ryx_pg *c);
/* Ends the connection when the result that arrives is over the bound. */
void ryx_pg_size_check(ryx_pg *c);
/* Takes a finished flight's rows away when they are over the bound. */
void ryx_pg_size_settle(const ryx_pg *c, ryx_pg_flight *f);

/* pg_step.c */
ryx_io ryx_pg_step(void *p, unsigned ready, ryx_err *e);
bool ryx_pg_step_take(void *p, ryx_reply *out);
/* Kills the connection: whatever is in flight fails with this, or with what
 * libpq says when it is NULL. */
void ryx_pg_step_die(ryx_pg *c, const char *what);
void ryx_pg_step_trim(ryx_pg *c); /* forgets flights that nobody takes */
/* Notices, with nothing in flight, that the server has hung up. */
void ryx_pg_step_peek(ryx_pg *c);

/* pg_stream.c */
/* Opens a cursor for s and asks for its first part. RYX_E_NOMEM. */
int ryx_pg_stream_declare(ryx_pg *c, const ryx_stmt *s, const ryx_pg_params *p,
                          ryx_err *e);
/* Can s be a cursor? */
bool ryx_pg_stream_fits(const ryx_pg *c, const ryx_stmt *s);
ryx_sent ryx_pg_stream_more(void *p, int32_t max_rows, ryx_err *e);
void ryx_pg_stream_start(ryx_pg *c, const ryx_stmt *s); /* single-row mode */
void ryx_pg_stream_row(ryx_pg *c, PGresult *r);         /* owns r */
void ryx_pg_stream_part(ryx_pg *c, ryx_reply *out);
/* The rows that came after the last part. */
int ryx_pg_stream_rest(ryx_pg *c, const PGresult *end, ryx_reply *out);
void ryx_pg_stream_declared(ryx_pg *c, ryx_pg_flight *f);
void ryx_pg_stream_fetched(ryx_pg *c, ryx_pg_flight *f);
void ryx_pg_stream_probed(ryx_pg *c, ryx_pg_flight *f);
void ryx_pg_stream_fini(ryx_pg *c);

/* pg_copy.c */
void ryx_pg_copy_start(ryx_pg *c, const ryx_stmt *s);
/* Does what is to be done before a result can be read; false: none can yet. */
bool ryx_pg_copy_goes(ryx_pg *c);
/* The server wants the rows, or gives them; owns r. */
void ryx_pg_copy_begun(ryx_pg *c, PGresult *r);
ryx_sent ryx_pg_copy_put(void *p, const char *s, size_t n, ryx_err *e);
/* No more rows come: keep them, or not. */
ryx_sent ryx_pg_copy_end(ryx_pg *c, bool keep);
/* Its part, which is out; what came after the last one. 0 or RYX_E_NOMEM. */
int ryx_pg_copy_part(ryx_pg *c, ryx_reply *out);
int ryx_pg_copy_rest(ryx_pg *c, ryx_reply *out);
/* Names the row that an error of a COPY is about. */
void ryx_pg_copy_blame(const PGresult *r, ryx_err *e);

/* pg_copy_text.c */
int ryx_pg_copy_row(ryx_buf *out, const ryx_val *row, int n, int *at,
                    ryx_err *e);

/* pg_rows.c */
/* Rows over r, which they own from then on; NULL: out of memory, r stays the
 * caller's. */
RYX_MUST ryx_rows *ryx_pg_rows_new(PGresult *r);
/* Makes rows read row 0 of another result of the same shape (owned). */
void ryx_pg_rows_swap(ryx_rows *rows, PGresult *r);
/* Can every column of r come in binary? */
bool ryx_pg_rows_binary(const PGresult *r);

/* pg_text.c: what the server writes as text, read back; false when it is in
 * another form. Infinity is INT64_MAX and INT64_MIN. */
bool ryx_pg_text_date(const char *s, size_t n, int64_t *out);
bool ryx_pg_text_time(const char *s, size_t n, int64_t *out);
bool ryx_pg_text_datetime(const char *s, size_t n, int64_t *out);
bool ryx_pg_text_interval(const char *s, size_t n, int64_t *out);
/* Decodes hex bytea; out has room for n / 2. Returns the size or -1. */
int64_t ryx_pg_text_bytes(const char *s, size_t n, char *out);

/* pg_error.c */
int ryx_pg_error_fill(const PGresult *r, ryx_err *e); /* returns e->code */
int ryx_pg_error_conn(const ryx_pg *c, ryx_err *e, const char *what);
bool ryx_pg_error_fatal(const PGresult *r); /* the session ends with it */
bool ryx_pg_error_is(const PGresult *r, const char *sqlstate);

#endif
