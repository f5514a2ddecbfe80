/* SPDX-License-Identifier: MIT */
/* Decimals: userdata that hold canonical text, with exact arithmetic. */
#include <string.h>

#include "lua/core.h"

/* The value at idx as a decimal: one, or a whole number. The text is good until
 * the next conversion, or as long as the userdata. */
static bool operand(lua_State *L, int idx, lua_core *c, ryx_val *v)
{
  int64_t i;
  char shown[80];

  if (ryx_lua_value(L, idx, c, v) && v->type == RYX_T_DECIMAL) return true;
  if (ryx_lua_to_int(L, idx, &i)) {
    *v = ryx_int(i);
    return ryx_lua_convert(c, v, RYX_T_DECIMAL);
  }
  ryx_lua_show(L, idx, shown);
  if (lua_type(L, idx) == LUA_TNUMBER) {
    return ryx_lua_fail(c, RYX_E_VALIDATION,
                        "%s is a float, which is not exact: write it as text, "
                        "decimal('%s')",
                        shown, shown);
  }
  return ryx_lua_fail(c, RYX_E_VALIDATION, "%s is not a decimal", shown);
}

/* Pushes text that ryx made; it is held by the state in case Lua raises. */
static int push_made(lua_State *L, lua_core *c, char *s, size_t n)
{
  ryx_val v = ryx_bytes(RYX_T_DECIMAL, s, n);

  ryx_free(c->made);
  c->made = s;
  ryx_lua_push_value(L, c, &v);
  ryx_lua_leave(c);
  return 1;
}

/* decimal(x): from text, a whole number, or a decimal. */
static int decimal(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  ryx_val v;
  size_t n;

  luaL_checkany(L, 1);
  ryx_lua_enter(L, c);
  if (lua_type(L, 1) == LUA_TSTRING) {
    const char *s = lua_tolstring(L, 1, &n);

    v = ryx_bytes(RYX_T_TEXT, s, n);
    if (!ryx_lua_convert(c, &v, RYX_T_DECIMAL)) {
      return ryx_lua_push_error(L, &c->err);
    }
  } else if (!operand(L, 1, c, &v)) {
    return ryx_lua_push_error(L, &c->err);
  }
  ryx_lua_push_value(L, c, &v);
  ryx_lua_leave(c);
  return 1;
}

/* Operands of a metamethod: one of them is a decimal. At most one is an
 * integer, so the one conversion that is kept is enough. */
static void operands(lua_State *L, lua_core *c, ryx_val *a, ryx_val *b)
{
  ryx_lua_enter(L, c);
  if (operand(L, 1, c, a) && operand(L, 2, c, b)) return;
  luaL_error(L, "%s", c->err.message);
}

static int calculate(lua_State *L, char op)
{
  lua_core *c = ryx_lua_core(L);
  ryx_val a, b;
  char *out;
  size_t n;

  operands(L, c, &a, &b);
  if (ryx_decimal_calc(op, a.u.s, a.len, b.u.s, b.len, &out, &n, &c->err)) {
    return luaL_error(L, "%s", c->err.message);
  }
  return push_made(L, c, out, n);
}

static int add(lua_State *L)
{
  return calculate(L, '+');
}

static int subtract(lua_State *L)
{
  return calculate(L, '-');
}

static int multiply(lua_State *L)
{
  return calculate(L, '*');
}

static int divide(lua_State *L)
{
  return calculate(L, '/');
}

static int negate(lua_State *L)
{
  lua_settop(L, 1);
  lua_pushinteger(L, 0);
  lua_insert(L, 1);
  return calculate(L, '-');
}

static int compare(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  ryx_val a, b;

  operands(L, c, &a, &b);
  ryx_lua_leave(c);
  return ryx_decimal_compare(a.u.s, a.len, b.u.s, b.len);
}

static int equal(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  ryx_val a, b;

  lua_pushboolean(L, ryx_lua_value(L, 1, c, &a) && ryx_lua_value(L, 2, c, &b) &&
                         a.type == b.type &&
                         ryx_decimal_compare(a.u.s, a.len, b.u.s, b.len) == 0);
  return 1;
}

static int less(lua_State *L)
{
  lua_pushboolean(L, compare(L) < 0);
  return 1;
}

static int less_equal(lua_State *L)
{
  lua_pushboolean(L, compare(L) <= 0);
  return 1;
}

static ryx_val self(lua_State *L)
{
  ryx_val v;

  if (!ryx_lua_value(L, 1, ryx_lua_core(L), &v) || v.type != RYX_T_DECIMAL) {
    luaL_argerror(L, 1, "decimal expected");
  }
  return v;
}

static int to_string(lua_State *L)
{
  ryx_val v = self(L);

  lua_pushlstring(L, v.u.s, v.len);
  return 1;
}

static int to_number(lua_State *L)
{
  ryx_val v = self(L);
  lua_core *c = ryx_lua_core(L);

  ryx_lua_enter(L, c);
  v.type = RYX_T_TEXT;
  if (!ryx_lua_convert(c, &v, RYX_T_DOUBLE)) {
    return luaL_error(L, "%s", c->err.message);
  }
  ryx_lua_leave(c);
  lua_pushnumber(L, v.u.d);
  return 1;
}

/* d:places(n, exact): with n digits after the point; exact: nil, err when that
 * would lose one. */
static int places(lua_State *L)
{
  ryx_val v = self(L);
  lua_core *c = ryx_lua_core(L);
  int n_places = ryx_lua_int_arg(L, 2);
  bool exact = lua_toboolean(L, 3);
  char *out;
  size_t n;

  ryx_lua_enter(L, c);
  if (ryx_decimal_places(v.u.s, v.len, n_places, exact, &out, &n, &c->err)) {
    return ryx_lua_push_error(L, &c->err);
  }
  return push_made(L, c, out, n);
}

/* d:round(n): n digits after the point, none when not given. */
static int round_to(lua_State *L)
{
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_pushinteger(L, 0);
    lua_replace(L, 2);
  }
  luaL_argcheck(L, ryx_lua_int_arg(L, 2) >= 0, 2, "places from 0");
  return places(L) == 1 ? 1 : luaL_error(L, "%s", ryx_lua_core(L)->err.message);
}

void ryx_lua_open_decimals(lua_State *L, lua_core *c)
{
  static const luaL_Reg meta[] = {
      {"__add", add},    {"__sub", subtract},  {"__mul", multiply},
      {"__div", divide}, {"__unm", negate},    {"__eq", equal},
      {"__lt", less},    {"__le", less_equal}, {"__tostring", to_string},
      {NULL, NULL},
  };
  static const luaL_Reg methods[] = {
      {"tonumber", to_number},
      {"places", places},
      {"round", round_to},
      {NULL, NULL},
  };

  ryx_lua_meta(L, &c->value[RYX_T_DECIMAL], "decimal", meta);
  ryx_lua_set_concat(L);
  lua_newtable(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "ryx.core");
  ryx_lua_setfuncs(L, methods, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

const luaL_Reg ryx_lua_decimal_functions[] = {
    {"decimal", decimal},
    {NULL, NULL},
};
