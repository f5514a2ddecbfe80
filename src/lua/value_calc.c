/* SPDX-License-Identifier: MIT */
/* Comparing, adding and subtracting dates, times and durations: the operators
 * of Lua. What they give is the core's to know. */
#include <math.h>

#include "lua/value_time.h"

static const char *name_of(lua_State *L, int idx)
{
  ryx_val v;

  if (ryx_lua_value(L, idx, ryx_lua_core(L), &v)) return ryx_type_text(v.type);
  return luaL_typename(L, idx);
}

static bool is_datetime(const ryx_val *v)
{
  return v->type == RYX_T_DATETIME || v->type == RYX_T_DATETIMETZ;
}

/* Both operands, when they are of one kind. The two datetimes are UTC, so they
 * compare. */
static bool alike(lua_State *L, ryx_val *a, ryx_val *b)
{
  lua_core *c = ryx_lua_core(L);

  if (!ryx_lua_value(L, 1, c, a) || !ryx_lua_value(L, 2, c, b)) return false;
  return a->type == b->type || (is_datetime(a) && is_datetime(b));
}

static int equal(lua_State *L)
{
  ryx_val a, b;

  lua_pushboolean(L, alike(L, &a, &b) && a.u.i == b.u.i);
  return 1;
}

static void comparable(lua_State *L, ryx_val *a, ryx_val *b)
{
  if (alike(L, a, b)) return;
  luaL_error(L, "cannot compare a %s with a %s", name_of(L, 1), name_of(L, 2));
}

static int less(lua_State *L)
{
  ryx_val a, b;

  comparable(L, &a, &b);
  lua_pushboolean(L, a.u.i < b.u.i);
  return 1;
}

static int less_equal(lua_State *L)
{
  ryx_val a, b;

  comparable(L, &a, &b);
  lua_pushboolean(L, a.u.i <= b.u.i);
  return 1;
}

static int cannot(lua_State *L, const char *what)
{
  return luaL_error(L, "cannot %s a %s and a %s", what, name_of(L, 1),
                    name_of(L, 2));
}

static int too_far(lua_State *L)
{
  return luaL_error(L, "the result is out of range");
}

typedef int calculation(const ryx_val *a, const ryx_val *b, ryx_val *out,
                        ryx_err *err);

static int calculate(lua_State *L, calculation *fn, const char *what)
{
  lua_core *c = ryx_lua_core(L);
  ryx_val a, b, out;

  if (!ryx_lua_value(L, 1, c, &a) || !ryx_lua_value(L, 2, c, &b)) {
    return cannot(L, what);
  }
  if (fn(&a, &b, &out, &c->err) < 0) return luaL_error(L, "%s", c->err.message);
  return ryx_lua_push_time(L, out.type, out.u.i);
}

static int add(lua_State *L)
{
  return calculate(L, ryx_val_add, "add");
}

static int subtract(lua_State *L)
{
  return calculate(L, ryx_val_sub, "subtract");
}

static int negate(lua_State *L)
{
  ryx_val v;

  if (!ryx_lua_value(L, 1, ryx_lua_core(L), &v) || v.type != RYX_T_DURATION) {
    return luaL_error(L, "cannot negate a %s", name_of(L, 1));
  }
  return v.u.i == INT64_MIN ? too_far(L)
                            : ryx_lua_push_time(L, RYX_T_DURATION, -v.u.i);
}

/* A duration and a number, in either order. */
static int multiply(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  bool first = lua_type(L, 1) == LUA_TUSERDATA;
  int64_t n, us;
  double product;
  ryx_val v;

  if (!ryx_lua_value(L, first ? 1 : 2, c, &v) || v.type != RYX_T_DURATION) {
    return cannot(L, "multiply");
  }
  if (ryx_lua_to_int(L, first ? 2 : 1, &n)) {
    if (__builtin_mul_overflow(v.u.i, n, &us)) return too_far(L);
    return ryx_lua_push_time(L, RYX_T_DURATION, us);
  }
  if (lua_type(L, first ? 2 : 1) != LUA_TNUMBER) return cannot(L, "multiply");
  product = round((double)v.u.i * lua_tonumber(L, first ? 2 : 1));
  if (!(fabs(product) < 0x1p63)) return too_far(L);
  return ryx_lua_push_time(L, RYX_T_DURATION, (int64_t)product);
}

const luaL_Reg ryx_lua_calc[] = {
    {"__eq", equal},     {"__lt", less},      {"__le", less_equal},
    {"__add", add},      {"__sub", subtract}, {"__unm", negate},
    {"__mul", multiply}, {NULL, NULL},
};
