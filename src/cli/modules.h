/* SPDX-License-Identifier: MIT */
/* The Lua modules inside the executable, compiled: scripts/embed.sh writes the
 * table. */
#ifndef RYX_CLI_MODULES_H
#define RYX_CLI_MODULES_H

#include <stddef.h>

typedef struct ryx_cli_module {
  const char *name; /* "ryx.meta"; NULL ends the table */
  const char *code;
  size_t size;
} ryx_cli_module;

extern const ryx_cli_module ryx_cli_modules[]; /* sorted by name */

#endif
