/* SPDX-License-Identifier: MIT */
/* JSON: tables to canonical text and back, and arrays with typed items. */
#include <stdlib.h>
#include <string.h>

#include "lua/core.h"

enum { DEPTH_MAX = 200 };

/* A walk that writes: where to, and how deep it is. */
typedef struct writer {
  lua_State *L;
  lua_core *c;
  int depth;
} writer;

static bool put(writer *w, int idx);

/* Whether a call that appends to the text worked. */
static bool wrote(writer *w, int rc, const char *what)
{
  if (rc == 0) return true;
  if (rc == RYX_E_NOMEM) return ryx_lua_fail(w->c, rc, "out of memory");
  return ryx_lua_fail(w->c, rc, "JSON cannot hold %s", what);
}

static bool put_raw(writer *w, const char *s)
{
  return wrote(w, ryx_text_add(&w->c->text, s, strlen(s)), s);
}

/* Enters a table. A table that contains itself ends here too. */
static bool enter(writer *w)
{
  if (++w->depth <= DEPTH_MAX) {
    luaL_checkstack(w->L, 8, "JSON");
    return true;
  }
  return ryx_lua_fail(w->c, RYX_E_VALIDATION,
                      "JSON cannot hold a table that contains itself or is "
                      "nested deeper than %d",
                      (int)DEPTH_MAX);
}

/* What the keys of the table at idx say: n of them, the largest whole one. */
typedef struct keys {
  size_t n;
  int64_t max;
  bool all_whole, all_text;
  bool hides; /* an object of a model: keys that begin with '_' are not seen */
} keys;

static bool is_of_class(lua_State *L, int idx, const char *name)
{
  bool yes;

  if (!lua_getmetatable(L, idx)) return false;
  lua_pushliteral(L, "_class");
  lua_rawget(L, -2);
  yes =
      lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), name) == 0;
  lua_pop(L, 2);
  return yes;
}

/* Is the text at the index, a key, one of the hidden ones? */
static bool is_hidden(lua_State *L, int idx)
{
  return lua_type(L, idx) == LUA_TSTRING && *lua_tostring(L, idx) == '_';
}

static keys look(lua_State *L, int idx)
{
  keys k = {.all_whole = true, .all_text = true};
  int64_t i;

  k.hides = is_of_class(L, idx, "object");
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    if (k.hides && is_hidden(L, -2)) continue;
    k.n++;
    if (lua_type(L, -2) != LUA_TSTRING) k.all_text = false;
    if (ryx_lua_to_int(L, -2, &i) && i >= 1) {
      if (i > k.max) k.max = i;
    } else {
      k.all_whole = false;
    }
  }
  return k;
}

static bool is_marked(lua_State *L, int idx, const lua_core *c)
{
  bool marked;

  if (!lua_getmetatable(L, idx)) return false;
  marked = lua_topointer(L, -1) == c->array.at;
  lua_pop(L, 1);
  return marked;
}

/* A list: marked, or not empty with the keys 1..n. */
static bool is_list(writer *w, int idx, keys *k, bool *out)
{
  bool marked = is_marked(w->L, idx, w->c);

  *k = look(w->L, idx);
  *out = marked || (k->n > 0 && k->all_whole);
  if (!*out) return true;
  if (k->all_whole && (size_t)k->max == k->n) return true;
  if (!k->all_whole) {
    return ryx_lua_fail(w->c, RYX_E_VALIDATION,
                        "an array has keys that are not 1..n");
  }
  return ryx_lua_fail(w->c, RYX_E_VALIDATION,
                      "an array has holes: %zu items, the last is number %lld; "
                      "use null for what is missing",
                      k->n, (long long)k->max);
}

static bool put_list(writer *w, int idx, size_t n)
{
  if (!put_raw(w, "[")) return false;
  for (size_t i = 1; i <= n; i++) {
    if (i > 1 && !put_raw(w, ",")) return false;
    lua_rawgeti(w->L, idx, (int)i);
    if (!put(w, lua_gettop(w->L))) return false;
    lua_pop(w->L, 1);
  }
  return put_raw(w, "]");
}

typedef struct key {
  const char *s;
  size_t n;
} key;

static int by_bytes(const void *a, const void *b)
{
  const key *x = a, *y = b;
  int order = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);

  if (order != 0) return order;
  return (x->n > y->n) - (x->n < y->n);
}

/* The sorted keys, in a userdata that is pushed; the table keeps the text. A
 * finalizer that runs meanwhile may have changed the table: *count says. */
static key *sorted_keys(lua_State *L, int idx, const keys *k, size_t *count)
{
  key *sorted = lua_newuserdata(L, (k->n + 1) * sizeof *sorted);
  size_t i = 0;

  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    if (i == k->n || lua_type(L, -2) != LUA_TSTRING) continue;
    if (k->hides && is_hidden(L, -2)) continue;
    sorted[i].s = lua_tolstring(L, -2, &sorted[i].n);
    i++;
  }
  *count = i;
  qsort(sorted, i, sizeof *sorted, by_bytes);
  return sorted;
}

static bool put_object(writer *w, int idx, const keys *k)
{
  size_t n;
  key *sorted = sorted_keys(w->L, idx, k, &n);

  if (!put_raw(w, "{")) return false;
  for (size_t i = 0; i < n; i++) {
    int rc = i > 0 ? ryx_text_add(&w->c->text, ",", 1) : 0;

    /* No reader of ours takes one, so the document would be lost. */
    if (memchr(sorted[i].s, '\0', sorted[i].n)) {
      return wrote(w, RYX_E_VALIDATION, "a key with a NUL byte");
    }
    if (rc == 0) {
      rc = ryx_json_add_string(&w->c->text, sorted[i].s, sorted[i].n);
    }
    if (!wrote(w, rc, "a key that is not UTF-8")) return false;
    if (!put_raw(w, ":")) return false;
    lua_pushlstring(w->L, sorted[i].s, sorted[i].n);
    lua_rawget(w->L, idx);
    if (!put(w, lua_gettop(w->L))) return false;
    lua_pop(w->L, 1);
  }
  lua_pop(w->L, 1);
  return put_raw(w, "}");
}

static bool fail_keys(writer *w, int idx)
{
  bool is_query =
      is_of_class(w->L, idx, "queryset") || is_of_class(w->L, idx, "manager");

  return ryx_lua_fail(w->c, RYX_E_VALIDATION,
                      is_query ? "JSON cannot hold a queryset: call :all()"
                               : "JSON cannot hold a table whose keys are "
                                 "neither text nor 1..n");
}

static bool put_table(writer *w, int idx)
{
  bool list, ok;
  keys k;

  if (!enter(w) || !is_list(w, idx, &k, &list)) return false;
  if (!list && !k.all_text) return fail_keys(w, idx);
  ok = list ? put_list(w, idx, k.n) : put_object(w, idx, &k);
  w->depth--;
  return ok;
}

/* Value userdata as text, in the form tostring gives. */
static bool put_value(writer *w, int idx)
{
  ryx_val v;
  size_t n;
  const char *s;
  bool ok;

  if (!ryx_lua_value(w->L, idx, w->c, &v)) {
    return ryx_lua_fail(w->c, RYX_E_VALIDATION, "JSON cannot hold a userdata");
  }
  if (!luaL_callmeta(w->L, idx, "__tostring")) return false;
  s = lua_tolstring(w->L, -1, &n);
  ok = wrote(w, ryx_json_add_string(&w->c->text, s, n),
             "bytes that are not UTF-8");
  lua_pop(w->L, 1);
  return ok;
}

static bool put_text(writer *w, int idx)
{
  size_t n;
  const char *s = lua_tolstring(w->L, idx, &n);

  return wrote(w, ryx_json_add_string(&w->c->text, s, n),
               "text that is not UTF-8");
}

/* The value at the absolute index idx. */
static bool put(writer *w, int idx)
{
  lua_State *L = w->L;
  char shown[80];
  int64_t i;

  if (ryx_lua_to_int(L, idx, &i)) {
    return wrote(w, ryx_json_add_int(&w->c->text, i), "an integer");
  }
  switch (lua_type(L, idx)) {
    case LUA_TTABLE: return put_table(w, idx);
    case LUA_TSTRING: return put_text(w, idx);
    case LUA_TBOOLEAN:
      return put_raw(w, lua_toboolean(L, idx) ? "true" : "false");
    case LUA_TNUMBER:
      return wrote(w, ryx_json_add_double(&w->c->text, lua_tonumber(L, idx)),
                   "NaN or infinity");
    case LUA_TUSERDATA: return put_value(w, idx);
    case LUA_TLIGHTUSERDATA:
      if (ryx_lua_is_null(L, idx)) return put_raw(w, "null");
      break;
    default: break;
  }
  ryx_lua_show(L, idx, shown);
  return ryx_lua_fail(w->c, RYX_E_VALIDATION, "JSON cannot hold %s", shown);
}

bool ryx_lua_encode(lua_State *L, int idx, lua_core *c)
{
  writer w = {.L = L, .c = c};
  int top = lua_gettop(L);
  bool ok = put(&w, lua_absindex(L, idx));

  lua_settop(L, top);
  return ok;
}

/* Arrays: lists whose items are of one type, nested as deep as one likes. */
static bool put_items(writer *w, int idx, int elem);

static bool put_item(writer *w, int idx, int elem)
{
  lua_want want = {.type = elem, .name = ""};
  int64_t i;
  ryx_val v;

  if (elem == RYX_T_INT && ryx_lua_to_int(w->L, idx, &i)) {
    return wrote(w, ryx_json_add_int(&w->c->text, i), "an integer");
  }
  if (ryx_lua_is_null(w->L, idx)) return put_raw(w, "null");
  if (elem != RYX_T_JSON && lua_istable(w->L, idx)) {
    return put_items(w, idx, elem);
  }
  if (elem == RYX_T_JSON) return put(w, idx);
  if (!ryx_lua_param(w->L, idx, &want, &v)) return false;
  if (elem != RYX_T_NULL && v.type != elem &&
      !ryx_lua_convert(w->c, &v, elem)) {
    return false;
  }
  return ryx_json_add_value(&w->c->text, &v, &w->c->err) == 0;
}

static bool put_items(writer *w, int idx, int elem)
{
  bool list;
  keys k;

  if (!enter(w) || !is_list(w, idx, &k, &list)) return false;
  if (!list && k.n > 0) {
    return ryx_lua_fail(w->c, RYX_E_VALIDATION,
                        "an array has keys that are not 1..n");
  }
  if (!put_raw(w, "[")) return false;
  for (size_t i = 1; i <= k.n; i++) {
    if (i > 1 && !put_raw(w, ",")) return false;
    lua_rawgeti(w->L, idx, (int)i);
    if (!put_item(w, lua_gettop(w->L), elem)) return false;
    lua_pop(w->L, 1);
  }
  w->depth--;
  return put_raw(w, "]");
}

bool ryx_lua_list(lua_State *L, int idx, lua_core *c, int *n)
{
  writer w = {.L = L, .c = c};
  bool list;
  keys k;

  if (!is_list(&w, idx, &k, &list)) return false;
  *n = list ? (int)k.n : -1;
  return true;
}

bool ryx_lua_encode_array(lua_State *L, int idx, lua_core *c, int elem)
{
  writer w = {.L = L, .c = c};
  int top = lua_gettop(L);
  bool ok = put_items(&w, lua_absindex(L, idx), elem);

  lua_settop(L, top);
  return ok;
}

static void push_json(lua_State *L, lua_core *c, const ryx_json *j);

static void push_array(lua_State *L, lua_core *c, const ryx_json *j, size_t n)
{
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    push_json(L, c, ryx_json_item_at(j, i));
    lua_rawseti(L, -2, (int)i + 1);
  }
  ryx_lua_set(L, &c->array);
}

static void push_object(lua_State *L, lua_core *c, const ryx_json *j, size_t n)
{
  void *it = NULL;
  const char *name;
  size_t len;
  const ryx_json *value;

  lua_createtable(L, 0, (int)n);
  while (ryx_json_each(j, &it, &name, &len, &value)) {
    lua_pushlstring(L, name, len);
    push_json(L, c, value);
    lua_rawset(L, -3);
  }
}

/* kind is as ryx_json_item says. */
static void push_json(lua_State *L, lua_core *c, const ryx_json *j)
{
  ryx_json_item item;

  luaL_checkstack(L, 8, "JSON");
  ryx_json_look(j, &item);
  switch (item.kind) {
    case 0: lua_pushlightuserdata(L, NULL); break;
    case 1: lua_pushboolean(L, 0); break;
    case 2: lua_pushboolean(L, 1); break;
    case 3: ryx_lua_push_int(L, item.i); break;
    case 4: lua_pushnumber(L, item.d); break;
    case 5: lua_pushlstring(L, item.s, item.n); break;
    case 6: push_array(L, c, j, item.n); break;
    default: push_object(L, c, j, item.n); break;
  }
}

static void done(lua_core *c)
{
  ryx_json_release(c->doc);
  c->doc = NULL;
}

/* Parses into c->doc, where the document stays in case Lua raises. */
static bool parse(lua_core *c, const char *s, size_t n)
{
  done(c);
  return ryx_json_read(s, n, &c->doc, &c->err) == 0;
}

bool ryx_lua_decode(lua_State *L, lua_core *c, const char *s, size_t n)
{
  done(c);
  if (ryx_json_read_stored(s, n, &c->doc, &c->err) < 0) return false;
  push_json(L, c, c->doc);
  done(c);
  return true;
}

static int hex(char ch)
{
  return ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10;
}

static void push_hex(lua_State *L, const char *s, size_t n)
{
  luaL_Buffer b;

  luaL_buffinit(L, &b);
  for (size_t i = 0; i + 1 < n; i += 2)
    luaL_addchar(&b, (char)(hex(s[i]) * 16 + hex(s[i + 1])));
  luaL_pushresult(&b);
}

static bool push_items(lua_State *L, lua_core *c, const ryx_json *j, int elem);

static bool push_item(lua_State *L, lua_core *c, const ryx_json *j, int elem)
{
  ryx_json_item item;
  ryx_val v;

  ryx_json_look(j, &item);
  if (item.kind == 6 && elem != RYX_T_JSON) return push_items(L, c, j, elem);
  if (item.kind == 5 && elem == RYX_T_BYTES) {
    push_hex(L, item.s, item.n);
    return true;
  }
  /* Stored as microseconds. */
  if (item.kind == 3 && elem == RYX_T_DURATION) {
    v = ryx_int(item.i);
    return ryx_lua_push(L, &v, elem, RYX_T_NULL);
  }
  if (item.kind != 5 || elem == RYX_T_JSON || elem == RYX_T_NULL) {
    push_json(L, c, j);
    return true;
  }
  v = ryx_bytes(RYX_T_TEXT, item.s, item.n);
  return ryx_lua_push(L, &v, elem, RYX_T_NULL);
}

static bool push_items(lua_State *L, lua_core *c, const ryx_json *j, int elem)
{
  ryx_json_item list;

  luaL_checkstack(L, 8, "array");
  ryx_json_look(j, &list);
  lua_createtable(L, (int)list.n, 0);
  for (size_t i = 0; i < list.n; i++) {
    if (!push_item(L, c, ryx_json_item_at(j, i), elem)) return false;
    lua_rawseti(L, -2, (int)i + 1);
  }
  ryx_lua_set(L, &c->array);
  return true;
}

bool ryx_lua_decode_array(lua_State *L, lua_core *c, const ryx_val *v, int elem)
{
  int top = lua_gettop(L);
  bool ok;

  if (!parse(c, v->u.s, v->len)) return false;
  ok = push_items(L, c, c->doc, elem);
  done(c);
  if (!ok) lua_settop(L, top);
  return ok;
}

static int encode(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  bool ok;

  luaL_checkany(L, 1);
  lua_settop(L, 1);
  ryx_lua_enter(L, c);
  c->text.n = 0;
  ok = ryx_lua_encode(L, 1, c);
  if (ok) lua_pushlstring(L, c->text.data, c->text.n);
  ryx_lua_leave(c);
  return ok ? 1 : ryx_lua_push_error(L, &c->err);
}

static int decode(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  size_t n;
  const char *s = luaL_checklstring(L, 1, &n);

  bool ok;

  ryx_lua_enter(L, c);
  ok = parse(c, s, n);
  if (ok) push_json(L, c, c->doc);
  done(c);
  ryx_lua_leave(c);
  return ok ? 1 : ryx_lua_push_error(L, &c->err);
}

const luaL_Reg ryx_lua_json_functions[] = {
    {"json_encode", encode},
    {"json_decode", decode},
    {NULL, NULL},
};
