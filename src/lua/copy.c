/* SPDX-License-Identifier: MIT */
/* Rows from files and iterators on their way into a table, and rows of results
 * as text, without a Lua value for each cell. */
#include <string.h>

#include "lua/core.h"

typedef struct lua_csv {
  ryx_csv *csv;
  int n; /* rows that are ready */
} lua_csv;

/* --- CSV */

static lua_csv *csv_arg(lua_State *L, lua_core **c)
{
  lua_csv *r;

  *c = ryx_lua_core(L);
  r = ryx_lua_test(L, 1, &(*c)->csv);
  luaL_argcheck(L, r && r->csv, 1, "reader expected");
  return r;
}

static int csv_gc(lua_State *L)
{
  lua_csv *r = lua_touserdata(L, 1);

  ryx_csv_free(r->csv);
  r->csv = NULL;
  return 0;
}

static int csv(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_csv *r = ryx_lua_newdata(L, sizeof *r);

  *r = (lua_csv){0};
  ryx_lua_set(L, &c->csv);
  if (ryx_csv_new(&r->csv, &c->err) < 0) return ryx_lua_push_error(L, &c->err);
  return 1;
}

/* csv_feed(reader, text or nil at the end) */
static int csv_feed(lua_State *L)
{
  lua_core *c;
  lua_csv *r = csv_arg(L, &c);
  size_t n = 0;
  const char *s = luaL_optlstring(L, 2, "", &n);

  r->n = 0;
  if (ryx_csv_feed(r->csv, s, n, &c->err) < 0)
    return ryx_lua_push_error(L, &c->err);
  lua_pushboolean(L, 1);
  return 1;
}

/* csv_rows(reader, max): how many rows are ready. */
static int csv_rows(lua_State *L)
{
  lua_core *c;
  lua_csv *r = csv_arg(L, &c);
  int n = ryx_csv_rows(r->csv, ryx_lua_int_arg(L, 2), &c->err);

  if (n < 0) return ryx_lua_push_error(L, &c->err);
  r->n = n;
  lua_pushinteger(L, n);
  return 1;
}

/* csv_names(reader): the first of the rows that are ready, as texts. */
static int csv_names(lua_State *L)
{
  lua_core *c;
  lua_csv *r = csv_arg(L, &c);
  int n = r->n > 0 ? ryx_csv_columns(r->csv) : 0;
  ryx_val v;

  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    ryx_csv_cell(r->csv, 0, i, &v);
    lua_pushlstring(L, v.type ? v.u.s : "", v.len);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* --- rows for a plan */

/* What a layout holds, by the number of the parameter, and where on the stack:
 * the value of a row comes from the column of that number (CSV) or the key that
 * leads to it (tables); where it has none, from defaults: by the number of the
 * row, or at 0 for all. places: of decimals. */
typedef struct source {
  lua_State *L;
  lua_core *c;
  const ryx_plan_info *info;
  int rows, keys, columns, defaults, places;
  const lua_csv *csv; /* NULL: a list */
} source;

static int field(lua_State *L, int layout, const char *name)
{
  lua_getfield(L, layout, name);
  luaL_checktype(L, -1, LUA_TTABLE);
  return lua_gettop(L);
}

static lua_want want_of(const source *s, int i)
{
  return (lua_want){.type = s->info->param_type[i],
                    .elem = s->info->param_elem[i],
                    .name = s->info->param_name[i]};
}

static bool blame(const source *s, int i)
{
  char text[RYX_MESSAGE_MAX + 1];

  memcpy(text, s->c->err.message, sizeof text);
  return ryx_lua_fail(s->c, s->c->err.code, "%s: %s", s->info->param_name[i],
                      text);
}

/* Text made here may move until all of it is made. */
static bool keep(const source *s, ryx_val *v, int type, const char *text,
                 size_t n)
{
  size_t start = s->c->text.n;

  if (ryx_text_add(&s->c->text, text, n) < 0)
    return ryx_lua_fail(s->c, RYX_E_NOMEM, "out of memory");
  *v = (ryx_val){.type = (uint8_t)type, .reserved = 1, .len = (uint32_t)n};
  v->u.i = (int64_t)start;
  return true;
}

/* -?digits.digits, as many of the latter as the column has? */
static bool has_form(const char *s, size_t n, int places)
{
  size_t i = n > 0 && s[0] == '-', point = n - (size_t)places - 1;

  if (n < (size_t)places + 2 + i) return false;
  for (; i < n; i++) {
    if (i == point ? s[i] != '.' : s[i] < '0' || s[i] > '9') return false;
  }
  return true;
}

/* A decimal in the form of its column; what would be rounded is refused. */
static bool to_places(const source *s, int i, ryx_val *v, int places)
{
  lua_core *c = s->c;
  ryx_val d = *v;
  char *text = NULL;
  size_t n;
  bool ok;

  if (v->type == RYX_T_TEXT && places > 0 && has_form(v->u.s, v->len, places))
    return true;
  if (v->type == RYX_T_NULL) return true;
  if (v->reserved || !ryx_lua_convert(c, &d, RYX_T_DECIMAL)) return blame(s, i);
  if (d.len > 0 && (d.u.s[d.len - 1] == 'N' || d.u.s[d.len - 1] == 'y'))
    return true; /* NaN: the database decides */
  if (ryx_decimal_places(d.u.s, d.len, places, true, &text, &n, &c->err) < 0)
    return blame(s, i);
  ok = keep(s, v, RYX_T_DECIMAL, text, n);
  ryx_free(text);
  return ok;
}

static bool put_items(const source *s, const ryx_json *list, int places);

static bool put_item(const source *s, const ryx_json *item, int places)
{
  lua_core *c = s->c;
  ryx_json_item it;
  char *text = NULL;
  size_t n;
  bool ok;

  ryx_json_look(item, &it);
  if (it.kind == 6) return put_items(s, item, places);
  if (it.kind != 5) return ryx_text_add(&c->text, "null", 4) == 0;
  if (ryx_decimal_places(it.s, it.n, places, true, &text, &n, &c->err) < 0)
    return false;
  ok = ryx_json_add_string(&c->text, text, n) == 0;
  ryx_free(text);
  return ok;
}

static bool put_items(const source *s, const ryx_json *list, int places)
{
  ryx_json_item it;
  bool ok = ryx_text_add(&s->c->text, "[", 1) == 0;

  ryx_json_look(list, &it);
  for (size_t k = 0; ok && k < it.n; k++) {
    if (k > 0) ok = ryx_text_add(&s->c->text, ",", 1) == 0;
    ok = ok && put_item(s, ryx_json_item_at(list, k), places);
  }
  return ok && ryx_text_add(&s->c->text, "]", 1) == 0;
}

/* The same for the items of a list, which was made here. */
static bool items_to_places(const source *s, int i, ryx_val *v, int places)
{
  lua_core *c = s->c;
  size_t start = c->text.n;
  bool ok;

  if (!v->reserved) return true; /* NULL */
  ryx_json_release(c->doc);
  c->doc = NULL;
  if (ryx_json_read(c->text.data + v->u.i, v->len, &c->doc, &c->err) < 0)
    return blame(s, i);
  ok = put_items(s, c->doc, places);
  ryx_json_release(c->doc);
  c->doc = NULL;
  if (!ok) return blame(s, i);
  v->u.i = (int64_t)start;
  v->len = (uint32_t)(c->text.n - start);
  return true;
}

static bool finish(const source *s, int i, ryx_val *v)
{
  bool is_list = s->info->param_type[i] == RYX_T_ARRAY, ok = true;

  if (!is_list && s->info->param_type[i] != RYX_T_DECIMAL) return true;
  lua_rawgeti(s->L, s->places, i + 1);
  if (!lua_isnil(s->L, -1)) {
    int places = (int)lua_tointeger(s->L, -1);

    ok =
        is_list ? items_to_places(s, i, v, places) : to_places(s, i, v, places);
  }
  lua_pop(s->L, 1);
  return ok;
}

/* The value on the top of the stack, which some table keeps alive; pops it. */
static bool take(const source *s, int i, ryx_val *v)
{
  lua_want want = want_of(s, i);
  bool ok = ryx_lua_param(s->L, lua_gettop(s->L), &want, v);

  lua_pop(s->L, 1);
  return ok && finish(s, i, v);
}

static bool by_default(const source *s, int i, size_t row, ryx_val *v)
{
  lua_State *L = s->L;

  *v = ryx_null();
  lua_rawgeti(L, s->defaults, i + 1);
  if (!lua_istable(L, -1)) {
    lua_pop(L, 1);
    return true;
  }
  lua_rawgeti(L, -1, (int)row + 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_rawgeti(L, -1, 0);
  }
  lua_remove(L, -2);
  if (!lua_isnil(L, -1)) return take(s, i, v);
  lua_pop(L, 1);
  return true;
}

static bool unknown(const source *s)
{
  char shown[80];

  ryx_lua_show(s->L, lua_gettop(s->L) - 1, shown);
  return ryx_lua_fail(s->c, RYX_E_FIELD, "there is no column %s to copy into",
                      shown);
}

/* Marks in reserved what a row has not. */
enum { ABSENT = 2 };

/* The keys of the table on the top of the stack, each met once. */
static bool read_table(const source *s, ryx_val *v)
{
  lua_State *L = s->L;
  int n = s->info->n_params;

  for (int i = 0; i < n; i++)
    v[i] = (ryx_val){.reserved = ABSENT};
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    int i;

    lua_pushvalue(L, -2);
    lua_rawget(L, s->keys);
    i = (int)lua_tointeger(L, -1) - 1;
    lua_pop(L, 1);
    if (i < 0 || i >= n) return unknown(s);
    if (!take(s, i, &v[i])) return false;
  }
  return true;
}

static bool read_list_row(const source *s, size_t row, ryx_val *v)
{
  lua_State *L = s->L;

  lua_rawgeti(L, s->rows, (int)row + 1);
  if (!lua_istable(L, -1)) {
    return ryx_lua_fail(s->c, RYX_E_MISUSE, "a row is a table, not %s",
                        luaL_typename(L, -1));
  }
  if (!read_table(s, v)) return false;
  lua_pop(L, 1);
  for (int i = 0; i < s->info->n_params; i++) {
    if (v[i].reserved == ABSENT && !by_default(s, i, row, &v[i])) return false;
  }
  return true;
}

static int hex(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_bytes(const source *s, int i, ryx_val *v)
{
  const char *text = v->u.s;
  size_t n = v->len, start = s->c->text.n;

  if (n % 2 || n < 2 || text[0] != '\\' || text[1] != 'x') goto bad;
  for (size_t k = 2; k < n; k += 2) {
    int high = hex(text[k]), low = hex(text[k + 1]);
    char byte = (char)(high * 16 + low);

    if (high < 0 || low < 0) goto bad;
    if (ryx_text_add(&s->c->text, &byte, 1) < 0)
      return ryx_lua_fail(s->c, RYX_E_NOMEM, "out of memory");
  }
  *v = (ryx_val){.type = RYX_T_BYTES, .reserved = 1};
  v->len = (uint32_t)(n - 2) / 2;
  v->u.i = (int64_t)start;
  return true;
bad:
  ryx_lua_fail(s->c, RYX_E_VALIDATION,
               "bytes are written as \\x and hexadecimal digits");
  return blame(s, i);
}

/* An array is a list of JSON, whose items become what the column's are. */
static bool read_array(const source *s, int i, ryx_val *v)
{
  lua_want want = want_of(s, i);
  bool ok;

  if (!ryx_lua_decode(s->L, s->c, v->u.s, v->len)) return blame(s, i);
  if (!lua_istable(s->L, -1)) {
    ryx_lua_fail(s->c, RYX_E_VALIDATION, "an array is written as a JSON list");
    return blame(s, i);
  }
  ok = ryx_lua_param(s->L, lua_gettop(s->L), &want, v);
  lua_pop(s->L, 1);
  return ok;
}

static bool read_csv_row(const source *s, size_t row, const int *column,
                         ryx_val *v)
{
  for (int i = 0; i < s->info->n_params; i++) {
    bool ok = true;

    if (column[i] == 0) {
      if (!by_default(s, i, row, &v[i])) return false;
      continue;
    }
    ryx_csv_cell(s->csv->csv, (int)row, column[i] - 1, &v[i]);
    if (v[i].type == RYX_T_NULL) continue;
    if (s->info->param_type[i] == RYX_T_BYTES) ok = read_bytes(s, i, &v[i]);
    if (s->info->param_type[i] == RYX_T_ARRAY) ok = read_array(s, i, &v[i]);
    if (!ok || !finish(s, i, &v[i])) return false;
  }
  return true;
}

/* The numbers of the columns, in memory of Lua's. */
static const int *columns_of(const source *s)
{
  int n = s->info->n_params;
  int *column = lua_newuserdata(s->L, (size_t)n * sizeof *column + 1);

  for (int i = 0; i < n; i++) {
    lua_rawgeti(s->L, s->columns, i + 1);
    column[i] = (int)lua_tointeger(s->L, -1);
    lua_pop(s->L, 1);
  }
  return column;
}

size_t ryx_lua_source_rows(lua_State *L, const lua_core *c, int idx)
{
  const lua_csv *r = ryx_lua_test(L, idx, &c->csv);

  if (r) return (size_t)r->n;
  luaL_checktype(L, idx, LUA_TTABLE);
  luaL_argcheck(L, lua_rawlen(L, idx) <= 1000000, idx,
                "more than a million rows");
  return lua_rawlen(L, idx);
}

bool ryx_lua_source_read(lua_State *L, lua_core *c, const ryx_plan_info *info,
                         int idx, int layout, ryx_val *v, size_t *bad)
{
  source s = {.L = L, .c = c, .info = info, .rows = idx};
  size_t n = ryx_lua_source_rows(L, c, idx), width = (size_t)info->n_params;
  const int *column = NULL;

  luaL_checktype(L, layout, LUA_TTABLE);
  luaL_checkstack(L, 24, "rows");
  s.csv = ryx_lua_test(L, idx, &c->csv);
  s.keys = field(L, layout, "keys");
  s.columns = field(L, layout, "columns");
  s.defaults = field(L, layout, "defaults");
  s.places = field(L, layout, "places");
  if (s.csv) column = columns_of(&s);
  for (size_t row = 0; row < n; row++, v += width) {
    *bad = row + 1;
    if (!(s.csv ? read_csv_row(&s, row, column, v) : read_list_row(&s, row, v)))
      return false;
  }
  ryx_lua_settle(c, v - n * width, n * width);
  *bad = 0;
  return true;
}

/* --- rows as text */

/* A result being written: csv, or the members' names of JSON's objects at keys.
 */
typedef struct writer {
  lua_State *L;
  lua_core *c;
  ryx_result *res;
  const uint8_t *type, *elem; /* the columns should be, or NULL */
  int n_cols;
  int keys; /* 0: CSV */
} writer;

static bool put(const writer *w, const char *s, size_t n)
{
  return ryx_text_add(&w->c->text, s, n) == 0 ||
         ryx_lua_fail(w->c, RYX_E_NOMEM, "out of memory");
}

static bool put_cell(const writer *w, int i)
{
  int type = w->type ? w->type[i] : RYX_T_NULL;
  int elem = w->elem ? w->elem[i] : RYX_T_NULL;
  ryx_text_buf *b = &w->c->text;
  ryx_val v;

  ryx_result_cell(w->res, i, &v);
  if (v.type != type) ryx_lua_relabel(&v, type);
  if (!w->keys) return ryx_csv_add(b, &v, type, elem, &w->c->err) == 0;
  return ryx_json_add_cell(b, &v, type, elem, &w->c->err) == 0;
}

static bool put_key(const writer *w, int i)
{
  size_t n;
  const char *s;
  bool ok;

  lua_rawgeti(w->L, w->keys, i + 1);
  s = lua_tolstring(w->L, -1, &n);
  ok = s ? put(w, s, n)
         : ryx_lua_fail(w->c, RYX_E_MISUSE, "column %d has no name", i + 1);
  lua_pop(w->L, 1);
  return ok;
}

static bool put_row(const writer *w)
{
  for (int i = 0; i < w->n_cols; i++) {
    if (i > 0 && !put(w, ",", 1)) return false;
    if (w->keys && !put_key(w, i)) return false;
    if (!put_cell(w, i)) return false;
  }
  return w->keys ? put(w, "}\n", 2) : put(w, "\n", 1);
}

static bool put_rows(const writer *w)
{
  while (ryx_result_next(w->res)) {
    if (w->keys && !put(w, "{", 1)) return false;
    if (!put_row(w)) return false;
  }
  return true;
}

/* Pushes the lines of a part; of a COPY they are its one cell. False: c->err.
 */
static bool push_text(const writer *w, bool is_copy)
{
  ryx_val v = {.u.s = ""};

  if (is_copy) {
    if (ryx_result_next(w->res)) ryx_result_cell(w->res, 0, &v);
    lua_pushlstring(w->L, v.u.s, v.len);
    return true;
  }
  if (!put_rows(w)) return false;
  lua_pushlstring(w->L, w->c->text.data ? w->c->text.data : "", w->c->text.n);
  return true;
}

/* copy_text(E, slot, keys or nil): a part of a result as lines of text, more,
 * rows of the whole (of a COPY, at its end). */
static int copy_text(lua_State *L)
{
  writer w = {.L = L, .c = ryx_lua_core(L)};
  lua_engine *en = ryx_lua_engine(L, w.c);
  ryx_plan_info info = {0};
  bool ok;

  ryx_lua_enter(L, w.c);
  w.c->text.n = 0;
  if (!ryx_lua_take(L, w.c, en)) {
    ryx_lua_leave(w.c);
    return 2;
  }
  w.res = &en->result;
  w.n_cols = ryx_result_columns(w.res);
  if (en->plan) ryx_plan_get_info(en->plan, &info);
  if (info.n_cols == w.n_cols) {
    w.type = info.col_type;
    w.elem = info.col_elem;
  }
  if (lua_istable(L, 3)) w.keys = 3;
  ok = push_text(&w, info.copies);
  if (ok) {
    lua_pushboolean(L, w.res->more);
    ryx_lua_push_int(L,
                     info.copies ? w.res->affected : ryx_result_count(w.res));
  }
  ryx_result_free(w.res);
  ryx_lua_leave(w.c);
  return ok ? 3 : ryx_lua_push_error(L, &w.c->err);
}

/* copy_state(E, slot): true, a COPY takes rows; or how many it has kept. */
static int copy_state(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = ryx_lua_engine(L, c);

  if (!ryx_lua_take(L, c, en)) return 2;
  if (en->result.more) {
    lua_pushboolean(L, 1);
  } else {
    ryx_lua_push_int(L, en->result.affected);
  }
  ryx_result_free(&en->result);
  return 1;
}

/* copies(plan) */
static int copies(lua_State *L)
{
  lua_plan *p = ryx_lua_test(L, 1, &ryx_lua_core(L)->plan);

  luaL_argcheck(L, p && p->plan, 1, "plan expected");
  lua_pushboolean(L, p->info.copies);
  return 1;
}

const luaL_Reg ryx_lua_csv_meta[] = {{"__gc", csv_gc}, {NULL, NULL}};

const luaL_Reg ryx_lua_copy_functions[] = {
    {"csv", csv},
    {"csv_feed", csv_feed},
    {"csv_rows", csv_rows},
    {"csv_names", csv_names},
    {"copy_text", copy_text},
    {"copy_state", copy_state},
    {"copies", copies},
    {NULL, NULL},
};
