/* SPDX-License-Identifier: MIT */
/* Locks of files as userdata, and the number of the process, by which others
 * know who has one. */
#include <unistd.h>

#include "lua/core.h"

typedef struct lua_lock {
  ryx_file_lock *lock; /* NULL: given back */
} lua_lock;

static int lock_gc(lua_State *L)
{
  lua_lock *l = lua_touserdata(L, 1);

  ryx_lock_release(l->lock);
  l->lock = NULL;
  return 0;
}

/* core.file_lock(beside, name) */
static int file_lock(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  const char *beside = luaL_optstring(L, 1, NULL);
  size_t n;
  const char *name = luaL_checklstring(L, 2, &n);
  lua_lock *l = ryx_lua_newdata(L, sizeof *l);
  int rc;

  *l = (lua_lock){0};
  ryx_lua_set(L, &c->lock);
  rc = ryx_lock_take(beside, name, n, &l->lock, &c->err);
  if (rc < 0) return ryx_lua_push_error(L, &c->err);
  if (rc > 0) lua_pushboolean(L, 0);
  return 1;
}

static int file_unlock(lua_State *L)
{
  lua_lock *l = ryx_lua_test(L, 1, &ryx_lua_core(L)->lock);

  luaL_argcheck(L, l, 1, "lock expected");
  return lock_gc(L);
}

static int process_id(lua_State *L)
{
  lua_pushinteger(L, (lua_Integer)getpid());
  return 1;
}

const luaL_Reg ryx_lua_lock_meta[] = {{"__gc", lock_gc}, {NULL, NULL}};

const luaL_Reg ryx_lua_lock_functions[] = {
    {"file_lock", file_lock},
    {"file_unlock", file_unlock},
    {"process_id", process_id},
    {NULL, NULL},
};
