/* SPDX-License-Identifier: MIT */
/* What a server can do (ryx_driver.server_caps), known after the dial. A driver
 * tells, sql writes for it; the bits are part of the key of the plan cache.
 *
 * CONFLICT_TARGET  an insert says which unique key it yields to
 * TELLS_INSERT     one that may update instead says what it did (is_new)
 * MYSQL            the server is MySQL, of those that speak its protocol
 * ZONES            named time zones are known: without, they would give NULL
 * LATERAL          a derived table reads the rows of those before it
 * ROWS_AROUND      one reads the rows of the queries around its own
 * SEQUENCES        keys that it makes are numbered apart from the rows
 * COPY             rows go from and to the client by COPY */
#ifndef RYX_VALUE_CAPS_H
#define RYX_VALUE_CAPS_H

/* X(NAME, bit) */
#define RYX_SERVER_CAPS(X)  \
  X(RETURNING, 1)           \
  X(JSON_TABLE, 2)          \
  X(UUID_TYPE, 4)           \
  X(MYSQL, 8)               \
  X(PG_C_UTF8, 16)          \
  X(C_UTF8, 32)             \
  X(ICU, 64)                \
  X(UCA1400, 128)           \
  X(RIGHT_JOIN, 256)        \
  X(FULL_JOIN, 512)         \
  X(UPDATE_RETURNING, 1024) \
  X(DELETE_RETURNING, 2048) \
  X(CONFLICT_TARGET, 4096)  \
  X(TELLS_INSERT, 8192)     \
  X(ZONES, 16384)           \
  X(LATERAL, 32768)         \
  X(ROWS_AROUND, 65536)     \
  X(SEQUENCES, 131072)      \
  X(COPY, 262144)

enum {
#define X(name, bit) RYX_SERVER_##name = bit,
  RYX_SERVER_CAPS(X)
#undef X
  /* Not for sql: prepared statements do not stay, a pooler is between. May
   * appear after any reply. */
  RYX_SERVER_UNNAMED = 1 << 30
};

#endif
