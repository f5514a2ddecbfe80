/* SPDX-License-Identifier: MIT */
/* Where the connections of a lane lead: the options of one URL. Counted, since
 * a thread that dials or cancels may outlive the pool it did it for. */
#ifndef RYX_ENGINE_ENDPOINT_H
#define RYX_ENGINE_ENDPOINT_H

#include <stdatomic.h>

#include "driver/driver.h"

typedef struct ryx_endpoint {
  atomic_int refs;
  atomic_int n_lookups; /* of its host, also those that nobody waits for */
  ryx_opts opts;        /* constant */
} ryx_endpoint;

/* Takes opts over, also on failure. NULL: no memory. Any thread, all three. */
RYX_MUST ryx_endpoint *ryx_endpoint_new(ryx_opts *opts);
ryx_endpoint *ryx_endpoint_keep(ryx_endpoint *e); /* one more who needs it */
void ryx_endpoint_drop(ryx_endpoint *e);          /* one less; NULL is fine */

#endif
