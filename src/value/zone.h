/* SPDX-License-Identifier: MIT */
/* Time zones: the offset from UTC at an instant, from the system's TZif files
 * (RFC 8536). Nothing here looks at the process's own zone. */
#ifndef RYX_VALUE_ZONE_H
#define RYX_VALUE_ZONE_H

#include "ryx_value.h"

typedef struct ryx_zone ryx_zone;

/* Reads `name` ("Europe/Berlin") under $TZDIR or /usr/share/zoneinfo; blocks.
 * RYX_E_VALIDATION: unknown time zone "name". The caller frees. */
RYX_MUST int ryx_zone_open(const char *name, size_t n, ryx_zone **out,
                           ryx_err *e);
void ryx_zone_free(ryx_zone *z); /* NULL is fine */
/* Seconds east of UTC at `at`, in seconds since 1970-01-01 00:00:00 UTC. */
int32_t ryx_zone_offset(const ryx_zone *z, int64_t at);

#endif
