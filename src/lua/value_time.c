/* SPDX-License-Identifier: MIT */
/* Dates, times and durations: userdata that hold an int64 of days or
 * microseconds. What they do with each other is in value_calc.c. */
#include <math.h>
#include <string.h>

#include "lua/value_time.h"

int ryx_lua_push_time(lua_State *L, int type, int64_t i)
{
  ryx_val v = {.type = (uint8_t)type, .u.i = i};

  ryx_lua_push_value(L, ryx_lua_core(L), &v);
  return 1;
}

/* The value a method or metamethod was called on. */
static ryx_val self(lua_State *L)
{
  ryx_val v;

  if (!ryx_lua_value(L, 1, ryx_lua_core(L), &v) || v.type == RYX_T_DECIMAL ||
      v.type == RYX_T_BYTES) {
    luaL_argerror(L, 1, "date, time, datetime or duration expected");
  }
  return v;
}

/* Reading parts: ryx.datetime{ year = 2024, ... } and ryx.datetime(2024, ...).
 */
static const char *const part_names[] = {
    "year", "month", "day", "hour", "minute", "second", "microsecond",
};
enum { N_PARTS = 7, FIRST_TIME_PART = 3 };

/* The parts that a type has: first to last. */
static void span(int type, int *first, int *last)
{
  *first = type == RYX_T_TIME ? FIRST_TIME_PART : 0;
  *last = type == RYX_T_DATE ? FIRST_TIME_PART : N_PARTS;
}

static bool read_part(lua_State *L, lua_core *c, int i, int *out)
{
  int64_t v;
  char shown[80];

  if (lua_isnil(L, -1) && i >= FIRST_TIME_PART) {
    *out = 0;
    return true;
  }
  if (lua_isnil(L, -1)) {
    return ryx_lua_fail(c, RYX_E_VALIDATION, "the %s is missing",
                        part_names[i]);
  }
  if (ryx_lua_to_int(L, -1, &v) && v >= -1000000 && v <= 1000000) {
    *out = (int)v;
    return true;
  }
  ryx_lua_show(L, -1, shown);
  return ryx_lua_fail(c, RYX_E_VALIDATION, "the %s cannot be %s", part_names[i],
                      shown);
}

/* Every key of the table at 1 is a part of this type. */
static bool check_keys(lua_State *L, lua_core *c, int type)
{
  int first, last, i;
  char shown[80];

  span(type, &first, &last);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    bool is_text = lua_type(L, -2) == LUA_TSTRING;

    for (i = first; i < last; i++) {
      if (is_text && strcmp(part_names[i], lua_tostring(L, -2)) == 0) break;
    }
    if (i < last) continue;
    ryx_lua_show(L, -2, shown);
    return ryx_lua_fail(c, RYX_E_VALIDATION, "a %s has no part %s",
                        ryx_type_text(type), shown);
  }
  return true;
}

static bool from_parts(lua_State *L, lua_core *c, int type, ryx_val *v)
{
  bool named = lua_type(L, 1) == LUA_TTABLE;
  int part[N_PARTS] = {0}, first, last;
  ryx_civil p;

  span(type, &first, &last);
  if (named && !check_keys(L, c, type)) return false;
  if (!named) lua_settop(L, N_PARTS);
  for (int i = first; i < last; i++) {
    if (named) {
      lua_getfield(L, 1, part_names[i]);
    } else {
      lua_pushvalue(L, i - first + 1);
    }
    if (!read_part(L, c, i, &part[i])) return false;
    lua_pop(L, 1);
  }
  p = (ryx_civil){part[0], part[1], part[2], part[3],
                  part[4], part[5], part[6]};
  return ryx_val_make(type, &p, v, &c->err) == 0;
}

static bool from_text(lua_State *L, lua_core *c, int type, ryx_val *v)
{
  size_t n;
  const char *s = lua_tolstring(L, 1, &n);

  *v = ryx_bytes(RYX_T_TEXT, s, n);
  return ryx_lua_convert(c, v, type);
}

/* nil, err: 2. */
static int failed(lua_State *L)
{
  return ryx_lua_push_error(L, &ryx_lua_core(L)->err);
}

static int construct(lua_State *L, int type)
{
  lua_core *c = ryx_lua_core(L);
  ryx_val v;
  bool ok;

  luaL_checkany(L, 1);
  ryx_lua_enter(L, c);
  if (lua_type(L, 1) == LUA_TSTRING) {
    ok = from_text(L, c, type, &v);
  } else if (ryx_lua_value(L, 1, c, &v)) {
    ok = ryx_lua_convert(c, &v, type);
  } else if (lua_istable(L, 1) || lua_type(L, 1) == LUA_TNUMBER) {
    ok = from_parts(L, c, type, &v);
  } else {
    return luaL_argerror(L, 1, "text, parts or a value expected");
  }
  ryx_lua_leave(c);
  return ok ? ryx_lua_push_time(L, type, v.u.i) : failed(L);
}

static int date(lua_State *L)
{
  return construct(L, RYX_T_DATE);
}

static int clock_time(lua_State *L)
{
  return construct(L, RYX_T_TIME);
}

static int datetime(lua_State *L)
{
  return construct(L, RYX_T_DATETIME);
}

static int datetimetz(lua_State *L)
{
  return construct(L, RYX_T_DATETIMETZ);
}

static const struct {
  const char *name;
  int64_t us;
} units[] = {
    {"weeks", 7 * RYX_DAY_US},  {"days", RYX_DAY_US},
    {"hours", RYX_HOUR_US},     {"minutes", RYX_MINUTE_US},
    {"seconds", RYX_SECOND_US}, {"milliseconds", RYX_SECOND_US / 1000},
    {"microseconds", 1},
};

/* Adds the number on the top of the stack times unit; whole numbers exactly. */
static bool add_unit(lua_State *L, lua_core *c, int64_t unit, int64_t *us)
{
  int64_t n, more;
  double product;
  char shown[80];

  if (ryx_lua_to_int(L, -1, &n)) {
    if (!__builtin_mul_overflow(n, unit, &more) &&
        !__builtin_add_overflow(*us, more, us)) {
      return true;
    }
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    product = round(lua_tonumber(L, -1) * (double)unit);
    if (fabs(product) < 0x1p63 &&
        !__builtin_add_overflow(*us, (int64_t)product, us)) {
      return true;
    }
  }
  ryx_lua_show(L, -1, shown);
  return ryx_lua_fail(c, RYX_E_VALIDATION, "a duration cannot hold %s", shown);
}

static bool duration_of_table(lua_State *L, lua_core *c, int64_t *us)
{
  size_t i, n = sizeof units / sizeof *units;
  char shown[80];

  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    bool is_text = lua_type(L, -2) == LUA_TSTRING;

    for (i = 0; i < n; i++) {
      if (is_text && strcmp(units[i].name, lua_tostring(L, -2)) == 0) break;
    }
    if (i == n) {
      ryx_lua_show(L, -2, shown);
      return ryx_lua_fail(c, RYX_E_VALIDATION,
                          "a duration has no part %s: weeks, days, hours, "
                          "minutes, seconds, milliseconds, microseconds",
                          shown);
    }
    if (!add_unit(L, c, units[i].us, us)) return false;
  }
  return true;
}

/* duration{ days = 1, ... }, duration(text), duration(seconds); and of a
 * request, duration(E, slot). */
static int duration(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  int64_t us = 0;

  luaL_checkany(L, 1);
  if (ryx_lua_test(L, 1, &c->engine)) return ryx_lua_took(L);
  lua_settop(L, 1);
  if (lua_istable(L, 1)) {
    if (!duration_of_table(L, c, &us)) return failed(L);
    return ryx_lua_push_time(L, RYX_T_DURATION, us);
  }
  if (lua_type(L, 1) != LUA_TNUMBER) return construct(L, RYX_T_DURATION);
  if (!add_unit(L, c, RYX_SECOND_US, &us)) return failed(L);
  return ryx_lua_push_time(L, RYX_T_DURATION, us);
}

static int now(lua_State *L)
{
  ryx_val v = ryx_now();

  return ryx_lua_push_time(L, v.type, v.u.i);
}

static int today(lua_State *L)
{
  ryx_val v = ryx_now();
  int64_t days, us;

  ryx_val_split(&v, &days, &us);
  return ryx_lua_push_time(L, RYX_T_DATE, days);
}

static int get_date(lua_State *L)
{
  ryx_val v = self(L);
  int64_t days, us;

  ryx_val_split(&v, &days, &us);
  return ryx_lua_push_time(L, RYX_T_DATE, days);
}

static int get_time(lua_State *L)
{
  ryx_val v = self(L);
  int64_t days, us;

  if (!ryx_val_split(&v, &days, &us)) {
    return luaL_error(L, "infinity has no time");
  }
  return ryx_lua_push_time(L, RYX_T_TIME, us);
}

static lua_Number seconds_of(int64_t us)
{
  return (lua_Number)us / RYX_SECOND_US;
}

static int timestamp(lua_State *L)
{
  ryx_val v = self(L);
  int64_t days, us;
  bool finite = ryx_val_split(&v, &days, &us);

  lua_pushnumber(L, finite     ? seconds_of(v.u.i)
                    : days > 0 ? (lua_Number)INFINITY
                               : (lua_Number)-INFINITY);
  return 1;
}

static int total_seconds(lua_State *L)
{
  ryx_val v = self(L);

  lua_pushnumber(L, seconds_of(v.u.i));
  return 1;
}

static int push_duration_part(lua_State *L, const ryx_val *v, const char *part)
{
  int64_t days, us;

  ryx_val_split(v, &days, &us);
  if (part[0] == 'd') lua_pushinteger(L, (lua_Integer)days);
  if (part[0] == 's') lua_pushinteger(L, (lua_Integer)(us / RYX_SECOND_US));
  if (part[0] == 'm') lua_pushinteger(L, (lua_Integer)(us % RYX_SECOND_US));
  return 1;
}

/* __index; upvalue 2 maps a name to a method, or to the number of a part. */
static int get(lua_State *L)
{
  ryx_val v = self(L);
  ryx_civil p;
  int part[N_PARTS];

  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(2));
  if (lua_type(L, -1) != LUA_TNUMBER) return 1;
  if (v.type == RYX_T_DURATION) {
    return push_duration_part(L, &v, lua_tostring(L, 2));
  }
  if (!ryx_val_parts(&v, &p)) return luaL_error(L, "infinity has no parts");
  memcpy(part, &p, sizeof part);
  lua_pushinteger(L, part[lua_tointeger(L, -1)]);
  return 1;
}

static int to_string(lua_State *L)
{
  ryx_val v = self(L);
  char text[64];
  int64_t n = ryx_val_iso(&v, text, sizeof text);

  lua_pushlstring(L, text, (size_t)n);
  return 1;
}

static void set_part(lua_State *L, const char *name, int i)
{
  lua_pushinteger(L, i);
  lua_setfield(L, -2, name);
}

/* Adds __index, with a table of methods and parts, to the metatable on the top.
 */
static void set_index(lua_State *L, const luaL_Reg *methods, int type)
{
  int first, last;

  lua_getfield(L, LUA_REGISTRYINDEX, "ryx.core");
  lua_newtable(L);
  lua_pushvalue(L, -2);
  ryx_lua_setfuncs(L, methods, 1);
  span(type, &first, &last);
  if (type == RYX_T_DURATION) {
    set_part(L, "days", 0);
    set_part(L, "seconds", 0);
    set_part(L, "microseconds", 0);
  } else {
    for (int i = first; i < last; i++)
      set_part(L, part_names[i], i);
  }
  lua_pushcclosure(L, get, 2);
  lua_setfield(L, -2, "__index");
}

/* Copies the table below the top into the top. LuaJIT compares two userdata
 * only when both have the very same metamethod, so the kinds share theirs. */
static void copy_fields(lua_State *L)
{
  for (lua_pushnil(L); lua_next(L, -3);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

void ryx_lua_open_times(lua_State *L, lua_core *c)
{
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg of_parts[] = {
      {"format", ryx_lua_format_time},
      {NULL, NULL},
  };
  static const luaL_Reg of_datetime[] = {
      {"format", ryx_lua_format_time}, {"date", get_date}, {"time", get_time},
      {"timestamp", timestamp},        {NULL, NULL},
  };
  static const luaL_Reg of_duration[] = {
      {"total_seconds", total_seconds},
      {NULL, NULL},
  };
  static const struct {
    int type;
    const char *name;
    const luaL_Reg *methods;
  } kinds[] = {
      {RYX_T_DATE, "date", of_parts},
      {RYX_T_TIME, "time", of_parts},
      {RYX_T_DATETIME, "datetime", of_datetime},
      {RYX_T_DATETIMETZ, "datetimetz", of_datetime},
      {RYX_T_DURATION, "duration", of_duration},
  };

  lua_newtable(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "ryx.core");
  ryx_lua_setfuncs(L, ryx_lua_calc, 1);
  ryx_lua_set_concat(L);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    ryx_lua_meta(L, &c->value[kinds[i].type], kinds[i].name, none);
    copy_fields(L);
    set_index(L, kinds[i].methods, kinds[i].type);
    lua_getfield(L, LUA_REGISTRYINDEX, "ryx.core");
    lua_pushcclosure(L, to_string, 1);
    lua_setfield(L, -2, "__tostring");
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

const luaL_Reg ryx_lua_time_functions[] = {
    {"date", date},         {"time", clock_time},
    {"datetime", datetime}, {"datetimetz", datetimetz},
    {"duration", duration}, {"now", now},
    {"today", today},       {NULL, NULL},
};
