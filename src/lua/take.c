/* SPDX-License-Identifier: MIT */
/* Results that are one value, or a column for tables that are there, as Lua
 * values; and how the reading of any result begins and ends. */
#include <string.h>

#include "lua/reader.h"

/* Column 1 of the current row into the table on the top of the stack, by the
 * key at 4; with it the record. */
static bool fill_row(reader *r)
{
  lua_State *L = r->L;
  ryx_val v;

  lua_pushvalue(L, 4);
  ryx_rows_value(r->rows, 0, &v);
  if (v.type == RYX_T_NULL) {
    lua_pushnil(L);
  } else if (!ryx_lua_read_cell(r, 0, &v)) {
    return false;
  }
  lua_rawset(L, -3);
  if (!r->record) return true;
  lua_pushvalue(L, r->record);
  lua_pushvalue(L, r->record + 1);
  lua_rawset(L, -3);
  return true;
}

/* list[i][key] = column 1 of row i. */
static int fill(lua_State *L)
{
  reader r;
  int n = 0;

  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checkany(L, 4);
  lua_settop(L, 5);
  lua_pushliteral(L, "_r");
  lua_insert(L, 5);
  if (!ryx_lua_read_begin(&r, L)) return 2;
  if (!lua_isnil(L, 6)) r.record = 5;
  while (r.rows && ryx_rows_step(r.rows)) {
    lua_rawgeti(L, 3, ++n);
    if (!lua_istable(L, -1)) {
      ryx_lua_fail(r.c, RYX_E_MISUSE, "row %d has no table to go into", n);
      return ryx_lua_read_failed(&r);
    }
    if (!fill_row(&r)) return ryx_lua_read_failed(&r);
    lua_pop(L, 1);
  }
  ryx_lua_read_end(&r);
  lua_pushinteger(L, n);
  return 1;
}

static int scalar(lua_State *L)
{
  reader r;
  ryx_val v = {.type = RYX_T_NULL};

  if (!ryx_lua_read_begin(&r, L)) return 2;
  if (r.rows && r.n_cols > 0 && ryx_rows_step(r.rows)) {
    ryx_rows_value(r.rows, 0, &v);
  }
  if (v.type == RYX_T_NULL) {
    lua_pushnil(L);
  } else if (!ryx_lua_read_cell(&r, 0, &v)) {
    return ryx_lua_read_failed(&r);
  }
  ryx_lua_read_end(&r);
  return 1;
}

static int affected(lua_State *L)
{
  reader r;

  if (!ryx_lua_read_begin(&r, L)) return 2;
  ryx_lua_push_int(L, r.en->result.affected);
  ryx_lua_push_int(L, r.en->result.last_id);
  ryx_lua_read_end(&r);
  return 2;
}

static int tx(lua_State *L)
{
  reader r;

  if (!ryx_lua_read_begin(&r, L)) return 2;
  ryx_lua_push_int(L, (int64_t)r.en->result.tx);
  ryx_lua_read_end(&r);
  return 1;
}

void ryx_lua_read_end(reader *r)
{
  if (r->en) ryx_result_free(&r->en->result);
  ryx_lua_leave(r->c);
}

bool ryx_lua_read_begin(reader *r, lua_State *L)
{
  ryx_plan_info info;

  *r = (reader){.L = L, .c = ryx_lua_core(L)};
  r->en = ryx_lua_engine(L, r->c);
  ryx_lua_enter(L, r->c);
  if (!ryx_lua_take(L, r->c, r->en)) {
    ryx_lua_read_end(r);
    return false;
  }
  r->rows = r->en->result.rows;
  r->n_cols = ryx_result_columns(&r->en->result);
  if (!r->en->plan) return true;
  ryx_plan_get_info(r->en->plan, &info);
  if (info.n_cols != r->n_cols) return true;
  r->type = info.col_type;
  r->elem = info.col_elem;
  return true;
}

int ryx_lua_read_failed(reader *r)
{
  ryx_lua_read_end(r);
  return ryx_lua_push_error(r->L, &r->c->err);
}

bool ryx_lua_read_refuse(reader *r, int i)
{
  if (r->en && strlen(r->c->err.message) < RYX_MESSAGE_MAX - RYX_NAME_MAX) {
    lua_pushstring(r->L, r->c->err.message);
    ryx_lua_fail(r->c, r->c->err.code, "column %s: %s",
                 ryx_result_name(&r->en->result, i), lua_tostring(r->L, -1));
    lua_pop(r->L, 1);
  }
  return false;
}

const luaL_Reg ryx_lua_take_functions[] = {
    {"fill", fill}, {"scalar", scalar}, {"affected", affected},
    {"tx", tx},     {NULL, NULL},
};
