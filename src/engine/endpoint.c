/* SPDX-License-Identifier: MIT */
/* Options that are counted. */
#include "engine/endpoint.h"

#include "base/mem.h"

ryx_endpoint *ryx_endpoint_new(ryx_opts *opts)
{
  ryx_endpoint *e = ryx_mem_new(sizeof *e);
  if (!e) {
    ryx_opts_fini(opts);
    return NULL;
  }
  atomic_init(&e->refs, 1);
  atomic_init(&e->n_lookups, 0);
  e->opts = *opts;
  *opts = (ryx_opts){0};
  return e;
}

ryx_endpoint *ryx_endpoint_keep(ryx_endpoint *e)
{
  atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
  return e;
}

void ryx_endpoint_drop(ryx_endpoint *e)
{
  if (!e || atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) > 1)
    return;
  ryx_opts_fini(&e->opts);
  ryx_mem_free(e);
}
