/* SPDX-License-Identifier: MIT */
/* The instances that bulk_create stores, read and marked as stored by hand. */
#include "raw_item.h"

enum { ID, NAME, CATEGORY, PRICE, IS_ACTIVE, CREATED, N_COLS };
static const char *const cols[] = {"id",    "name",      "category",
                                   "price", "is_active", "created"};

raw_part raw_push_item(lua_State *L, int record)
{
  return raw_push_part(L, 0, N_COLS, cols, 0, record);
}

/* The table on the top's value of a column stays on the stack. */
static void push_value(lua_State *L, const raw_part *p, int col)
{
  lua_pushvalue(L, p->names + col);
  lua_rawget(L, -2);
}

/* Lua keeps the bytes as long as the instance does. */
static raw_text text_of(lua_State *L, const raw_part *p, int col)
{
  raw_text t;
  push_value(L, p, col);
  t.s = lua_tolstring(L, -1, &t.n);
  lua_pop(L, 1);
  return t;
}

void raw_read_item(lua_State *L, const raw_part *p, raw_item *out)
{
  out->name = text_of(L, p, NAME);
  out->category = text_of(L, p, CATEGORY);
  push_value(L, p, PRICE);
  out->price = (int64_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  push_value(L, p, IS_ACTIVE);
  out->is_active = (char)lua_toboolean(L, -1);
  lua_pop(L, 1);
  push_value(L, p, CREATED);
  out->created_us = *(const int64_t *)lua_touserdata(L, -1);
  lua_pop(L, 1);
}

void raw_stored_item(lua_State *L, const raw_part *p, int64_t id)
{
  lua_pushvalue(L, p->names + ID);
  lua_pushinteger(L, (lua_Integer)id);
  lua_rawset(L, -3);
  lua_pushvalue(L, p->names + N_COLS);
  lua_pushvalue(L, p->record);
  lua_rawset(L, -3);
}
