/* SPDX-License-Identifier: MIT */
/* What a server can do (ryx_driver.server_caps), known after the dial. A driver
 * tells, sql writes for it; the bits are part of the key of the plan cache. */
#ifndef RYX_VALUE_CAPS_H
#define RYX_VALUE_CAPS_H

/* X(NAME, bit) */
#define RYX_SERVER_CAPS(X) \
  X(RETURNING, 1)          \
  X(JSON_TABLE, 2)         \
  X(UUID_TYPE, 4)          \
  X(MYSQL8, 8)             \
  X(PG_C_UTF8, 16)         \
  X(C_UTF8, 32)            \
  X(ICU, 64)               \
  X(UCA1400, 128)

enum {
#define X(name, bit) RYX_SERVER_##name = bit,
  RYX_SERVER_CAPS(X)
#undef X
};

#endif
