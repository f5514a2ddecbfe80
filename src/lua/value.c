/* SPDX-License-Identifier: MIT */
/* Value userdata as such: what kind one is, taking it apart, making one. */
#include <string.h>

#include "lua/core.h"

/* The types that are userdata. */
static const uint8_t kinds[] = {
    RYX_T_DATETIME,   RYX_T_DECIMAL,  RYX_T_DATE,  RYX_T_TIME,
    RYX_T_DATETIMETZ, RYX_T_DURATION, RYX_T_BYTES,
};

static bool is_text(int type)
{
  return type == RYX_T_DECIMAL || type == RYX_T_BYTES;
}

/* The type of the userdata at idx, or RYX_T_NULL. */
static int kind_of(lua_State *L, int idx, const lua_core *c)
{
  const void *at;

  if (lua_type(L, idx) != LUA_TUSERDATA) return RYX_T_NULL;
  if (!lua_getmetatable(L, idx)) return RYX_T_NULL;
  at = lua_topointer(L, -1);
  lua_pop(L, 1);
  for (size_t i = 0; i < sizeof kinds; i++) {
    if (c->value[kinds[i]].at == at) return kinds[i];
  }
  return RYX_T_NULL;
}

bool ryx_lua_value(lua_State *L, int idx, const lua_core *c, ryx_val *out)
{
  int type = kind_of(L, idx, c);
  const void *data;

  if (type == RYX_T_NULL) return false;
  data = lua_touserdata(L, idx);
  if (is_text(type)) {
    *out = ryx_bytes(type, data, lua_rawlen(L, idx));
    return true;
  }
  *out = (ryx_val){.type = (uint8_t)type};
  memcpy(&out->u.i, data, sizeof out->u.i);
  return true;
}

void ryx_lua_push_value(lua_State *L, const lua_core *c, const ryx_val *v)
{
  bool text = is_text(v->type);
  void *data = ryx_lua_newdata(L, text ? v->len : sizeof v->u.i);

  if (text) {
    memcpy(data, v->u.s, v->len);
  } else {
    memcpy(data, &v->u.i, sizeof v->u.i);
  }
  ryx_lua_set(L, &c->value[v->type]);
}

bool ryx_lua_convert(lua_core *c, ryx_val *v, int type)
{
  ryx_free(c->made);
  c->made = NULL;
  return ryx_val_convert(v, type, &c->made, &c->err) == 0;
}

static int kind(lua_State *L)
{
  int type = kind_of(L, 1, ryx_lua_core(L));

  if (type == RYX_T_NULL) return 0;
  lua_pushstring(L, ryx_type_text(type));
  return 1;
}

/* core.is_text(s) */
static int is_text_arg(lua_State *L)
{
  size_t n;
  const char *s = luaL_checklstring(L, 1, &n);

  lua_pushboolean(L, ryx_is_text(s, n));
  return 1;
}

static int bytes(lua_State *L)
{
  size_t n;
  const char *s = luaL_checklstring(L, 1, &n);
  ryx_val v = ryx_bytes(RYX_T_BYTES, s, n);

  luaL_argcheck(L, n <= UINT32_MAX, 1, "more than 4 GiB");
  ryx_lua_push_value(L, ryx_lua_core(L), &v);
  return 1;
}

static int bytes_tostring(lua_State *L)
{
  ryx_val v;

  if (!ryx_lua_value(L, 1, ryx_lua_core(L), &v)) return 0;
  lua_pushlstring(L, v.u.s, v.len);
  return 1;
}

void ryx_lua_open_values(lua_State *L, lua_core *c)
{
  static const luaL_Reg meta[] = {
      {"__tostring", bytes_tostring},
      {NULL, NULL},
  };

  ryx_lua_meta(L, &c->value[RYX_T_BYTES], "bytes", meta);
  ryx_lua_set_concat(L);
  lua_pop(L, 1);
}

const luaL_Reg ryx_lua_value_functions[] = {
    {"kind", kind},
    {"is_text", is_text_arg},
    {"bytes", bytes},
    {NULL, NULL},
};
