/* SPDX-License-Identifier: MIT */
/* What the files of this room share: the runtime with its aliases, and the ryx
 * that opens a pool of its own for each alias it uses. */
#ifndef RYX_API_API_H
#define RYX_API_API_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/engine.h"
#include "ryx.h"
#include "sql/sql.h"

/* A database that was set up. Numbers are never reused, names are. */
typedef struct ryx_alias_def {
  const char *name;           /* in the runtime's arena: never forgotten */
  uint32_t generation;        /* of this definition; 0: forgotten */
  ryx_arena arena;            /* holds the texts below */
  const char *url;            /* as given, with its password */
  const char *const *options; /* name, value, ..., NULL; may be NULL */
  const char *show;           /* without it */
  const ryx_dialect *dialect;
} ryx_alias_def;

struct ryx_runtime {
  _Atomic uint32_t refs;
  _Atomic uint32_t changes; /* generations handed out so far */
  pthread_mutex_t lock;     /* guards aliases */
  ryx_alias_def **aliases;
  int n_aliases;
  ryx_arena names;
  ryx_plans *plans; /* thread-safe by itself */
};

/* The pool of one alias in one engine. */
typedef struct ryx_api_pool {
  uint32_t generation; /* of the definition it was opened for; 0: not open */
  int number;          /* in the engine */
  const ryx_dialect *dialect;
} ryx_api_pool;

struct ryx {
  ryx_runtime *rt;
  ryx_engine *engine;
  ryx_api_pool *pools; /* by alias number */
  int n_pools;
  uint32_t seen;  /* rt->changes when the pools were last compared */
  char **secrets; /* passwords that no message may hold */
  int n_secrets;
  ryx_arena scratch; /* parameters on their way; reset by every send */
  ryx_buf sql;       /* text on its way */
  ryx_err err;       /* of the result last taken, or when the caller has none */
};

/* Counts the reference. */
ryx_runtime *ryx_runtime_keep(ryx_runtime *rt);
/* Defines an alias anew, copying all of def; its number or RYX_E_*. */
int ryx_runtime_define(ryx_runtime *rt, const char *name,
                       const ryx_alias_def *def, ryx_err *e);
int ryx_runtime_find(ryx_runtime *rt, const char *name, ryx_err *e);
void ryx_runtime_forget(ryx_runtime *rt, const char *name);
/* The definition of a number, or NULL. Call and use under rt->lock. */
const ryx_alias_def *ryx_runtime_alias(const ryx_runtime *rt, int alias);
/* Options for a pool of that definition. Under rt->lock. */
RYX_MUST int ryx_runtime_opts(const ryx_alias_def *def, ryx_opts *out,
                              ryx_err *e);

/* The pool of an alias, opened on first use and again after a new setup. The
 * pointer is good until the next call. */
RYX_MUST int ryx_pools_get(ryx *r, int alias, const ryx_api_pool **out,
                           ryx_err *e);
/* The same without opening one: NULL when it is not open. Closes pools whose
 * definition has changed. */
const ryx_api_pool *ryx_pools_peek(ryx *r, int alias);
void ryx_pools_fini(ryx *r);

/* What every function that fills an error ends with: keeps passwords in. */
int ryx_api_leave(ryx *r, int rc, ryx_err *e);

#endif
