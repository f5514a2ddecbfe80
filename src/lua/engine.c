/* SPDX-License-Identifier: MIT */
/* Engines and plans as userdata, the slots of an engine, and what concerns an
 * alias. */
#include <string.h>

#include "lua/core.h"

enum { OPTIONS_MAX = 32, SLOT_MASK = (1 << 20) - 1, FIRST_SLOTS = 16 };

lua_engine *ryx_lua_engine(lua_State *L, lua_core *c)
{
  lua_engine *en = ryx_lua_test(L, 1, &c->engine);

  if (!en) luaL_argerror(L, 1, "engine expected");
  if (!en->r) luaL_argerror(L, 1, "the engine is closed");
  return en;
}

static int alias_arg(lua_State *L)
{
  return ryx_lua_int_arg(L, 2);
}

/* Slots are allocated by Lua's own allocator. False: out of memory. */
static bool resize(lua_State *L, lua_engine *en, uint32_t n)
{
  void *ud;
  lua_Alloc alloc = lua_getallocf(L, &ud);
  lua_slot *slots =
      alloc(ud, en->slots, en->n_slots * sizeof *slots, n * sizeof *slots);

  if (!slots && n > 0) return false;
  if (n > en->n_slots) {
    memset(slots + en->n_slots, 0, (n - en->n_slots) * sizeof *slots);
  }
  en->slots = slots;
  en->n_slots = n;
  return true;
}

void ryx_lua_slot_end(lua_slot *s)
{
  ryx_plan_free(s->plan);
  s->plan = NULL;
  s->tag = 0;
}

int ryx_lua_slot_add(lua_State *L, lua_engine *en, ryx_tag tag, ryx_plan *plan)
{
  uint32_t i = (uint32_t)(tag & SLOT_MASK), n = en->n_slots;
  lua_slot *s;

  if (i >= n) {
    for (n = n ? n : FIRST_SLOTS; n <= i;)
      n *= 2;
    if (!resize(L, en, n)) {
      ryx_drop(en->r, tag);
      luaL_error(L, "out of memory");
    }
  }
  s = &en->slots[i];
  ryx_lua_slot_end(s);
  if (plan) ryx_plan_keep(plan);
  *s = (lua_slot){.tag = tag, .plan = plan};
  return (int)i;
}

lua_slot *ryx_lua_slot(lua_State *L, lua_engine *en)
{
  lua_Integer i = luaL_checkinteger(L, 2);

  if (i < 0 || i >= (lua_Integer)en->n_slots || !en->slots[i].tag) {
    luaL_argerror(L, 2, "no request has this number");
  }
  return &en->slots[i];
}

int ryx_lua_fetch(lua_engine *en, const lua_slot *s)
{
  int rc;

  if (en->early == s->tag) return 0;
  ryx_result_free(&en->result);
  en->early = 0;
  rc = ryx_take(en->r, s->tag, &en->result);
  if (rc == 0) en->early = s->tag;
  return rc;
}

bool ryx_lua_take(lua_State *L, lua_core *c, lua_engine *en)
{
  lua_slot *s = ryx_lua_slot(L, en);

  if (ryx_lua_fetch(en, s) < 0) {
    luaL_argerror(L, 2, "the request is not finished: wait for it first");
  }
  en->early = 0;
  if (en->result.more) {
    if (s->plan) ryx_plan_keep(s->plan);
    ryx_plan_free(en->plan);
    en->plan = s->plan;
  } else {
    ryx_plan_free(en->plan);
    en->plan = s->plan;
    s->plan = NULL;
    s->tag = 0;
  }
  if (en->result.code == 0) return true;
  c->err = *en->result.err;
  ryx_lua_push_error(L, &c->err);
  return false;
}

static void close_engine(lua_State *L, lua_engine *en)
{
  if (!en->r) return;
  for (uint32_t i = 0; i < en->n_slots; i++)
    ryx_lua_slot_end(&en->slots[i]);
  resize(L, en, 0);
  ryx_result_free(&en->result);
  ryx_plan_free(en->plan);
  ryx_close(en->r);
  *en = (lua_engine){0};
}

static int engine_gc(lua_State *L)
{
  close_engine(L, lua_touserdata(L, 1));
  return 0;
}

static int plan_gc(lua_State *L)
{
  lua_plan *p = lua_touserdata(L, 1);

  ryx_plan_free(p->plan);
  *p = (lua_plan){0};
  return 0;
}

static int open_engine(lua_State *L)
{
  static const char *const modes[] = {"inline", "thread", NULL};
  lua_core *c = ryx_lua_core(L);
  int mode = luaL_checkoption(L, 1, "inline", modes);
  lua_engine *en = ryx_lua_newdata(L, sizeof *en);

  if (!c->rt) return luaL_error(L, "the Lua state is closing");
  *en = (lua_engine){.queues = lua_toboolean(L, 2)};
  ryx_lua_set(L, &c->engine);
  if (ryx_open(c->rt, mode ? RYX_THREAD : RYX_INLINE, &en->r, &c->err) < 0) {
    return ryx_lua_push_error(L, &c->err);
  }
  return 1;
}

static int close_now(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = ryx_lua_test(L, 1, &c->engine);

  luaL_argcheck(L, en, 1, "engine expected");
  ryx_lua_enter(L, c);
  close_engine(L, en);
  ryx_lua_leave(c);
  return 0;
}

/* Fills out with name, value, ..., NULL of the table at idx. The texts are left
 * on the stack, which keeps them alive. */
static void read_options(lua_State *L, int idx, const char **out)
{
  int n = 0;

  luaL_checkstack(L, 2 * OPTIONS_MAX + 4, "options");
  lua_pushnil(L);
  while (lua_next(L, idx)) {
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, idx, "options have names");
    luaL_argcheck(L, n < OPTIONS_MAX, idx, "too many options");
    if (lua_isboolean(L, -1)) {
      lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
      lua_replace(L, -2);
    }
    out[2 * n] = lua_tostring(L, -2);
    out[2 * n + 1] = lua_tostring(L, -1);
    luaL_argcheck(L, out[2 * n + 1], idx,
                  "options are texts, numbers and booleans");
    n++;
    lua_pushvalue(L, -2);
  }
  out[2 * n] = NULL;
}

static int setup(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en;
  const char *alias = luaL_checkstring(L, 2), *url = luaL_checkstring(L, 3);
  const char *options[2 * OPTIONS_MAX + 1] = {NULL};
  int a;

  lua_settop(L, 4);
  if (!lua_isnil(L, 4)) {
    luaL_checktype(L, 4, LUA_TTABLE);
    read_options(L, 4, options);
  }
  en = ryx_lua_engine(L, c);
  a = ryx_setup_options(en->r, alias, url, options, &c->err);
  if (a < 0) return ryx_lua_push_error(L, &c->err);
  lua_pushinteger(L, a);
  return 1;
}

static int dialect(lua_State *L)
{
  lua_engine *en = ryx_lua_engine(L, ryx_lua_core(L));

  lua_pushstring(L, ryx_alias_dialect(en->r, (int)luaL_checkinteger(L, 2)));
  return 1;
}

static int forget(lua_State *L)
{
  lua_engine *en = ryx_lua_engine(L, ryx_lua_core(L));

  ryx_forget(en->r, luaL_checkstring(L, 2));
  return 0;
}

static int show(lua_State *L)
{
  lua_engine *en = ryx_lua_engine(L, ryx_lua_core(L));
  char out[512];

  if (ryx_alias_show(en->r, alias_arg(L), out, sizeof out) < 0) return 0;
  lua_pushstring(L, out);
  return 1;
}

/* core.option(engine, alias, name): text, nil where nothing was said */
static int option(lua_State *L)
{
  lua_engine *en = ryx_lua_engine(L, ryx_lua_core(L));
  char out[4096];
  int n = ryx_alias_option(en->r, alias_arg(L), luaL_checkstring(L, 3), out,
                           sizeof out);

  if (n <= 0) return 0;
  lua_pushlstring(L, out, (size_t)n);
  return 1;
}

static int caps(lua_State *L)
{
  lua_engine *en = ryx_lua_engine(L, ryx_lua_core(L));
  int bits = ryx_alias_caps(en->r, alias_arg(L));

  if (bits < 0) return 0;
  lua_pushinteger(L, bits);
  return 1;
}

static int can(lua_State *L)
{
  lua_engine *en = ryx_lua_engine(L, ryx_lua_core(L));
  int yes = ryx_alias_can(en->r, alias_arg(L), luaL_checkstring(L, 3));

  luaL_argcheck(L, yes >= -1, 3, "no such capability");
  if (yes < 0) return 0;
  lua_pushboolean(L, yes);
  return 1;
}

static int plan(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en;
  int a = alias_arg(L), rc;
  size_t n;
  const char *description = luaL_checklstring(L, 3, &n);
  lua_plan *p = ryx_lua_newdata(L, sizeof *p);

  *p = (lua_plan){0};
  ryx_lua_set(L, &c->plan);
  en = ryx_lua_engine(L, c);
  rc = ryx_plan_get(en->r, a, description, n, &p->plan, &c->err);
  if (rc < 0) return ryx_lua_push_error(L, &c->err);
  if (rc == 0) {
    ryx_plan_get_info(p->plan, &p->info);
    return 1;
  }
  lua_pushboolean(L, 0);
  return 1;
}

static int plan_sql(lua_State *L)
{
  lua_plan *p = ryx_lua_test(L, 1, &ryx_lua_core(L)->plan);

  luaL_argcheck(L, p && p->plan, 1, "plan expected");
  lua_pushstring(L, p->info.sql);
  lua_pushinteger(L, p->info.n_params);
  return 2;
}

static void set_count(lua_State *L, const char *key, int64_t v)
{
  ryx_lua_push_int(L, v);
  lua_setfield(L, -2, key);
}

static int stats(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = ryx_lua_engine(L, c);
  ryx_pool_stats s = {.size_of = sizeof s};

  if (ryx_stats(en->r, alias_arg(L), &s, &c->err) < 0) {
    return ryx_lua_push_error(L, &c->err);
  }
  lua_createtable(L, 0, 12);
  set_count(L, "max", s.max);
  set_count(L, "min", s.min);
  set_count(L, "size", s.size);
  set_count(L, "idle", s.idle);
  set_count(L, "in_use", s.in_use);
  set_count(L, "waiting", s.waiting);
  set_count(L, "dials", s.dials);
  set_count(L, "dial_errors", s.dial_errors);
  set_count(L, "closed", s.closed);
  set_count(L, "requests", s.requests);
  set_count(L, "errors", s.errors);
  set_count(L, "timeouts", s.timeouts);
  return 1;
}

static int left_open(lua_State *L)
{
  lua_engine *en = ryx_lua_engine(L, ryx_lua_core(L));
  ryx_open_stats s;

  ryx_left_open(en->r, &s);
  lua_createtable(L, 0, 5);
  set_count(L, "requests", s.requests);
  set_count(L, "rows", s.rows);
  set_count(L, "pinned", s.pinned);
  set_count(L, "transactions", s.transactions);
  set_count(L, "streams", s.streams);
  return 1;
}

static int quote(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = ryx_lua_engine(L, c);
  char out[256];
  size_t n;
  const char *name = luaL_checklstring(L, 3, &n);

  luaL_argcheck(L, strlen(name) == n, 3, "a name with a NUL byte");
  if (ryx_quote(en->r, alias_arg(L), name, out, sizeof out, &c->err) < 0) {
    return ryx_lua_push_error(L, &c->err);
  }
  lua_pushstring(L, out);
  return 1;
}

static int count_params(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = ryx_lua_engine(L, c);
  size_t n;
  const char *sql = luaL_checklstring(L, 3, &n);
  int count = ryx_count_params(en->r, alias_arg(L), sql, n, &c->err);

  if (count < 0) return ryx_lua_push_error(L, &c->err);
  lua_pushinteger(L, count);
  return 1;
}

static int schema_changed(lua_State *L)
{
  lua_engine *en = ryx_lua_engine(L, ryx_lua_core(L));

  ryx_schema_changed(en->r, alias_arg(L));
  return 0;
}

const luaL_Reg ryx_lua_engine_meta[] = {{"__gc", engine_gc}, {NULL, NULL}};
const luaL_Reg ryx_lua_plan_meta[] = {{"__gc", plan_gc}, {NULL, NULL}};

const luaL_Reg ryx_lua_engine_functions[] = {
    {"open", open_engine},
    {"close", close_now},
    {"setup", setup},
    {"dialect", dialect},
    {"forget", forget},
    {"show", show},
    {"option", option},
    {"caps", caps},
    {"can", can},
    {"plan", plan},
    {"plan_sql", plan_sql},
    {"stats", stats},
    {"left_open", left_open},
    {"quote", quote},
    {"count_params", count_params},
    {"schema_changed", schema_changed},
    {NULL, NULL},
};
