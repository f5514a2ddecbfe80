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
  int keys;      /* index of the first key, 0: no keys */
  int null;      /* index of what stands for NULL, 0: left out */
  int meta;      /* index of the metatable, 0: none */
  int record;    /* index of "_r" and the record after it, 0: none */
  int peers;     /* index of the weak list of the rows, 0: none */
  int related;   /* index of "_related", 0: nothing is nested */
  int nested;    /* index of what parts 1 and up need, NESTED values each */
  int n;         /* number of the current row */
  lua_part root; /* where the shape has no parts */
  const lua_part *part; /* part[0] is the row itself */
} reader;

/* What lies on the stack for a nested part: its slots in the shape, then its
 * record and the weak list of its objects, or nil. */
enum { NESTED_RECORD = PART_SLOTS, NESTED_PEERS, NESTED };

static inline int slot(const reader *r, int part, int what)
{
  return r->nested + (part - 1) * NESTED + what;
}

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

/* The columns of a part as a table by keys (what is tracked: twice), its record
 * at an index. */
static inline bool push_columns(reader *r, const lua_part *p, int meta,
                                int record)
{
  lua_State *L = r->L;
  const ryx_val *row = ryx_rows_row(r->rows);
  const int end = p->from + p->n;
  ryx_val v;

  lua_createtable(L, 0, p->n + (record > 0) + (p->child || p->has_back));
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
    } else if (!push_cell(r, i, &v)) {
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
  ryx_val v;

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
  int n = (int)ryx_result_count(&r->en->result);

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

  lua_createtable(L, (int)ryx_result_count(&r->en->result), 0);
  r->n = 1;
  while (r->rows && ryx_rows_step(r->rows)) {
    if (!push_row(r, kind)) return failed(r);
    lua_rawseti(L, -2, r->n++);
  }
  end(r);
  lua_pushinteger(L, r->n - 1);
  lua_pushboolean(L, r->en->result.more);
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
  if (r->rows && ((s->n_keys > 0 && s->n_keys != r->n_cols) ||
                  (s->n_types > 0 && s->n_types != r->n_cols))) {
    ryx_lua_fail(r->c, RYX_E_MISUSE,
                 "the shape has %d columns, the result has %d",
                 s->n_keys > 0 ? s->n_keys : s->n_types, r->n_cols);
    failed(r);
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

  if (!begin(&r, L)) return 2;
  if (!read_shape(&r, s)) return 2;
  open_peers(&r, s);
  return push_list(&r, s->kind);
}

static int row(lua_State *L)
{
  reader r;
  const lua_shape *s = shape_arg(L);
  lua_Integer n;

  if (!begin(&r, L)) return 2;
  if (!read_shape(&r, s)) return 2;
  n = (lua_Integer)ryx_result_count(&r.en->result);
  if (!r.rows || !ryx_rows_step(r.rows)) {
    lua_pushnil(L);
  } else if (!push_row(&r, s->kind)) {
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
  if (!begin(&r, L)) return 2;
  if (lua_istable(L, 3)) {
    lua_getfield(L, 3, "array");
    array = lua_toboolean(L, -1);
    lua_getfield(L, 3, "null");
    if (!lua_isnil(L, -1)) r.null = lua_gettop(L);
  }
  if (array) return push_list(&r, LUA_LIST);
  if (!push_names(&r)) return failed(&r);
  r.root.n = r.n_cols;
  r.part = &r.root;
  if (lua_istable(L, 3)) read_model(&r, 3);
  return push_list(&r, LUA_DICT);
}

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
  } else if (!push_cell(r, 0, &v)) {
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
  if (!begin(&r, L)) return 2;
  if (!lua_isnil(L, 6)) r.record = 5;
  while (r.rows && ryx_rows_step(r.rows)) {
    lua_rawgeti(L, 3, ++n);
    if (!lua_istable(L, -1)) {
      ryx_lua_fail(r.c, RYX_E_MISUSE, "row %d has no table to go into", n);
      return failed(&r);
    }
    if (!fill_row(&r)) return failed(&r);
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
  if (r.rows && r.n_cols > 0 && ryx_rows_step(r.rows))
    ryx_rows_value(r.rows, 0, &v);
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
