/* SPDX-License-Identifier: MIT */
/* Results into Lua values, in one pass, straight from the driver's rows. While
 * Lua may raise, the result lies in the engine's userdata, which frees it on
 * the next take or when it is collected. */
#include <string.h>

#include "lua/reader.h"

/* What lies on the stack for a nested part: its slots in the shape, then its
 * record and the weak list of its objects, or nil. */
enum { NESTED_RECORD = PART_SLOTS, NESTED_PEERS, NESTED };

static inline int slot(const reader *r, int part, int what)
{
  return r->nested + (part - 1) * NESTED + what;
}

static int count(const reader *r)
{
  if (r->kept) return (int)lua_rawlen(r->L, r->kept);
  return (int)ryx_result_count(&r->en->result);
}

/* To row r->n. */
static bool step(reader *r)
{
  lua_State *L = r->L;

  if (!r->kept) return r->rows && ryx_rows_step(r->rows);
  lua_rawgeti(L, r->kept, r->n);
  lua_replace(L, r->at);
  if (lua_isnil(L, r->at)) return false;
  if (!lua_istable(L, r->at)) luaL_argerror(L, r->kept, "rows are lists");
  return true;
}

/* Pushes column i of the current row, which was kept. */
static bool push_kept(reader *r, int i)
{
  lua_rawgeti(r->L, r->at, i + 1);
  return ryx_lua_kept(r->L, r->type[i], r->elem[i]);
}

/* The kept columns of a part into the table on the top. */
static bool set_kept(reader *r, const lua_part *p)
{
  lua_State *L = r->L;

  for (int i = p->from; i < p->from + p->n; i++) {
    lua_pushvalue(L, r->keys + i);
    lua_rawgeti(L, r->at, i + 1);
    switch (lua_type(L, -1)) {
      case LUA_TNIL:
      case LUA_TLIGHTUSERDATA:
        lua_pop(L, r->null ? 1 : 2);
        if (!r->null) continue;
        lua_pushvalue(L, r->null);
        break;
      default:
        if (!ryx_lua_kept(L, r->type[i], r->elem[i])) return false;
    }
    lua_rawset(L, -3);
  }
  return true;
}

/* The columns of a part as a table by keys (what is tracked: twice), its record
 * at an index. */
static inline bool push_columns(reader *r, const lua_part *p, int meta,
                                int record)
{
  lua_State *L = r->L;
  const ryx_val *row = r->kept ? NULL : ryx_rows_row(r->rows);
  const int end = r->kept ? p->from : p->from + p->n;
  ryx_val v;

  lua_createtable(L, 0, p->n + (record > 0) + (p->child || p->has_back));
  if (r->kept && !set_kept(r, p)) return false;
  for (int i = p->from; i < end; i++) {
    if (row) {
      v = row[i];
    } else {
      ryx_rows_value(r->rows, i, &v);
    }
    if (v.type == RYX_T_NULL && !r->null) continue;
    lua_pushvalue(L, r->keys + i);
    if (v.type == RYX_T_NULL) {
      lua_pushvalue(L, r->null);
    } else if (!ryx_lua_read_cell(r, i, &v)) {
      return false;
    }
    lua_rawset(L, -3);
  }
  if (record) {
    lua_pushvalue(L, r->record);
    lua_pushvalue(L, record);
    lua_rawset(L, -3);
  }
  if (meta) {
    lua_pushvalue(L, meta);
    lua_setmetatable(L, -2);
  }
  if (!p->tracked) return true;
  lua_pushliteral(L, "_was");
  if (!push_columns(r, &(lua_part){.from = p->from, .n = p->n}, 0, 0))
    return false;
  lua_rawset(L, -3);
  return true;
}

/* Has the current row an object of this part? */
static bool is_there(reader *r, const lua_part *p)
{
  const ryx_val *row;
  bool is_null;
  ryx_val v;

  if (r->kept) {
    lua_rawgeti(r->L, r->at, p->key + 1);
    is_null = lua_islightuserdata(r->L, -1);
    lua_pop(r->L, 1);
    return !is_null;
  }
  row = ryx_rows_row(r->rows);
  if (row) return row[p->key].type != RYX_T_NULL;
  ryx_rows_value(r->rows, p->key, &v);
  return v.type != RYX_T_NULL;
}

static bool push_related(reader *r, int i, int object);

/* The object of part i, which hangs on the one at index `on`. */
static bool push_nested(reader *r, int i, int on)
{
  lua_State *L = r->L;
  const lua_part *p = &r->part[i];
  int object = lua_gettop(L) + 1;

  if (!push_columns(r, p, slot(r, i, PART_META),
                    r->record ? slot(r, i, NESTED_RECORD) : 0))
    return false;
  if (!lua_isnil(L, slot(r, i, NESTED_PEERS))) {
    lua_pushvalue(L, object);
    lua_rawseti(L, slot(r, i, NESTED_PEERS), r->n);
  }
  if (p->has_back) {
    lua_pushvalue(L, r->related);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, slot(r, i, PART_BACK));
    lua_pushvalue(L, on);
    lua_rawset(L, -3);
    lua_rawset(L, object);
  }
  return push_related(r, i, object);
}

/* Gives the object of part i at an index what hangs on it; [-0, +0]. */
static bool push_related(reader *r, int i, int object)
{
  lua_State *L = r->L;
  int table = object + 1;

  lua_pushnil(L);
  for (int c = r->part[i].child; c; c = r->part[c].next) {
    bool there = is_there(r, &r->part[c]);
    if (!there && !r->part[c].marks) continue;
    if (lua_isnil(L, table)) {
      lua_pushvalue(L, r->related);
      lua_rawget(L, object);
      lua_replace(L, table);
    }
    if (lua_isnil(L, table)) {
      lua_createtable(L, 0, 2);
      lua_replace(L, table);
      lua_pushvalue(L, r->related);
      lua_pushvalue(L, table);
      lua_rawset(L, object);
    }
    lua_pushvalue(L, slot(r, c, PART_NAME));
    if (!there) {
      lua_pushlightuserdata(L, NULL);
    } else if (!push_nested(r, c, object)) {
      return false;
    }
    lua_rawset(L, table);
  }
  lua_pop(L, 1);
  return true;
}

/* The current row as a table by keys, with what hangs on it. */
static inline bool push_object(reader *r)
{
  if (!push_columns(r, r->part, r->meta, r->record ? r->record + 1 : 0))
    return false;
  if (r->peers) {
    lua_pushvalue(r->L, -1);
    lua_rawseti(r->L, r->peers, r->n);
  }
  return !r->related || push_related(r, 0, lua_gettop(r->L));
}

/* The current row as an array, NULL as null. */
static bool push_array(reader *r)
{
  ryx_val v;

  lua_createtable(r->L, r->n_cols, 0);
  for (int i = 0; i < r->n_cols; i++) {
    if (r->kept) {
      if (!push_kept(r, i)) return false;
    } else {
      ryx_rows_value(r->rows, i, &v);
      if (!ryx_lua_read_cell(r, i, &v)) return false;
    }
    lua_rawseti(r->L, -2, i + 1);
  }
  return true;
}

/* Column 1 of the current row, NULL as null. */
static bool push_first(reader *r)
{
  ryx_val v;

  if (r->kept) return push_kept(r, 0);
  ryx_rows_value(r->rows, 0, &v);
  return ryx_lua_read_cell(r, 0, &v);
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

/* A weak list for the objects of a record: record.peers, left on the stack. */
static void push_peers(reader *r, int record, int n)
{
  lua_State *L = r->L;

  lua_createtable(L, n, 1);
  lua_pushinteger(L, n);
  lua_setfield(L, -2, "n");
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->c->weak);
  lua_setmetatable(L, -2);
  lua_pushliteral(L, "peers");
  lua_pushvalue(L, -2);
  lua_rawset(L, record);
}

/* Records know the objects read together, unless there is only one. */
static void open_peers(reader *r, const lua_shape *s)
{
  int n = count(r);

  if (!r->record || n < 2 || !lua_istable(r->L, r->record + 1)) return;
  if (r->part[0].peers) {
    push_peers(r, r->record + 1, n);
    r->peers = lua_gettop(r->L);
  }
  for (int i = 1; i < s->n_parts; i++) {
    if (!r->part[i].peers || !lua_istable(r->L, slot(r, i, NESTED_RECORD)))
      continue;
    push_peers(r, slot(r, i, NESTED_RECORD), n);
    lua_replace(r->L, slot(r, i, NESTED_PEERS));
  }
}

/* Every row into a list: list, n, more. */
static int push_list(reader *r, lua_kind kind)
{
  lua_State *L = r->L;

  lua_createtable(L, count(r), 0);
  r->n = 1;
  while (step(r)) {
    if (!push_row(r, kind)) return ryx_lua_read_failed(r);
    lua_rawseti(L, -2, r->n++);
  }
  ryx_lua_read_end(r);
  lua_pushinteger(L, r->n - 1);
  lua_pushboolean(L, r->en && r->en->result.more);
  return 3;
}

/* What nested parts need onto the stack; env: the shape's table. The records
 * are record.parts[1] and up. */
static void push_parts(reader *r, const lua_shape *s, int env)
{
  lua_State *L = r->L;
  int parts = 0;

  lua_pushliteral(L, "_related");
  r->related = lua_gettop(L);
  if (r->record && lua_istable(L, r->record + 1)) {
    lua_pushliteral(L, "parts");
    lua_rawget(L, r->record + 1);
    if (lua_istable(L, -1)) parts = lua_gettop(L);
  }
  r->nested = lua_gettop(L) + 1;
  for (int i = 1; i < s->n_parts; i++) {
    for (int k = 0; k < PART_SLOTS; k++)
      lua_rawgeti(L, env, s->n_keys + 3 + (i - 1) * PART_SLOTS + k);
    if (parts) {
      lua_rawgeti(L, parts, i);
    } else {
      lua_pushnil(L);
    }
    lua_pushnil(L);
  }
}

/* Keys and the like of the shape at 3 onto the stack. False: it does not fit
 * the result; nil, err are pushed. */
static bool read_shape(reader *r, const lua_shape *s)
{
  lua_State *L = r->L;
  int env;

  lua_settop(L, 4);
  r->root.n = r->n_cols;
  r->part = s->n_parts > 0 ? s->part : &r->root;
  if (s->n_types > 0) {
    r->type = s->type;
    r->elem = s->type + s->n_types;
  }
  if ((r->rows || r->kept) && ((s->n_keys > 0 && s->n_keys != r->n_cols) ||
                               (s->n_types > 0 && s->n_types != r->n_cols))) {
    ryx_lua_fail(r->c, RYX_E_MISUSE,
                 "the shape has %d columns, the result has %d",
                 s->n_keys > 0 ? s->n_keys : s->n_types, r->n_cols);
    ryx_lua_read_failed(r);
    return false;
  }
  luaL_checkstack(L, s->n_keys + s->n_parts * (NESTED + 8) + 24, "columns");
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
  if (s->n_parts > 1) push_parts(r, s, env);
  return true;
}

static const lua_shape *shape_arg(lua_State *L)
{
  const lua_shape *s = ryx_lua_test(L, 3, &ryx_lua_core(L)->shape);

  if (!s) luaL_argerror(L, 3, "shape expected");
  return s;
}

static int rows(lua_State *L)
{
  reader r;
  const lua_shape *s = shape_arg(L);

  if (!ryx_lua_read_begin(&r, L)) return 2;
  if (!read_shape(&r, s)) return 2;
  open_peers(&r, s);
  return push_list(&r, s->kind);
}

/* core.build(plan, cells, shape, record): the rows of core.cells, of this plan,
 * as core.rows makes them: list, n. */
static int build(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  const lua_plan *plan = ryx_lua_test(L, 1, &c->plan);
  const lua_shape *s = shape_arg(L);
  reader r = {.L = L, .c = c, .kept = 2};

  if (!plan || !plan->plan) luaL_argerror(L, 1, "plan expected");
  luaL_checktype(L, 2, LUA_TTABLE);
  r.n_cols = plan->info.n_cols;
  r.type = plan->info.col_type;
  r.elem = plan->info.col_elem;
  if (!read_shape(&r, s)) return 2;
  lua_pushnil(L);
  r.at = lua_gettop(L);
  ryx_lua_enter(L, c);
  open_peers(&r, s);
  return push_list(&r, s->kind);
}

static int row(lua_State *L)
{
  reader r;
  const lua_shape *s = shape_arg(L);
  lua_Integer n;

  if (!ryx_lua_read_begin(&r, L)) return 2;
  if (!read_shape(&r, s)) return 2;
  n = (lua_Integer)ryx_result_count(&r.en->result);
  if (!r.rows || !ryx_rows_step(r.rows)) {
    lua_pushnil(L);
  } else if (!push_row(&r, s->kind)) {
    return ryx_lua_read_failed(&r);
  }
  ryx_lua_read_end(&r);
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

/* Columns that the table at an index knows, { key, type } by name, get that key
 * and that type. */
static void rename_columns(reader *r, int known)
{
  lua_State *L = r->L;
  uint8_t *type = ryx_lua_newdata(L, (size_t)r->n_cols * 2 + 1);

  memset(type, RYX_T_NULL, (size_t)r->n_cols * 2);
  r->type = type;
  r->elem = type + r->n_cols;
  for (int i = 0; i < r->n_cols; i++) {
    lua_pushvalue(L, r->keys + i);
    lua_rawget(L, known);
    if (lua_istable(L, -1)) {
      lua_rawgeti(L, -1, 2);
      ryx_lua_read_type(L, lua_tostring(L, -1), &type[i], &type[r->n_cols + i]);
      lua_rawgeti(L, -2, 1);
      lua_replace(L, r->keys + i);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
}

/* Rows of a text as objects: opts.columns, .meta and .record; .seen gets the
 * keys that there are. */
static void read_model(reader *r, int opts)
{
  lua_State *L = r->L;
  int at = lua_gettop(L) + 1;

  lua_getfield(L, opts, "columns");
  if (lua_isnil(L, at)) return;
  rename_columns(r, at);
  lua_getfield(L, opts, "seen");
  for (int i = 0; i < r->n_cols; i++) {
    lua_pushvalue(L, r->keys + i);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
  }
  lua_getfield(L, opts, "meta");
  r->meta = lua_gettop(L);
  lua_pushliteral(L, "_r");
  r->record = lua_gettop(L);
  lua_getfield(L, opts, "record");
  if (ryx_result_count(&r->en->result) > 1) {
    push_peers(r, r->record + 1, (int)ryx_result_count(&r->en->result));
    r->peers = lua_gettop(L);
  }
}

static int dicts(lua_State *L)
{
  reader r;
  bool array = false;

  lua_settop(L, 3);
  if (!ryx_lua_read_begin(&r, L)) return 2;
  if (lua_istable(L, 3)) {
    lua_getfield(L, 3, "array");
    array = lua_toboolean(L, -1);
    lua_getfield(L, 3, "null");
    if (!lua_isnil(L, -1)) r.null = lua_gettop(L);
  }
  if (array) return push_list(&r, LUA_LIST);
  if (!push_names(&r)) return ryx_lua_read_failed(&r);
  r.root.n = r.n_cols;
  r.part = &r.root;
  if (lua_istable(L, 3)) read_model(&r, 3);
  return push_list(&r, LUA_DICT);
}

const luaL_Reg ryx_lua_rows_functions[] = {
    {"rows", rows},   {"row", row}, {"dicts", dicts},
    {"build", build}, {NULL, NULL},
};
