/* SPDX-License-Identifier: MIT */
/* Opens ryx.core: the state, the metatables, the table of functions. */
#include <limits.h>

#include "lua/core.h"
#include "ryx_lua.h"

static const char *const STATE = "ryx.core";

static int close_state(lua_State *L)
{
  lua_core *c = lua_touserdata(L, 1);

  ryx_json_release(c->doc);
  ryx_free(c->text.data);
  ryx_free(c->made);
  ryx_runtime_release(c->rt);
  c->rt = NULL;
  c->doc = NULL;
  c->made = NULL;
  c->text = (ryx_text_buf){0};
  return 0;
}

/* Whether a function of this module waits below the one that runs. */
static bool is_inside(lua_State *L, const lua_core *c)
{
  bool ours = false;
  lua_Debug ar;

  for (int level = 1; !ours && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    if (lua_iscfunction(L, -1) && lua_getupvalue(L, -1, 1)) {
      ours = lua_touserdata(L, -1) == c;
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return ours;
}

void ryx_lua_enter(lua_State *L, lua_core *c)
{
  /* After an error that Lua raised the mark is left over; the stack tells. */
  if (c->busy && is_inside(L, c)) {
    luaL_error(L,
               "a finalizer (__gc) cannot use ryx while ryx is at work: "
               "note what is to be done and do it later");
  }
  c->busy = true;
}

int ryx_lua_int_arg(lua_State *L, int idx)
{
  lua_Integer n = luaL_checkinteger(L, idx);

  luaL_argcheck(L, n >= INT_MIN && n <= INT_MAX, idx, "number out of range");
  return (int)n;
}

static void set_functions(lua_State *L, const luaL_Reg *functions)
{
  lua_getfield(L, LUA_REGISTRYINDEX, STATE);
  ryx_lua_setfuncs(L, functions, 1);
}

void ryx_lua_meta(lua_State *L, lua_meta *meta, const char *name,
                  const luaL_Reg *functions)
{
  lua_newtable(L);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  /* Nobody changes what C trusts. */
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable");
  set_functions(L, functions);
  lua_pushvalue(L, -1);
  meta->ref = luaL_ref(L, LUA_REGISTRYINDEX);
  meta->at = lua_topointer(L, -1);
}

/* The mark of a list is a plain table, so that Lua code may look at it. */
static void open_array(lua_State *L, lua_core *c)
{
  lua_newtable(L);
  lua_pushliteral(L, "ryx.array");
  lua_setfield(L, -2, "__name");
  c->array.at = lua_topointer(L, -1);
  c->array.ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

static void open_weak(lua_State *L, lua_core *c)
{
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  c->weak = luaL_ref(L, LUA_REGISTRYINDEX);
}

static void open_vals(lua_State *L, lua_core *c)
{
  lua_pushboolean(L, 0);
  c->vals_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

static void open_metas(lua_State *L, lua_core *c)
{
  ryx_lua_meta(L, &c->engine, "ryx.engine", ryx_lua_engine_meta);
  ryx_lua_meta(L, &c->plan, "ryx.plan", ryx_lua_plan_meta);
  ryx_lua_meta(L, &c->bound, "ryx.bound", ryx_lua_bound_meta);
  ryx_lua_meta(L, &c->shape, "ryx.shape", ryx_lua_shape_meta);
  ryx_lua_meta(L, &c->lock, "ryx.lock", ryx_lua_lock_meta);
  ryx_lua_meta(L, &c->csv, "ryx.csv", ryx_lua_csv_meta);
  ryx_lua_meta(L, &c->regex, "ryx.regex", ryx_lua_regex_meta);
  ryx_lua_meta(L, &c->folder, "ryx.folder", ryx_lua_folder_meta);
  lua_pop(L, 8);
  open_array(L, c);
  open_weak(L, c);
  ryx_lua_open_values(L, c);
  ryx_lua_open_times(L, c);
  ryx_lua_open_decimals(L, c);
}

static lua_core *open_state(lua_State *L)
{
  lua_core *c;

  lua_getfield(L, LUA_REGISTRYINDEX, STATE);
  c = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (c && c->open) return c;
  c = ryx_lua_newdata(L, sizeof *c);
  *c = (lua_core){0};
  lua_newtable(L);
  lua_pushcfunction(L, close_state);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, STATE);
  if (ryx_runtime_new(&c->rt, &c->err) < 0) luaL_error(L, "%s", c->err.message);
  ryx_lua_open_int(L);
  open_metas(L, c);
  open_vals(L, c);
  c->open = true;
  return c;
}

static int array(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);

  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  ryx_lua_set(L, &c->array);
  return 1;
}

static int lookups(lua_State *L)
{
  const char *const *names = ryx_lookups();

  lua_newtable(L);
  for (int i = 0; names[i]; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static const luaL_Reg functions[] = {
    {"array", array},
    {"lookups", lookups},
    {NULL, NULL},
};

/* Pushes the list of that name in the table on top, made when it is not there.
 */
static void push_list(lua_State *L, const char *name)
{
  lua_getfield(L, -1, name);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, name);
}

/* numbers.JOIN.left and the like. */
static void push_numbers(lua_State *L)
{
  lua_newtable(L);
  for (const ryx_number *n = ryx_numbers(); n->list; n++) {
    push_list(L, n->list);
    lua_pushinteger(L, n->number);
    lua_setfield(L, -2, n->name);
    lua_pop(L, 1);
  }
}

RYX_API int luaopen_ryx_core(lua_State *L)
{
  const luaL_Reg *const all[] = {
      functions,
      ryx_lua_engine_functions,
      ryx_lua_send_functions,
      ryx_lua_list_functions,
      ryx_lua_wait_functions,
      ryx_lua_rows_functions,
      ryx_lua_shape_functions,
      ryx_lua_json_functions,
      ryx_lua_value_functions,
      ryx_lua_time_functions,
      ryx_lua_decimal_functions,
      ryx_lua_lock_functions,
      ryx_lua_copy_functions,
      ryx_lua_cells_functions,
      ryx_lua_take_functions,
      ryx_lua_regex_functions,
      ryx_lua_folder_functions,
  };
  lua_core *c = open_state(L);

  lua_createtable(L, 0, 80);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    set_functions(L, all[i]);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  lua_rawgeti(L, LUA_REGISTRYINDEX, c->array.ref);
  lua_setfield(L, -2, "array_meta");
  push_numbers(L);
  lua_setfield(L, -2, "numbers");
  return 1;
}
