/* SPDX-License-Identifier: MIT */
/* Cells: from a value of the driver's to the Lua value its column should have.
 */
#include "lua/core.h"

/* A value that has a type of ours. */
static bool push_held(lua_State *L, lua_core *c, const ryx_val *v)
{
  char text[80];

  if (ryx_val_held(v)) {
    ryx_lua_push_value(L, c, v);
    return true;
  }
  ryx_val_text(v, text, sizeof text);
  return ryx_lua_fail(c, RYX_E_VALIDATION,
                      "no type of ryx holds the %s %s: select it as text",
                      ryx_type_text(v->type), text);
}

/* A value as it is. */
static bool push_as_is(lua_State *L, lua_core *c, const ryx_val *v, int elem)
{
  switch ((ryx_type)v->type) {
    case RYX_T_NULL: lua_pushlightuserdata(L, NULL); return true;
    case RYX_T_BOOL: lua_pushboolean(L, v->u.i != 0); return true;
    case RYX_T_INT: ryx_lua_push_int(L, v->u.i); return true;
    case RYX_T_DOUBLE: lua_pushnumber(L, v->u.d); return true;
    case RYX_T_TEXT:
    case RYX_T_BYTES:
    case RYX_T_UUID: lua_pushlstring(L, v->u.s, v->len); return true;
    case RYX_T_DECIMAL:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION: return push_held(L, c, v);
    case RYX_T_JSON: return ryx_lua_decode(L, c, v->u.s, v->len);
    case RYX_T_ARRAY:
      return ryx_lua_decode_array(L, c, v, elem ? elem : v->elem);
    case RYX_T_MAX: break;
  }
  return ryx_lua_fail(c, RYX_E_UNSUPPORTED, "a column of an unknown type");
}

/* Types that a driver hands over as another one, told apart without a
 * conversion: booleans and durations are integers where the database has no
 * such type, JSON and arrays are text, and the two datetimes are the same. */
bool ryx_lua_relabel(ryx_val *v, int type)
{
  bool text = v->type == RYX_T_TEXT || v->type == RYX_T_BYTES;
  bool datetime = v->type == RYX_T_DATETIME || v->type == RYX_T_DATETIMETZ;
  bool ok = false;

  switch ((ryx_type)type) {
    case RYX_T_BOOL:
    case RYX_T_DURATION: ok = v->type == RYX_T_INT; break;
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: ok = datetime; break;
    case RYX_T_JSON:
    case RYX_T_ARRAY: ok = text || v->type == RYX_T_JSON; break;
    case RYX_T_BYTES:
    case RYX_T_UUID: ok = text; break;
    case RYX_T_NULL:
    case RYX_T_INT:
    case RYX_T_DOUBLE:
    case RYX_T_TEXT:
    case RYX_T_DECIMAL:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_MAX: break;
  }
  if (ok) v->type = (uint8_t)type;
  return ok;
}

bool ryx_lua_push(lua_State *L, ryx_val *v, int type, int elem)
{
  lua_core *c = ryx_lua_core(L);

  if (v->type == type || type == RYX_T_NULL || v->type == RYX_T_NULL ||
      ryx_lua_relabel(v, type)) {
    return push_as_is(L, c, v, elem);
  }
  /* Integers beyond 2^53 lose digits as doubles, as the user asked. */
  if (type == RYX_T_DOUBLE && v->type == RYX_T_INT) {
    lua_pushnumber(L, (lua_Number)v->u.i);
    return true;
  }
  return ryx_lua_convert(c, v, type) && push_as_is(L, c, v, elem);
}
