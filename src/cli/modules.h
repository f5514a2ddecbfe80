/* SPDX-License-Identifier: MIT */
/* The Lua sources inside the executable: scripts/embed.sh writes the table. */
#ifndef RYX_CLI_MODULES_H
#define RYX_CLI_MODULES_H

#include <stddef.h>

typedef struct ryx_cli_module {
  const char *name; /* "ryx.meta"; NULL ends the table */
  const char *source;
  size_t size;
} ryx_cli_module;

extern const ryx_cli_module ryx_cli_modules[]; /* sorted by name */

#endif
