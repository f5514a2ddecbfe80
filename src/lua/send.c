/* SPDX-License-Identifier: MIT */
/* Sending: arguments become a query, the query a slot. The arguments that all
 * calls share are 1 engine, 2 alias, 3 what, 4 transaction, 5 ms, 6 label. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "lua/core.h"

enum {
  TEXT_KEPT = 1 << 20,
  VALS_KEPT = 1 << 15,
  FIXED = 64,
  WHAT = 3,
  TX = 4,
  MS = 5,
  LABEL = 6,
  REST = 7
};

/* A send on its way. */
typedef struct sender {
  lua_State *L;
  lua_core *c;
  lua_engine *en;
  ryx_query q;
} sender;

static int64_t timeout_arg(lua_State *L, int idx)
{
  lua_Number ms = luaL_optnumber(L, idx, -1);

  if (!(ms >= 0)) return 0;
  if (ms > 1e15) return 0;
  return ms < 1 ? 1 : (int64_t)ms;
}

/* The text in work is kept from call to call, but not a large one. */
static void clear_text(lua_core *c)
{
  c->text.n = 0;
  if (c->text.cap <= TEXT_KEPT) return;
  ryx_free(c->text.data);
  c->text = (ryx_text_buf){0};
}

static void begin(sender *s, lua_State *L)
{
  s->L = L;
  s->c = ryx_lua_core(L);
  s->en = ryx_lua_engine(L, s->c);
  ryx_lua_enter(L, s->c);
  clear_text(s->c);
  s->q = (ryx_query){
      .size = sizeof s->q,
      .alias = ryx_lua_int_arg(L, 2),
      .tx = (ryx_tx)luaL_optnumber(L, TX, 0),
      .timeout_ms = timeout_arg(L, MS),
      .label = luaL_optstring(L, LABEL, NULL),
      .no_queue = !s->en->queues,
  };
}

static lua_plan *plan_arg(sender *s, int idx)
{
  lua_plan *p = ryx_lua_test(s->L, idx, &s->c->plan);

  /* Once the state closes, a plan may have been finalized before its user. */
  if (!p || !p->plan) luaL_argerror(s->L, idx, "plan expected");
  s->q.plan = p->plan;
  s->q.n_params = p->info.n_params;
  return p;
}

/* Room for n values: the caller's, or memory of Lua's that is kept from call to
 * call, unless it is large. */
static ryx_val *room(sender *s, ryx_val *fixed, size_t n)
{
  lua_core *c = s->c;
  ryx_val *v = n > FIXED ? c->vals : fixed;

  if (n > FIXED && n > c->n_vals) {
    v = lua_newuserdata(s->L, n * sizeof *v);
    if (n <= VALS_KEPT) {
      lua_pushvalue(s->L, -1);
      lua_rawseti(s->L, LUA_REGISTRYINDEX, c->vals_ref);
      c->vals = v;
      c->n_vals = n;
    }
  }
  s->q.params = v;
  return v;
}

void ryx_lua_settle(const lua_core *c, ryx_val *v, size_t n)
{
  if (c->text.n == 0) return;
  for (size_t i = 0; i < n; i++) {
    if (!v[i].reserved) continue;
    v[i].reserved = 0;
    v[i].u.s = c->text.data + v[i].u.i;
  }
}

static int failed(sender *s)
{
  ryx_lua_leave(s->c);
  return ryx_lua_push_error(s->L, &s->c->err);
}

static int finish(sender *s)
{
  ryx_tag tag;

  if (ryx_send(s->en->r, &s->q, &tag, &s->c->err) < 0) return failed(s);
  lua_pushinteger(s->L, ryx_lua_slot_add(s->L, s->en, tag, s->q.plan));
  ryx_lua_leave(s->c);
  return 1;
}

static lua_want want_of(const ryx_plan_info *info, int i)
{
  return (lua_want){.type = info->param_type[i],
                    .elem = info->param_elem[i],
                    .name = info->param_name[i]};
}

/* Reads the arguments from `first` on as the plan's parameters, into fixed
 * where they have room. False: c->err. */
static bool read_args(sender *s, const lua_plan *p, int first, ryx_val *fixed)
{
  lua_State *L = s->L;
  int n = lua_gettop(L) - first + 1;
  ryx_val *v;

  if (n < p->info.n_params) {
    (void)luaL_error(L, "the plan takes %d parameters, %d were given",
                     p->info.n_params, n);
  }
  /* Those behind the last one of the text belong to what the text left out: an
   * annotation that count drops, an order that another replaced. */
  n = p->info.n_params;
  v = room(s, fixed, (size_t)n);
  for (int i = 0; i < n; i++) {
    lua_want want = want_of(&p->info, i);

    if (lua_isnil(L, first + i)) {
      luaL_argerror(L, first + i, "nil is no parameter: use null");
    }
    if (!ryx_lua_param(L, first + i, &want, &v[i])) return false;
  }
  ryx_lua_settle(s->c, v, (size_t)n);
  return true;
}

/* Sends a plan whose parameters are the arguments from `first` on. */
static int send_plan(sender *s, int first)
{
  ryx_val fixed[FIXED];

  if (!read_args(s, plan_arg(s, WHAT), first, fixed)) return failed(s);
  return finish(s);
}

static int send(lua_State *L)
{
  sender s;

  begin(&s, L);
  return send_plan(&s, REST);
}

static int send_stream(lua_State *L)
{
  sender s;

  begin(&s, L);
  s.q.chunk = ryx_lua_int_arg(L, REST);
  luaL_argcheck(L, s.q.chunk > 0, REST, "a part has at least one row");
  return send_plan(&s, REST + 1);
}

/* Pushes a value of the row at an index by the key at another; a key that is a
 * table holds the value of every row. True: it is the row's own. */
static bool push_value(lua_State *L, int row, int key)
{
  if (lua_istable(L, key)) {
    lua_rawgeti(L, key, 1);
    return false;
  }
  lua_pushvalue(L, key);
  lua_rawget(L, row);
  return true;
}

/* nil, or what stands for NULL. */
static bool is_null(lua_State *L, int idx)
{
  switch (lua_type(L, idx)) {
    case LUA_TNIL: return true;
    case LUA_TLIGHTUSERDATA: return !lua_touserdata(L, idx);
    default: return false;
  }
}

/* What was assigned as NULL reads as nil once it is written. */
static void forget(lua_State *L, int row, int key)
{
  lua_pushvalue(L, key);
  lua_pushnil(L);
  lua_rawset(L, row);
}

/* One row of a batch: the table on the top of the stack; keys from index
 * `keys`. */
static bool read_row(sender *s, const lua_plan *p, int keys, ryx_val *v)
{
  lua_State *L = s->L;
  int row = lua_gettop(L);

  for (int i = 0; i < p->info.n_params; i++) {
    lua_want want = want_of(&p->info, i);
    bool is_own = push_value(L, row, keys + i);

    if (is_null(L, row + 1)) {
      v[i] = ryx_null();
      if (is_own && !lua_isnil(L, row + 1)) forget(L, row, keys + i);
    } else if (!ryx_lua_param(L, row + 1, &want, &v[i])) {
      return false;
    }
    lua_pop(L, 1);
  }
  return true;
}

/* Pushes the keys of the list; the index of the first. */
static int push_keys(sender *s, int list, int n)
{
  lua_State *L = s->L;
  int first = lua_gettop(L) + 1;

  luaL_checkstack(L, n + 8, "columns");
  luaL_argcheck(L, (int)lua_rawlen(L, list) == n, list,
                "one key per parameter of the plan");
  for (int i = 1; i <= n; i++)
    lua_rawgeti(L, list, i);
  return first;
}

static int send_list(lua_State *L)
{
  sender s;
  const lua_plan *p;
  ryx_val fixed[FIXED], *v;
  size_t n_rows, n;
  int keys;

  begin(&s, L);
  p = plan_arg(&s, WHAT);
  luaL_checktype(L, REST, LUA_TTABLE);
  luaL_checktype(L, REST + 1, LUA_TTABLE);
  n_rows = lua_rawlen(L, REST);
  luaL_argcheck(L, n_rows <= 1000000, REST, "more than a million rows");
  n = n_rows * (size_t)p->info.n_params;
  s.q.n_rows = (int)n_rows;
  v = room(&s, fixed, n);
  keys = push_keys(&s, REST + 1, p->info.n_params);
  for (size_t i = 0; i < n_rows; i++) {
    lua_rawgeti(L, REST, (int)i + 1);
    luaL_argcheck(L, lua_istable(L, -1), REST, "rows are tables");
    if (!read_row(&s, p, keys, v + i * (size_t)p->info.n_params)) {
      return failed(&s);
    }
    lua_pop(L, 1);
  }
  ryx_lua_settle(s.c, v, n);
  return finish(&s);
}

/* nil, err, and the number of the row that it is about, if any. */
static int failed_at(sender *s, size_t bad)
{
  failed(s);
  if (bad == 0) return 2;
  lua_pushinteger(s->L, (lua_Integer)bad);
  return 3;
}

/* Reads the rows of source for the plan. False: c->err. */
static ryx_val *read_source(sender *s, const lua_plan *p, int source,
                            ryx_val *fixed, size_t *bad)
{
  size_t n_rows = ryx_lua_source_rows(s->L, s->c, source);
  ryx_val *v = room(s, fixed, n_rows * (size_t)p->info.n_params);

  s->q.n_rows = (int)n_rows;
  return ryx_lua_source_read(s->L, s->c, &p->info, source, source + 1, v, bad)
             ? v
             : NULL;
}

/* send_rows(..., source, layout): many rows by one statement. */
static int send_rows(lua_State *L)
{
  sender s;
  ryx_val fixed[FIXED];
  size_t bad = 0;
  int row = -1, slot;

  begin(&s, L);
  if (!read_source(&s, plan_arg(&s, WHAT), REST, fixed, &bad))
    return failed_at(&s, bad);
  slot = finish(&s);
  if (slot == 1 || s.c->err.code != RYX_E_VALIDATION) return slot;
  /* Only now is it worth the time to say which row that was. */
  lua_pop(L, slot);
  if (ryx_find_misfit(s.en->r, s.q.plan, s.q.params, s.q.n_rows, &row,
                      &s.c->err) < 0 &&
      row >= 0)
    return failed_at(&s, (size_t)row + 1);
  return failed(&s);
}

/* send_copy(...): a plan whose rows follow by put_rows. */
static int send_copy(lua_State *L)
{
  sender s;
  ryx_val none = {0};

  begin(&s, L);
  luaL_argcheck(L, plan_arg(&s, WHAT)->info.copies, WHAT, "a plan that copies");
  s.q.params = &none;
  return finish(&s);
}

/* put_rows(E, slot, plan, source, layout): true when they are on their way. */
static int put_rows(lua_State *L)
{
  sender s = {.L = L, .c = ryx_lua_core(L)};
  ryx_val fixed[FIXED], *v;
  lua_slot *slot;
  size_t bad = 0;
  int row;

  s.en = ryx_lua_engine(L, s.c);
  slot = ryx_lua_slot(L, s.en);
  ryx_lua_enter(L, s.c);
  clear_text(s.c);
  v = read_source(&s, plan_arg(&s, WHAT), 4, fixed, &bad);
  if (!v) return failed_at(&s, bad);
  if (ryx_put(s.en->r, slot->tag, s.q.plan, v, s.q.n_rows, &row, &s.c->err) < 0)
    return failed_at(&s, (size_t)(row + 1));
  if (ryx_more(s.en->r, slot->tag, 1) < 0) {
    ryx_lua_fail(s.c, RYX_E_MISUSE, "no copy waits for rows");
    return failed(&s);
  }
  ryx_lua_leave(s.c);
  lua_pushboolean(L, 1);
  return 1;
}

/* Reads the array at REST, leaving nothing behind: the array keeps its items.
 */
static bool read_params(sender *s, ryx_val *v, size_t n)
{
  static const lua_want any = {.name = "", .lists = true};
  lua_State *L = s->L;

  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, REST, (int)i + 1);
    if (lua_isnil(L, -1)) {
      luaL_argerror(L, REST, "a hole in the parameters: use null");
    }
    if (!ryx_lua_param(L, lua_gettop(L), &any, &v[i])) return false;
    lua_pop(L, 1);
  }
  return true;
}

static int send_sql(lua_State *L)
{
  sender s;
  ryx_val fixed[FIXED], *v;
  size_t n = 0, len;

  begin(&s, L);
  s.q.sql = luaL_checklstring(L, WHAT, &len);
  luaL_argcheck(L, strlen(s.q.sql) == len, WHAT, "the text has a NUL byte");
  if (!lua_isnoneornil(L, REST + 1)) s.q.chunk = ryx_lua_int_arg(L, REST + 1);
  if (!lua_isnoneornil(L, REST)) {
    luaL_checktype(L, REST, LUA_TTABLE);
    n = lua_rawlen(L, REST);
  }
  if (n > INT_MAX) {
    ryx_lua_fail(s.c, RYX_E_MISUSE, "more than %d parameters", INT_MAX);
    return failed(&s);
  }
  v = room(&s, fixed, n);
  s.q.n_params = (int)n;
  if (!read_params(&s, v, n)) return failed(&s);
  ryx_lua_settle(s.c, v, n);
  return finish(&s);
}

static int isolation(sender *s, const char *name)
{
  static const char *const names[] = {
      "default",
      "read committed",
      "repeatable read",
      "serializable",
  };

  for (int i = 0; i < 4; i++) {
    if (strcmp(names[i], name) == 0) return i;
  }
  return luaL_error(s->L,
                    "unknown isolation '%s': read committed, repeatable read "
                    "or serializable",
                    name);
}

static void read_begin(sender *s)
{
  lua_State *L = s->L;

  if (lua_isnoneornil(L, REST)) return;
  luaL_checktype(L, REST, LUA_TTABLE);
  lua_getfield(L, REST, "isolation");
  if (!lua_isnil(L, -1)) s->q.isolation = isolation(s, luaL_checkstring(L, -1));
  lua_getfield(L, REST, "read_only");
  s->q.read_only = lua_toboolean(L, -1);
  lua_getfield(L, REST, "deferrable");
  s->q.deferrable = lua_toboolean(L, -1);
  lua_pop(L, 3);
}

static int op(lua_State *L)
{
  static const char *const names[] = {
      "connect",   "begin",   "commit",      "rollback",
      "savepoint", "release", "rollback_to", NULL,
  };
  static const ryx_op ops[] = {
      RYX_OP_CONNECT,   RYX_OP_BEGIN,   RYX_OP_COMMIT,      RYX_OP_ROLLBACK,
      RYX_OP_SAVEPOINT, RYX_OP_RELEASE, RYX_OP_ROLLBACK_TO,
  };
  sender s;

  begin(&s, L);
  s.q.op = ops[luaL_checkoption(L, WHAT, NULL, names)];
  /* The end of a transaction waits for its turn, whatever still runs in it. */
  s.q.no_queue = false;
  if (s.q.op == RYX_OP_BEGIN) read_begin(&s);
  return finish(&s);
}

static int bound_gc(lua_State *L)
{
  ryx_bound **box = lua_touserdata(L, 1);

  ryx_bound_free(*box);
  *box = NULL;
  return 0;
}

/* Pushes a list of what was bound; false: c->err. */
static bool push_bound(lua_State *L, const ryx_bound *b)
{
  int n = ryx_bound_count(b);

  luaL_checkstack(L, 8, "parameters");
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    ryx_val v;

    ryx_bound_value(b, i, &v);
    if (!ryx_lua_push(L, &v, RYX_T_NULL, RYX_T_NULL)) return false;
    lua_rawseti(L, -2, i + 1);
  }
  return true;
}

/* plan_params(plan, ...): what its placeholders stand for. */
static int plan_params(lua_State *L)
{
  sender s = {.L = L, .c = ryx_lua_core(L)};
  ryx_val fixed[FIXED];
  ryx_bound **box;
  bool ok;

  ryx_lua_enter(L, s.c);
  clear_text(s.c);
  if (!read_args(&s, plan_arg(&s, 1), 2, fixed)) return failed(&s);
  box = ryx_lua_newdata(L, sizeof *box);
  *box = NULL;
  ryx_lua_set(L, &s.c->bound);
  if (ryx_bound_new(s.q.plan, s.q.params, s.q.n_params, box, &s.c->err) < 0) {
    return failed(&s);
  }
  ok = push_bound(L, *box);
  ryx_bound_free(*box);
  *box = NULL;
  if (!ok) return failed(&s);
  ryx_lua_leave(s.c);
  return 1;
}

static int sleep_for(lua_State *L)
{
  sender s = {.L = L, .c = ryx_lua_core(L)};
  lua_Number seconds = luaL_checknumber(L, 2);

  s.en = ryx_lua_engine(L, s.c);
  ryx_lua_enter(L, s.c);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e12, 2, "seconds expected");
  s.q.size = sizeof s.q;
  s.q.op = RYX_OP_SLEEP;
  s.q.timeout_ms = (int64_t)ceil(seconds * 1000);
  return finish(&s);
}

const luaL_Reg ryx_lua_bound_meta[] = {{"__gc", bound_gc}, {NULL, NULL}};

const luaL_Reg ryx_lua_send_functions[] = {
    {"send", send},
    {"send_stream", send_stream},
    {"send_list", send_list},
    {"send_rows", send_rows},
    {"send_copy", send_copy},
    {"put_rows", put_rows},
    {"send_sql", send_sql},
    {"op", op},
    {"plan_params", plan_params},
    {"sleep", sleep_for},
    {NULL, NULL},
};
