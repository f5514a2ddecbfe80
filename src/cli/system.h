/* SPDX-License-Identifier: MIT */
/* What the command needs of the system and Lua has not. */
#ifndef RYX_CLI_SYSTEM_H
#define RYX_CLI_SYSTEM_H

#include <lua.h>

/* Opens ryx.cli.system. */
int ryx_cli_open_system(lua_State *L);
/* Remembers how the terminal is; restore, which signal handlers may call, makes
 * it so again, as the end of the process does. */
void ryx_cli_keep_terminal(void);
void ryx_cli_restore_terminal(void);

/* From now on an interrupt ends the process with 130, SIGTERM with 143: at
 * once, or when the command has noticed it. A pipe that nobody reads is an
 * error of the write. */
void ryx_cli_catch_interrupts(void);
/* Opens ryx.cli.interrupt. */
int ryx_cli_open_interrupt(lua_State *L);
/* Opens ryx.cli.line_edit, where libedit was found. */
int ryx_cli_open_line_edit(lua_State *L);

#endif
