/* SPDX-License-Identifier: MIT */
/* The registry: which databases there are, by name and number, the compiled
 * plans and the users' texts. Shared by engines, thread-safe; knows neither an
 * engine nor a pool. */
#ifndef RYX_API_RUNTIME_H
#define RYX_API_RUNTIME_H

#include "driver/driver.h"
#include "ryx.h"
#include "sql/sql.h"

/* What an alias means at the moment. */
typedef struct ryx_definition {
  uint32_t generation;        /* another one after each setup; never 0 */
  const ryx_dialect *dialect; /* as long as no server has said more */
  ryx_opts opts; /* the taker's, with the alias's name in it: ryx_opts_fini */
} ryx_definition;

/* Counts the reference. */
ryx_runtime *ryx_runtime_keep(ryx_runtime *rt);
ryx_plans *ryx_runtime_plans(ryx_runtime *rt);
ryx_raws *ryx_runtime_raws(ryx_runtime *rt);

/* Defines an alias, anew when there is one, copying what it is given; its
 * number, or RYX_E_*. Numbers are never reused, names are. */
int ryx_runtime_define(ryx_runtime *rt, const char *name, const char *url,
                       const char *const *options, ryx_err *e);
/* The number of a name; RYX_E_MISUSE says which names there are. */
int ryx_runtime_find(ryx_runtime *rt, const char *name, ryx_err *e);
void ryx_runtime_forget(ryx_runtime *rt, const char *name);

/* Moves whenever an alias is defined or forgotten. */
uint32_t ryx_runtime_changes(const ryx_runtime *rt);
/* Of the alias's definition; 0: there is none. */
uint32_t ryx_runtime_generation(ryx_runtime *rt, int alias);
RYX_MUST int ryx_runtime_read(ryx_runtime *rt, int alias, ryx_definition *out,
                              ryx_err *e);
/* That of the definition. NULL: there is no such alias. */
const ryx_dialect *ryx_runtime_dialect(ryx_runtime *rt, int alias);
const ryx_driver *ryx_runtime_driver(ryx_runtime *rt, int alias);
/* The URL without its password, cut to size bytes with its NUL; false: there is
 * no such alias, and out is "". */
bool ryx_runtime_show(ryx_runtime *rt, int alias, char *out, size_t size);

#endif
