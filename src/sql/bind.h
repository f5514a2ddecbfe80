/* SPDX-License-Identifier: MIT */
/* One parameter at work, for bind.c and the dialects that send many rows their
 * own way. What is made is in the job's arena. */
#ifndef RYX_SQL_BIND_H
#define RYX_SQL_BIND_H

#include "sql/sql.h"

typedef struct ryx_bind_job {
  const ryx_plan *plan;
  const ryx_bind *bind;
  ryx_arena *arena; /* for bytes that must be made */
  ryx_err *err;
} ryx_bind_job;

/* Casts *v and works on it as the bind says. */
RYX_MUST int ryx_bind_value(const ryx_bind_job *j, ryx_val *v);
/* ["01:00:00"] becomes [3600000000], the way durations are stored. */
RYX_MUST int ryx_bind_durations(const ryx_bind_job *j, ryx_val *v);
/* Moves a buffer's text into the arena, as v's. */
RYX_MUST int ryx_bind_text(const ryx_bind_job *j, const ryx_buf *b, ryx_val *v);
/* What a buffer that refused to grow means: no memory, or a list too long. */
RYX_MUST int ryx_bind_full(int rc, ryx_err *e);

#endif
