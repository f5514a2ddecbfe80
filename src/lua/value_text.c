/* SPDX-License-Identifier: MIT */
/* Values as text: joined by "..", and dates and times by a pattern. */
#include <stdio.h>
#include <string.h>

#include "lua/value_time.h"

/* Pushes what ".." takes an operand for. */
static bool push_text(lua_State *L, int idx)
{
  ryx_val v;

  if (lua_isstring(L, idx)) {
    lua_pushvalue(L, idx);
    return true;
  }
  return ryx_lua_value(L, idx, ryx_lua_core(L), &v) &&
         luaL_callmeta(L, idx, "__tostring");
}

/* Whoever is no value may know better: an expression makes one of both. */
static bool push_own(lua_State *L, int idx)
{
  ryx_val v;

  if (ryx_lua_value(L, idx, ryx_lua_core(L), &v)) return false;
  if (!luaL_getmetafield(L, idx, "__concat")) return false;
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 2, 1);
  return true;
}

static int concat(lua_State *L)
{
  lua_settop(L, 2);
  if (lua_istable(L, 1) && push_own(L, 1)) return 1;
  if (lua_istable(L, 2) && push_own(L, 2)) return 1;
  for (int i = 1; i <= 2; i++) {
    if (push_text(L, i)) continue;
    return luaL_error(L, "cannot join text with a %s", luaL_typename(L, i));
  }
  lua_concat(L, 2);
  return 1;
}

static const char *const months[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December",
};
static const char *const days[] = {
    "Sunday",   "Monday", "Tuesday",  "Wednesday",
    "Thursday", "Friday", "Saturday",
};

/* Day of the year from 1, day of the week from Sunday 0 (Sakamoto). */
static int day_of_year(const ryx_civil *p)
{
  static const int before[] = {0,   31,  59,  90,  120, 151,
                               181, 212, 243, 273, 304, 334};
  bool leap = p->year % 4 == 0 && (p->year % 100 != 0 || p->year % 400 == 0);

  return before[p->month - 1] + p->day + (leap && p->month > 2);
}

static int day_of_week(const ryx_civil *p)
{
  static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
  int y = p->year - (p->month < 3);

  return (y + y / 4 - y / 100 + y / 400 + shift[p->month - 1] + p->day) % 7;
}

static int hour_of_12(const ryx_civil *p)
{
  return p->hour % 12 ? p->hour % 12 : 12;
}

/* One part of a pattern into out[16]: its length, -1 for a letter that means
 * nothing. */
static int put_day(char out[16], char letter, const ryx_civil *p)
{
  switch (letter) {
    case 'Y': return snprintf(out, 16, "%04d", p->year);
    case 'y': return snprintf(out, 16, "%02d", p->year % 100);
    case 'm': return snprintf(out, 16, "%02d", p->month);
    case 'd': return snprintf(out, 16, "%02d", p->day);
    case 'e': return snprintf(out, 16, "%d", p->day);
    case 'j': return snprintf(out, 16, "%03d", day_of_year(p));
    case 'B': return snprintf(out, 16, "%s", months[p->month - 1]);
    case 'b': return snprintf(out, 16, "%.3s", months[p->month - 1]);
    case 'A': return snprintf(out, 16, "%s", days[day_of_week(p)]);
    case 'a': return snprintf(out, 16, "%.3s", days[day_of_week(p)]);
    default: return -1;
  }
}

static int put_time(char out[16], char letter, const ryx_civil *p)
{
  switch (letter) {
    case 'H': return snprintf(out, 16, "%02d", p->hour);
    case 'I': return snprintf(out, 16, "%02d", hour_of_12(p));
    case 'M': return snprintf(out, 16, "%02d", p->minute);
    case 'S': return snprintf(out, 16, "%02d", p->second);
    case 'f': return snprintf(out, 16, "%06d", p->micro);
    case 'p': return snprintf(out, 16, "%s", p->hour < 12 ? "AM" : "PM");
    default: return -1;
  }
}

static int put_part(char out[16], char letter, int type, const ryx_civil *p)
{
  int n = -1;

  if (letter == '%') return snprintf(out, 16, "%%");
  if (type != RYX_T_TIME) n = put_day(out, letter, p);
  if (n < 0 && type != RYX_T_DATE) n = put_time(out, letter, p);
  return n;
}

int ryx_lua_format_time(lua_State *L)
{
  const char *s = luaL_checkstring(L, 2);
  char part[16];
  luaL_Buffer b;
  ryx_civil p;
  ryx_val v;

  if (!ryx_lua_value(L, 1, ryx_lua_core(L), &v)) return 0;
  if (!ryx_val_parts(&v, &p)) return luaL_error(L, "infinity has no parts");
  luaL_buffinit(L, &b);
  for (; *s; s++) {
    int n = 1;

    part[0] = *s;
    if (*s == '%') n = put_part(part, *++s, v.type, &p);
    if (n < 0)
      return luaL_error(L, "a %s has no %%%c", ryx_type_text(v.type),
                        *s ? *s : '%');
    luaL_addlstring(&b, part, (size_t)n);
  }
  luaL_pushresult(&b);
  return 1;
}

void ryx_lua_set_concat(lua_State *L)
{
  lua_getfield(L, LUA_REGISTRYINDEX, "ryx.core");
  lua_pushcclosure(L, concat, 1);
  lua_setfield(L, -2, "__concat");
}
