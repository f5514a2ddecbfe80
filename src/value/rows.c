/* SPDX-License-Identifier: MIT */
/* What all results share: the count of those alive. */
#include "value/rows.h"

#include <stdatomic.h>

static atomic_int_fast64_t live;

void ryx_rows_free(ryx_rows *r)
{
  if (r) r->vt->free(r);
}

int64_t ryx_rows_live(void)
{
  return atomic_load_explicit(&live, memory_order_relaxed);
}

void ryx_rows_count(int delta)
{
  atomic_fetch_add_explicit(&live, delta, memory_order_relaxed);
}
