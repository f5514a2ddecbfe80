/* SPDX-License-Identifier: MIT */
/* What becomes of a request when its statement has been answered, or never will
 * be: one pure function, the same inside a transaction and outside. */
#ifndef RYX_ENGINE_VERDICT_H
#define RYX_ENGINE_VERDICT_H

#include "engine/engine.h"

/* Why a request is not to go on. */
typedef enum {
  RYX_STOP_NO,
  RYX_STOP_END,     /* the host wants no more rows: a good end */
  RYX_STOP_CANCEL,  /* the host wants it stopped */
  RYX_STOP_TIMEOUT, /* its time is up */
  RYX_STOP_TX,      /* a stream whose transaction ends */
  RYX_STOP_LOST     /* a stream whose connection is gone */
} ryx_stop;

/* What the host is told for each: 0 or RYX_E_*. */
int ryx_stop_code(ryx_stop stop);

typedef enum {
  RYX_VERDICT_DELIVER, /* the host gets the reply, with the code below */
  RYX_VERDICT_REPEAT,  /* on the same connection, off the loop's thread */
  RYX_VERDICT_RESEND,  /* on another connection */
  RYX_VERDICT_DRAIN,   /* of a stream: the host gets the code below, if it
                          waits, and the connection throws the rest away */
  RYX_VERDICT_SETTLE   /* nobody waits for this reply: only the request ends */
} ryx_verdict_act;

typedef struct ryx_verdict {
  ryx_verdict_act act;
  int code; /* of DELIVER and DRAIN */
} ryx_verdict;

typedef struct ryx_facts {
  /* Of the request. */
  bool is_inside; /* a transaction has its connection */
  bool is_read;   /* a SELECT that ryx compiled: harmless to run twice */
  bool is_write;  /* an effect may stay behind: COMMIT, or a statement outside a
                     transaction that is not is_read */
  bool is_begin;
  bool is_awaited; /* the host waits for this reply: it has not been answered,
                      and holds no part of the stream */
  bool is_late;    /* its deadline has passed */
  bool has_parts;  /* the host has seen rows of it */
  bool is_fed;     /* its parts ask for rows: it succeeds with all of them or
                      not at all */
  bool may_resend; /* connections are still made */
  int n_resent;
  ryx_stop stop;
  /* Of the reply. */
  int code; /* 0 or RYX_E_* */
  bool more, not_started, over_budget;
  /* Of the connection. */
  bool was_cancelled; /* a cancel that was meant for another may have hit */
} ryx_facts;

ryx_verdict ryx_verdict_of(const ryx_facts *f);

#endif
