/* SPDX-License-Identifier: MIT */
/* Parameters: from a Lua value to the value that leaves. The core casts what is
 * not yet of its column's type; here the Lua value is read. */
#include "lua/core.h"

/* The Lua value at idx and what it is wanted as. */
typedef struct source {
  lua_State *L;
  lua_core *c;
  int idx;
  const lua_want *want;
} source;

/* Text that lies in c->text from start on; it may move until it is settled. */
static void made_text(const source *s, size_t start, int type, ryx_val *out)
{
  *out = (ryx_val){.type = (uint8_t)type, .reserved = 1};
  out->len = (uint32_t)(s->c->text.n - start);
  out->u.i = (int64_t)start;
}

static bool document(const source *s, ryx_val *out)
{
  size_t start = s->c->text.n;

  if (!ryx_lua_encode(s->L, s->idx, s->c)) return false;
  made_text(s, start, RYX_T_JSON, out);
  return true;
}

static bool array(const source *s, int elem, ryx_val *out)
{
  size_t start = s->c->text.n;

  if (!ryx_lua_encode_array(s->L, s->idx, s->c, elem)) return false;
  made_text(s, start, RYX_T_ARRAY, out);
  out->elem = (uint8_t)elem;
  return true;
}

/* What holds values of both types; RYX_T_MAX: nothing. */
static int common_type(int a, int b)
{
  if (a == b || b == RYX_T_NULL) return a;
  if (a == RYX_T_NULL) return b;
  if (a == RYX_T_INT)
    return b == RYX_T_DOUBLE || b == RYX_T_DECIMAL ? b : RYX_T_MAX;
  return b == RYX_T_INT ? common_type(b, a) : RYX_T_MAX;
}

/* The type of the item on the top of the stack. */
static bool item_type(const source *s, int *out)
{
  static const lua_want any = {.name = ""};
  ryx_val v;

  if (lua_istable(s->L, -1)) {
    return ryx_lua_fail(s->c, RYX_E_VALIDATION,
                        "a list in a list, or a table: as a parameter that is "
                        "JSON, and ryx.json.encode writes it");
  }
  if (!ryx_lua_param(s->L, lua_gettop(s->L), &any, &v)) return false;
  *out = v.type;
  return true;
}

/* A list of n items, whose types say what array it is. */
static bool list(const source *s, int n, ryx_val *out)
{
  int elem = RYX_T_NULL, type = RYX_T_NULL;

  for (int i = 1; i <= n; i++) {
    lua_rawgeti(s->L, s->idx, i);
    if (!item_type(s, &type)) return false;
    lua_pop(s->L, 1);
    type = common_type(elem, type);
    if (type == RYX_T_MAX) {
      return ryx_lua_fail(s->c, RYX_E_VALIDATION,
                          "the items of a list are of one type; number %d is "
                          "of another than those before it",
                          i);
    }
    elem = type;
  }
  return array(s, elem, out);
}

static bool list_or_document(const source *s, ryx_val *out)
{
  int n = -1;

  if (s->want->lists && !ryx_lua_list(s->L, s->idx, s->c, &n)) return false;
  return n < 0 ? document(s, out) : list(s, n, out);
}

static bool refuse(const source *s)
{
  int type = s->want->type;
  char shown[80];

  ryx_lua_show(s->L, s->idx, shown);
  return ryx_lua_fail(s->c, RYX_E_VALIDATION, "cannot use %s as %s", shown,
                      type ? ryx_type_text(type) : "a parameter");
}

static bool table(const source *s, ryx_val *out)
{
  if (s->want->type == RYX_T_ARRAY) return array(s, s->want->elem, out);
  return s->want->type == RYX_T_NULL ? list_or_document(s, out) : refuse(s);
}

static bool number(const source *s, ryx_val *out)
{
  const int64_t exact = INT64_C(1) << 53;
  int64_t i;

  if (!ryx_lua_to_int(s->L, s->idx, &i)) {
    *out = ryx_double(lua_tonumber(s->L, s->idx));
    return true;
  }
  /* LuaJIT has no floats with a whole value, so a column of them decides. */
  *out = s->want->type == RYX_T_DOUBLE && i >= -exact && i <= exact
             ? ryx_double((double)i)
             : ryx_int(i);
  return true;
}

static bool text(const source *s, ryx_val *out)
{
  int type = s->want->type == RYX_T_BYTES ? RYX_T_BYTES : RYX_T_TEXT;
  size_t n;
  const char *bytes = lua_tolstring(s->L, s->idx, &n);

  if (n > UINT32_MAX) {
    return ryx_lua_fail(s->c, RYX_E_VALIDATION, "a text of more than 4 GiB");
  }
  *out = ryx_bytes(type, bytes, n);
  return true;
}

static bool read(const source *s, ryx_val *out)
{
  int64_t i;

  switch (lua_type(s->L, s->idx)) {
    case LUA_TNUMBER: return number(s, out);
    case LUA_TSTRING: return text(s, out);
    case LUA_TBOOLEAN:
      *out = ryx_bool(lua_toboolean(s->L, s->idx));
      return true;
    case LUA_TTABLE: return table(s, out);
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(s->L, s->idx)) return refuse(s);
      *out = ryx_null();
      out->elem = (uint8_t)s->want->type;
      return true;
    case LUA_TUSERDATA:
      return ryx_lua_value(s->L, s->idx, s->c, out) || refuse(s);
    default: break;
  }
  if (!ryx_lua_to_int(s->L, s->idx, &i)) return refuse(s);
  *out = ryx_int(i);
  return true;
}

bool ryx_lua_param(lua_State *L, int idx, const lua_want *want, ryx_val *out)
{
  source s = {.L = L, .idx = idx, .want = want};
  int64_t i;
  bool ok;

  if (want->type == RYX_T_INT && ryx_lua_to_int(L, idx, &i)) {
    *out = ryx_int(i);
    return true;
  }
  s.c = ryx_lua_core(L);
  /* For a JSON column every Lua value is a document, text too. */
  ok = want->type == RYX_T_JSON && !ryx_lua_is_null(L, idx) ? document(&s, out)
                                                            : read(&s, out);
  if (ok || !want->name[0]) return ok;
  lua_pushstring(L, s.c->err.message);
  ryx_lua_fail(s.c, s.c->err.code, "%s: %s", want->name, lua_tostring(L, -1));
  lua_pop(L, 1);
  return false;
}
