/* SPDX-License-Identifier: MIT */
/* Results into Lua values, in one pass, straight from the driver's rows. While
 * Lua may raise, the result lies in the engine's userdata, which frees it on
 * the next take or when it is collected. */
#include <string.h>

#include "lua/core.h"

/* A result being read, and where on the stack lies what every row needs. */
typedef struct reader {
  lua_State *L;
  lua_core *c;
  lua_engine *en;
  ryx_rows *rows;             /* NULL: the statement has none */
  const uint8_t *type, *elem; /* the columns should be, or NULL */
  int n_cols;
  int keys;   /* index of the first key, 0: no keys */
  int null;   /* index of what stands for NULL, 0: left out */
  int meta;   /* index of the metatable, 0: none */
  int record; /* index of "_r" and the record after it, 0: none */
} reader;

/* Ends what begin began. */
static void end(reader *r)
{
  ryx_result_free(&r->en->result);
  ryx_lua_leave(r->c);
}

/* Takes the result of argument 2. False: nil, err are pushed. */
static bool begin(reader *r, lua_State *L)
{
  ryx_plan_info info;

  *r = (reader){.L = L, .c = ryx_lua_core(L)};
  r->en = ryx_lua_engine(L, r->c);
  ryx_lua_enter(L, r->c);
  if (!ryx_lua_take(L, r->c, r->en)) {
    end(r);
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

static int failed(reader *r)
{
  end(r);
  return ryx_lua_push_error(r->L, &r->c->err);
}

/* Pushes column i of the current row: v as the type it should have. */
static inline bool push_cell(reader *r, int i, ryx_val *v)
{
  int type = r->type ? r->type[i] : RYX_T_NULL;
  int elem = r->elem ? r->elem[i] : RYX_T_NULL;

  if (v->type == RYX_T_INT && (type == RYX_T_INT || type == RYX_T_NULL)) {
    ryx_lua_push_int(r->L, v->u.i);
    return true;
  }
  if (v->type == RYX_T_TEXT && (type == RYX_T_TEXT || type == RYX_T_NULL)) {
    lua_pushlstring(r->L, v->u.s, v->len);
    return true;
  }
  if (v->type == RYX_T_INT && type == RYX_T_BOOL && (v->u.i | 1) == 1) {
    lua_pushboolean(r->L, v->u.i != 0);
    return true;
  }
  if (ryx_lua_push(r->L, v, type, elem)) return true;
  if (strlen(r->c->err.message) < RYX_MESSAGE_MAX - RYX_NAME_MAX) {
    lua_pushstring(r->L, r->c->err.message);
    ryx_lua_fail(r->c, r->c->err.code, "column %s: %s",
                 ryx_result_name(&r->en->result, i), lua_tostring(r->L, -1));
    lua_pop(r->L, 1);
  }
  return false;
}

/* The current row as a table by keys. */
static bool push_object(reader *r)
{
  lua_State *L = r->L;
  const ryx_val *row = ryx_rows_row(r->rows);
  ryx_val v;

  lua_createtable(L, 0, r->n_cols + (r->record > 0));
  for (int i = 0; i < r->n_cols; i++) {
    if (row) {
      v = row[i];
    } else {
      ryx_rows_value(r->rows, i, &v);
    }
    if (v.type == RYX_T_NULL && !r->null) continue;
    lua_pushvalue(L, r->keys + i);
    if (v.type == RYX_T_NULL) {
      lua_pushvalue(L, r->null);
    } else if (!push_cell(r, i, &v)) {
      return false;
    }
    lua_rawset(L, -3);
  }
  if (r->record) {
    lua_pushvalue(L, r->record);
    lua_pushvalue(L, r->record + 1);
    lua_rawset(L, -3);
  }
  if (r->meta) {
    lua_pushvalue(L, r->meta);
    lua_setmetatable(L, -2);
  }
  return true;
}

/* The current row as an array, NULL as null. */
static bool push_array(reader *r)
{
  ryx_val v;

  lua_createtable(r->L, r->n_cols, 0);
  for (int i = 0; i < r->n_cols; i++) {
    ryx_rows_value(r->rows, i, &v);
    if (!push_cell(r, i, &v)) return false;
    lua_rawseti(r->L, -2, i + 1);
  }
  return true;
}

/* Column 1 of the current row, NULL as null. */
static bool push_first(reader *r)
{
  ryx_val v;

  ryx_rows_value(r->rows, 0, &v);
  return push_cell(r, 0, &v);
}

static bool push_row(reader *r, lua_kind kind)
{
  switch (kind) {
    case LUA_MODEL:
    case LUA_DICT: return push_object(r);
    case LUA_LIST: return push_array(r);
    case LUA_FLAT: return push_first(r);
  }
  return false;
}

/* Every row into a list: list, n, more. */
static int push_list(reader *r, lua_kind kind)
{
  lua_State *L = r->L;
  int n = 0;

  lua_createtable(L, (int)ryx_result_count(&r->en->result), 0);
  while (r->rows && ryx_rows_step(r->rows)) {
    if (!push_row(r, kind)) return failed(r);
    lua_rawseti(L, -2, ++n);
  }
  end(r);
  lua_pushinteger(L, n);
  lua_pushboolean(L, r->en->result.more);
  return 3;
}

/* The shape of argument 3, and its keys and the like onto the stack. False: it
 * does not fit the result; nil, err are pushed. */
static bool read_shape(reader *r, lua_kind *kind)
{
  lua_State *L = r->L;
  const lua_shape *s = ryx_lua_test(L, 3, &r->c->shape);
  int env;

  lua_settop(L, 4);
  *kind = s->kind;
  if (s->n_types > 0) {
    r->type = s->type;
    r->elem = s->type + s->n_types;
  }
  if (r->rows && ((s->n_keys > 0 && s->n_keys != r->n_cols) ||
                  (s->n_types > 0 && s->n_types != r->n_cols))) {
    ryx_lua_fail(r->c, RYX_E_MISUSE,
                 "the shape has %d columns, the result has %d",
                 s->n_keys > 0 ? s->n_keys : s->n_types, r->n_cols);
    failed(r);
    return false;
  }
  luaL_checkstack(L, s->n_keys + 16, "columns");
  if (s->kind == LUA_LIST || s->kind == LUA_FLAT) return true;
  ryx_lua_getenv(L, 3);
  env = lua_gettop(L);
  r->keys = env + 1;
  for (int i = 1; i <= s->n_keys; i++)
    lua_rawgeti(L, env, i);
  lua_rawgeti(L, env, s->n_keys + 1);
  if (s->kind == LUA_MODEL && !lua_isnil(L, -1)) r->meta = lua_gettop(L);
  lua_rawgeti(L, env, s->n_keys + 2);
  if (s->kind == LUA_DICT && s->has_null) r->null = lua_gettop(L);
  if (s->kind == LUA_MODEL && !lua_isnil(L, 4)) {
    lua_pushliteral(L, "_r");
    r->record = lua_gettop(L);
    lua_pushvalue(L, 4);
  }
  return true;
}

static void check_shape(lua_State *L)
{
  if (!ryx_lua_test(L, 3, &ryx_lua_core(L)->shape)) {
    luaL_argerror(L, 3, "shape expected");
  }
}

static int rows(lua_State *L)
{
  reader r;
  lua_kind kind;

  check_shape(L);
  if (!begin(&r, L)) return 2;
  if (!read_shape(&r, &kind)) return 2;
  return push_list(&r, kind);
}

static int row(lua_State *L)
{
  reader r;
  lua_kind kind;
  lua_Integer n;

  check_shape(L);
  if (!begin(&r, L)) return 2;
  if (!read_shape(&r, &kind)) return 2;
  n = (lua_Integer)ryx_result_count(&r.en->result);
  if (!r.rows || !ryx_rows_step(r.rows)) {
    lua_pushnil(L);
  } else if (!push_row(&r, kind)) {
    return failed(&r);
  }
  end(&r);
  lua_pushinteger(L, n);
  return 2;
}

/* Names of the columns onto the stack, as keys. False: two are the same. */
static bool push_names(reader *r)
{
  lua_State *L = r->L;

  luaL_checkstack(L, r->n_cols + 16, "columns");
  r->keys = lua_gettop(L) + 1;
  for (int i = 0; i < r->n_cols; i++) {
    lua_pushstring(L, ryx_result_name(&r->en->result, i));
    for (int j = 0; j < i; j++) {
      if (!lua_rawequal(L, -1, r->keys + j)) continue;
      return ryx_lua_fail(r->c, RYX_E_MISUSE,
                          "two columns are called '%s': rename one with AS, or "
                          "ask for arrays",
                          lua_tostring(L, -1));
    }
  }
  return true;
}

static int dicts(lua_State *L)
{
  reader r;
  bool array = false;

  lua_settop(L, 3);
  if (!begin(&r, L)) return 2;
  if (lua_istable(L, 3)) {
    lua_getfield(L, 3, "array");
    array = lua_toboolean(L, -1);
    lua_getfield(L, 3, "null");
    if (!lua_isnil(L, -1)) r.null = lua_gettop(L);
  }
  if (array) return push_list(&r, LUA_LIST);
  if (!push_names(&r)) return failed(&r);
  return push_list(&r, LUA_DICT);
}

/* list[i][key] = column 1 of row i. */
static int fill(lua_State *L)
{
  reader r;
  ryx_val v;
  bool marks;
  int n = 0;

  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checkany(L, 4);
  lua_settop(L, 5);
  marks = !lua_isnil(L, 5);
  if (!begin(&r, L)) return 2;
  while (r.rows && ryx_rows_step(r.rows)) {
    lua_rawgeti(L, 3, ++n);
    if (!lua_istable(L, -1)) {
      ryx_lua_fail(r.c, RYX_E_MISUSE, "row %d has no table to go into", n);
      return failed(&r);
    }
    lua_pushvalue(L, 4);
    ryx_rows_value(r.rows, 0, &v);
    if (v.type == RYX_T_NULL) {
      lua_pushnil(L);
    } else if (!push_cell(&r, 0, &v)) {
      return failed(&r);
    }
    lua_rawset(L, -3);
    if (marks) {
      lua_pushliteral(L, "_r");
      lua_pushvalue(L, 5);
      lua_rawset(L, -3);
    }
    lua_pop(L, 1);
  }
  end(&r);
  lua_pushinteger(L, n);
  return 1;
}

static int scalar(lua_State *L)
{
  reader r;
  ryx_val v = {.type = RYX_T_NULL};

  if (!begin(&r, L)) return 2;
  if (r.rows && r.n_cols > 0 && ryx_rows_step(r.rows)) {
    ryx_rows_value(r.rows, 0, &v);
  }
  if (v.type == RYX_T_NULL) {
    lua_pushnil(L);
  } else if (!push_cell(&r, 0, &v)) {
    return failed(&r);
  }
  end(&r);
  return 1;
}

static int affected(lua_State *L)
{
  reader r;

  if (!begin(&r, L)) return 2;
  ryx_lua_push_int(L, r.en->result.affected);
  ryx_lua_push_int(L, r.en->result.last_id);
  end(&r);
  return 2;
}

static int tx(lua_State *L)
{
  reader r;

  if (!begin(&r, L)) return 2;
  ryx_lua_push_int(L, (int64_t)r.en->result.tx);
  end(&r);
  return 1;
}

const luaL_Reg ryx_lua_rows_functions[] = {
    {"rows", rows}, {"row", row},       {"dicts", dicts},
    {"fill", fill}, {"scalar", scalar}, {"affected", affected},
    {"tx", tx},     {NULL, NULL},
};
