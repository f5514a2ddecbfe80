/* SPDX-License-Identifier: MIT */
/* Shapes: how rows become Lua values, made once per query shape. */
#include <string.h>

#include "lua/core.h"

enum { COLUMNS_MAX = 4096, PARTS_MAX = 256 };

/* Field `name` of the table at 1, as a length: 0 when it is absent. */
static int length_of(lua_State *L, const char *name)
{
  int n = 0;

  lua_getfield(L, 1, name);
  if (!lua_isnil(L, -1)) {
    luaL_argcheck(L, lua_istable(L, -1), 1,
                  "keys, types and nested are arrays");
    n = (int)lua_rawlen(L, -1);
  }
  luaL_argcheck(L, n <= COLUMNS_MAX, 1, "too many columns");
  lua_pop(L, 1);
  return n;
}

void ryx_lua_read_type(lua_State *L, const char *name, uint8_t *type,
                       uint8_t *elem)
{
  size_t n = strlen(name);
  bool array = n > 2 && strcmp(name + n - 2, "[]") == 0;
  int number;

  if (array) {
    lua_pushlstring(L, name, n - 2);
    number = ryx_type_from(lua_tostring(L, -1));
    lua_pop(L, 1);
  } else {
    number = ryx_type_from(name);
  }
  if (number < 0) luaL_error(L, "unknown type '%s'", name);
  *type = array ? RYX_T_ARRAY : (uint8_t)number;
  *elem = array ? (uint8_t)number : RYX_T_NULL;
}

static void read_types(lua_State *L, lua_shape *s)
{
  lua_getfield(L, 1, "types");
  for (int i = 0; i < s->n_types; i++) {
    lua_rawgeti(L, -1, i + 1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 1, "types are names");
    ryx_lua_read_type(L, lua_tostring(L, -1), &s->type[i],
                      &s->type[s->n_types + i]);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Field `name` of the table at -1 as a number from low to high. */
static int number_of(lua_State *L, const char *name, int low, int high)
{
  lua_Number n;

  lua_getfield(L, -1, name);
  n = lua_tonumber(L, -1);
  if (!lua_isnumber(L, -1) || !(n >= low && n <= high)) {
    luaL_error(L, "nested: '%s' is a number from %d to %d", name, low, high);
  }
  lua_pop(L, 1);
  return (int)n;
}

/* Is field `name` of the table at idx true? */
static bool is_set(lua_State *L, int idx, const char *name)
{
  bool set;

  lua_getfield(L, idx, name);
  set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}

/* Hangs part i on an earlier one, behind those that hang there already. */
static void hang(lua_part *part, int i, int parent)
{
  int *at = &part[parent].child;

  while (*at)
    at = &part[*at].next;
  *at = i;
}

/* The parts, from "nested": their columns follow one another up to the last. */
static void read_parts(lua_State *L, lua_shape *s)
{
  lua_part *part = s->part;
  int end = s->n_keys;

  if (s->n_parts == 0) return;
  part[0] = (lua_part){.n = end,
                       .peers = is_set(L, 1, "peers"),
                       .tracked = is_set(L, 1, "tracked")};
  lua_getfield(L, 1, "nested");
  for (int i = 1; i < s->n_parts; i++) {
    lua_rawgeti(L, -1, i);
    luaL_argcheck(L, lua_istable(L, -1), 1, "nested is an array of tables");
    part[i] = (lua_part){.from = number_of(L, "from", 1, end) - 1};
    part[i - 1].n = part[i].from - part[i - 1].from;
    luaL_argcheck(L, part[i - 1].n > 0, 1, "a part has no columns");
    part[i].n = end - part[i].from;
    part[i].key = number_of(L, "key", part[i].from + 1, end) - 1;
    part[i].marks = is_set(L, -1, "marks");
    part[i].has_back = is_set(L, -1, "back");
    part[i].peers = is_set(L, -1, "peers");
    part[i].tracked = is_set(L, -1, "tracked");
    hang(part, i, number_of(L, "parent", 0, i - 1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* What the parts have besides numbers, into the table at -1. */
static void keep_parts(lua_State *L, const lua_shape *s)
{
  static const char *const names[] = {"meta", "name", "back"};

  if (s->n_parts < 2) return;
  lua_getfield(L, 1, "nested");
  for (int i = 1; i < s->n_parts; i++) {
    lua_rawgeti(L, -1, i);
    for (int k = 0; k < PART_SLOTS; k++) {
      lua_getfield(L, -1, names[k]);
      luaL_argcheck(L, k != PART_META || lua_istable(L, -1), 1,
                    "a part needs a metatable");
      luaL_argcheck(L, k != PART_NAME || lua_type(L, -1) == LUA_TSTRING, 1,
                    "a part needs a name");
      lua_rawseti(L, -4, s->n_keys + 3 + (i - 1) * PART_SLOTS + k);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Gives the userdata at idx its table: keys, metatable, null, parts. */
static void keep(lua_State *L, int idx, lua_shape *s)
{
  lua_createtable(L, s->n_keys + 2 + s->n_parts * PART_SLOTS, 0);
  if (s->n_keys > 0) lua_getfield(L, 1, "keys");
  for (int i = 1; i <= s->n_keys; i++) {
    lua_rawgeti(L, -1, i);
    luaL_argcheck(L, !lua_isnil(L, -1), 1, "keys are an array");
    lua_rawseti(L, -3, i);
  }
  if (s->n_keys > 0) lua_pop(L, 1);
  lua_getfield(L, 1, "meta");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_istable(L, -1), 1,
                "meta is a metatable");
  lua_rawseti(L, -2, s->n_keys + 1);
  lua_getfield(L, 1, "null");
  s->has_null = !lua_isnil(L, -1);
  lua_rawseti(L, -2, s->n_keys + 2);
  keep_parts(L, s);
  ryx_lua_setenv(L, idx);
}

/* Bytes up to the parts, which lie behind the types. */
static size_t parts_at(int n_types)
{
  size_t align = _Alignof(lua_part);

  return (sizeof(lua_shape) + 2 * (size_t)n_types + align - 1) / align * align;
}

static int shape(lua_State *L)
{
  static const char *const kinds[] = {"model", "dict", "list", "flat", NULL};
  lua_core *c = ryx_lua_core(L);
  int n_types, n_parts;
  lua_shape *s;
  lua_kind kind;

  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "kind");
  kind = (lua_kind)luaL_checkoption(L, 2, NULL, kinds);
  n_types = length_of(L, "types");
  n_parts = kind == LUA_MODEL ? length_of(L, "nested") + 1 : 0;
  luaL_argcheck(L, n_parts <= PARTS_MAX, 1, "too many parts");
  s = ryx_lua_newdata_env(
      L, parts_at(n_types) + (size_t)n_parts * sizeof(lua_part));
  *s = (lua_shape){.kind = kind, .n_types = n_types, .n_parts = n_parts};
  s->part = (lua_part *)(void *)((char *)s + parts_at(n_types));
  ryx_lua_set(L, &c->shape);
  if (kind == LUA_MODEL || kind == LUA_DICT) s->n_keys = length_of(L, "keys");
  read_types(L, s);
  read_parts(L, s);
  keep(L, 3, s);
  return 1;
}

const luaL_Reg ryx_lua_shape_meta[] = {{NULL, NULL}};

const luaL_Reg ryx_lua_shape_functions[] = {
    {"shape", shape},
    {NULL, NULL},
};
