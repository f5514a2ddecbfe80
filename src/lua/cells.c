/* SPDX-License-Identifier: MIT */
/* Rows that a cache keeps: a list of lists of cells. In one form they are as
 * the driver gave them: null, a boolean, a number or a text; a cell that its
 * column would not tell from another is a list { number of its type, cell, of
 * an array that of its items }. In the other form they are the values already,
 * but for documents, since the tables made of those belong to one user. */
#include <string.h>

#include "lua/core.h"

static bool is_moment(int type)
{
  return type == RYX_T_DATE || type == RYX_T_TIME || type == RYX_T_DATETIME ||
         type == RYX_T_DATETIMETZ;
}

/* Does the column say what the cell is? */
static bool is_plain(const ryx_val *v, int type)
{
  switch ((ryx_type)v->type) {
    case RYX_T_NULL:
    case RYX_T_BOOL:
    case RYX_T_DOUBLE:
    case RYX_T_TEXT: return true;
    case RYX_T_INT: return !is_moment(type);
    case RYX_T_BYTES: return false;
    case RYX_T_DECIMAL:
      return type == RYX_T_DECIMAL && v->len > 0 && v->u.s[v->len - 1] <= '9';
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION:
    case RYX_T_UUID:
    case RYX_T_JSON: return v->type == type;
    case RYX_T_ARRAY:
    case RYX_T_MAX: break;
  }
  return false;
}

static void push_plain(lua_State *L, const ryx_val *v)
{
  switch ((ryx_type)v->type) {
    case RYX_T_BOOL: lua_pushboolean(L, v->u.i != 0); break;
    case RYX_T_DOUBLE: lua_pushnumber(L, v->u.d); break;
    case RYX_T_INT:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION: ryx_lua_push_int(L, v->u.i); break;
    case RYX_T_TEXT:
    case RYX_T_BYTES:
    case RYX_T_DECIMAL:
    case RYX_T_UUID:
    case RYX_T_JSON:
    case RYX_T_ARRAY: lua_pushlstring(L, v->u.s, v->len); break;
    case RYX_T_NULL:
    case RYX_T_MAX: lua_pushlightuserdata(L, NULL); break;
  }
}

static void push_kept(lua_State *L, const ryx_val *v, int type)
{
  if (is_plain(v, type)) {
    push_plain(L, v);
    return;
  }
  lua_createtable(L, 3, 0);
  lua_pushinteger(L, v->type);
  lua_rawseti(L, -2, 1);
  push_plain(L, v);
  lua_rawseti(L, -2, 2);
  if (v->type != RYX_T_ARRAY) return;
  lua_pushinteger(L, v->elem);
  lua_rawseti(L, -2, 3);
}

static bool is_counted(int type)
{
  return type == RYX_T_BOOL || type == RYX_T_DURATION || is_moment(type);
}

/* The plain cell at -1, in a column of a type. */
static void read_plain(lua_State *L, int type, ryx_val *out)
{
  int64_t i;
  size_t n;

  *out = (ryx_val){.type = RYX_T_NULL};
  switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
      out->type = RYX_T_BOOL;
      out->u.i = lua_toboolean(L, -1);
      return;
    case LUA_TSTRING:
      out->u.s = lua_tolstring(L, -1, &n);
      out->len = (uint32_t)n;
      out->type = RYX_T_TEXT;
      return;
    case LUA_TNIL:
    case LUA_TLIGHTUSERDATA: return;
    default: break;
  }
  if (type != RYX_T_DOUBLE && ryx_lua_to_int(L, -1, &i)) {
    out->type = is_counted(type) ? (uint8_t)type : RYX_T_INT;
    out->u.i = i;
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    out->type = RYX_T_DOUBLE;
    out->u.d = lua_tonumber(L, -1);
  }
}

/* Number k of the list at -1, 0 when it is none. */
static int number_at(lua_State *L, int k)
{
  int n;

  lua_rawgeti(L, -1, k);
  n = (int)lua_tonumber(L, -1);
  lua_pop(L, 1);
  return n > 0 && n < RYX_T_MAX ? n : 0;
}

/* Is a text fit to be of a type that a list names? What a cache gave back may
 * be anything. */
static bool may_be_named(int type, const ryx_val *v)
{
  if (type == RYX_T_DECIMAL) {
    if (v->len == 3 && memcmp(v->u.s, "NaN", 3) == 0) return true;
    for (uint32_t i = 0; i < v->len; i++) {
      if (!strchr("-.0123456789", v->u.s[i])) return false;
    }
    return v->len > 0;
  }
  return type == RYX_T_BYTES || type == RYX_T_JSON || type == RYX_T_UUID ||
         type == RYX_T_ARRAY;
}

/* A list's cell has the type it names, where it is of a kind that has it. */
static void read_named(lua_State *L, ryx_val *out)
{
  int type = number_at(L, 1), elem = number_at(L, 3);
  bool is_text;

  lua_rawgeti(L, -1, 2);
  read_plain(L, type, out);
  lua_pop(L, 1);
  is_text = out->type == RYX_T_TEXT;
  if (!is_text || !may_be_named(type, out)) return;
  out->type = (uint8_t)type;
  out->elem = (uint8_t)elem;
}

/* Is the cell at -1 the value itself? */
static bool is_value(lua_State *L, int type)
{
  int64_t i;

  switch (lua_type(L, -1)) {
    case LUA_TLIGHTUSERDATA:
    case LUA_TUSERDATA: return true;
    case LUA_TSTRING:
      return type == RYX_T_TEXT || type == RYX_T_UUID || type == RYX_T_BYTES ||
             type == RYX_T_NULL;
    case LUA_TBOOLEAN: return type == RYX_T_BOOL || type == RYX_T_NULL;
    default: break;
  }
  if (type != RYX_T_INT && type != RYX_T_NULL) return false;
  return ryx_lua_to_int(L, -1, &i) ||
         (type == RYX_T_NULL && lua_type(L, -1) == LUA_TNUMBER);
}

bool ryx_lua_kept(lua_State *L, int type, int elem)
{
  ryx_val v;

  if (is_value(L, type)) return true;
  if (lua_istable(L, -1)) {
    read_named(L, &v);
  } else {
    read_plain(L, type, &v);
  }
  if (!ryx_lua_push(L, &v, type, elem)) return false;
  lua_remove(L, -2);
  return true;
}

static bool is_document(int type)
{
  return type == RYX_T_JSON || type == RYX_T_ARRAY;
}

/* Pushes a cell as it came, or as the value that everybody may have: documents
 * are read anew for each. */
static bool push_cell(lua_State *L, ryx_val *v, int type, int elem, bool values)
{
  if (values && !is_document(type) && !is_document(v->type)) {
    return ryx_lua_push(L, v, type, elem);
  }
  push_kept(L, v, type);
  return true;
}

/* core.cells(E, slot, values): list, n; a list of the cells of each row. */
static int cells(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = ryx_lua_engine(L, c);
  bool values = lua_toboolean(L, 3);
  ryx_plan_info info = {0};
  ryx_rows *rows;
  ryx_val v;
  int n = 0, n_cols;
  bool ok = true;

  ryx_lua_enter(L, c);
  if (!ryx_lua_take(L, c, en)) {
    ryx_lua_leave(c);
    return 2;
  }
  rows = en->result.rows;
  n_cols = ryx_result_columns(&en->result);
  if (en->plan) ryx_plan_get_info(en->plan, &info);
  if (info.n_cols != n_cols) info.col_type = info.col_elem = NULL;
  lua_createtable(L, (int)ryx_result_count(&en->result), 0);
  while (ok && rows && ryx_rows_step(rows)) {
    lua_createtable(L, n_cols, 0);
    for (int i = 0; ok && i < n_cols; i++) {
      ryx_rows_value(rows, i, &v);
      ok = push_cell(L, &v, info.col_type ? info.col_type[i] : RYX_T_NULL,
                     info.col_elem ? info.col_elem[i] : RYX_T_NULL, values);
      if (ok) lua_rawseti(L, -2, i + 1);
    }
    if (ok) lua_rawseti(L, -2, ++n);
  }
  ryx_result_free(&en->result);
  ryx_lua_leave(c);
  if (!ok) return ryx_lua_push_error(L, &c->err);
  lua_pushinteger(L, n);
  return 2;
}

const luaL_Reg ryx_lua_cells_functions[] = {
    {"cells", cells},
    {NULL, NULL},
};
