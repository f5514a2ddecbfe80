/* SPDX-License-Identifier: MIT */
/* A heap of moments, intrusive: setting one never allocates, so it cannot fail
 * in the middle of a state change. */
#ifndef RYX_ENGINE_DEADLINE_H
#define RYX_ENGINE_DEADLINE_H

#include "base/clock.h"
#include "ryx_value.h"

typedef enum {
  RYX_DUE_REQUEST, /* of a ryx_req */
  RYX_DUE_LIMIT,   /* of a ryx_conn: the longest time in its state */
  RYX_DUE_LANE,    /* of a ryx_lane: it may dial again */
  RYX_DUE_TEND     /* of a ryx_pool: an idle connection gets too old */
} ryx_due_kind;

typedef struct ryx_due {
  struct ryx_due *child, *next, *prev; /* prev of a first child is its parent */
  uint64_t at;                         /* uv_hrtime; 0 when not set */
  ryx_due_kind kind;
} ryx_due;

typedef struct ryx_dues {
  ryx_due *root;
} ryx_dues;

void ryx_deadline_init(ryx_due *d, ryx_due_kind kind);
/* Sets or moves d; at must not be 0. */
void ryx_deadline_set(ryx_dues *h, ryx_due *d, uint64_t at);
void ryx_deadline_clear(ryx_dues *h, ryx_due *d); /* fine when not set */
/* Takes the earliest out if it is not after now, else NULL. */
ryx_due *ryx_deadline_pop(ryx_dues *h, uint64_t now);
/* The earliest moment, or 0. */
static inline uint64_t ryx_deadline_first(const ryx_dues *h)
{
  return h->root ? h->root->at : 0;
}

#endif
