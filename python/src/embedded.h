/* SPDX-License-Identifier: MIT */
/* The Lua modules inside the extension, compiled: scripts/embed.sh writes this
 * table. */
#ifndef RYX_PY_EMBEDDED_H
#define RYX_PY_EMBEDDED_H

#include <stddef.h>

typedef struct ryx_cli_module {
  const char *name; /* "ryx.meta"; NULL ends the table */
  const char *code;
  size_t size;
} ryx_cli_module;

extern const ryx_cli_module ryx_cli_modules[];

#endif
