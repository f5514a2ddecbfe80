/* SPDX-License-Identifier: MIT */
/* Waiting for requests, and giving them up. Nothing here makes a result. */
#include <time.h>

#include "lua/core.h"

static lua_engine *engine_arg(lua_State *L)
{
  return ryx_lua_engine(L, ryx_lua_core(L));
}

static int64_t ms_arg(lua_State *L, int idx)
{
  lua_Number ms = luaL_optnumber(L, idx, -1);

  return ms >= 0 && ms < 1e15 ? (int64_t)ms : -1;
}

/* true, false, or nil, err. */
static int answer(lua_State *L, int rc)
{
  lua_core *c = ryx_lua_core(L);

  if (rc < 0) {
    ryx_lua_fail(c, rc,
                 "the engine cannot wait: it belongs to another process "
                 "or is out of resources");
    return ryx_lua_push_error(L, &c->err);
  }
  lua_pushboolean(L, rc > 0);
  return 1;
}

static int wait_for(lua_State *L)
{
  lua_engine *en = engine_arg(L);
  lua_slot *s = ryx_lua_slot(L, en);

  return answer(L, ryx_wait(en->r, s->tag, ms_arg(L, 3)));
}

static int poll_any(lua_State *L)
{
  lua_engine *en = engine_arg(L);

  return answer(L, ryx_poll(en->r, ms_arg(L, 2)));
}

static int pump(lua_State *L)
{
  lua_engine *en = engine_arg(L);
  int64_t next = -1;
  int rc = ryx_pump(en->r, &next);

  if (rc < 0) return answer(L, rc);
  lua_pushinteger(L, (lua_Integer)next);
  return 1;
}

/* Seconds of the clock that deadlines are measured by; it never goes back. */
static int clock_now(lua_State *L)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  lua_pushnumber(L, (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec / 1e9);
  return 1;
}

static int descriptor(lua_State *L)
{
  lua_pushinteger(L, ryx_fd(engine_arg(L)->r));
  return 1;
}

static int listen_on(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = engine_arg(L);

  if (ryx_listen(en->r, luaL_checkstring(L, 2), &c->err) < 0) {
    return ryx_lua_push_error(L, &c->err);
  }
  lua_pushboolean(L, 1);
  return 1;
}

static int next_done(lua_State *L)
{
  ryx_tag tag = ryx_next(engine_arg(L)->r);

  if (!tag) return 0;
  lua_pushinteger(L, (lua_Integer)(tag & 0xFFFFF));
  return 1;
}

static int is_done(lua_State *L)
{
  lua_engine *en = engine_arg(L);

  lua_pushboolean(L, ryx_done(en->r, ryx_lua_slot(L, en)->tag));
  return 1;
}

static int more(lua_State *L)
{
  lua_engine *en = engine_arg(L);
  lua_slot *s = ryx_lua_slot(L, en);
  int n = ryx_lua_int_arg(L, 3);

  luaL_argcheck(L, n > 0, 3, "a part has at least one row");
  if (ryx_more(en->r, s->tag, n) < 0) {
    luaL_argerror(L, 2, "the stream has ended, or its part was not taken");
  }
  return 0;
}

/* The slot of argument 2, or NULL: what is gone needs no giving up. */
static lua_slot *find(lua_State *L, lua_engine **en)
{
  lua_core *c = ryx_lua_core(L);
  lua_Integer i = luaL_checkinteger(L, 2);

  *en = ryx_lua_test(L, 1, &c->engine);
  luaL_argcheck(L, *en, 1, "engine expected");
  if (!(*en)->r || i < 0 || i >= (lua_Integer)(*en)->n_slots) return NULL;
  return (*en)->slots[i].tag ? &(*en)->slots[i] : NULL;
}

static int cancel(lua_State *L)
{
  lua_engine *en;
  lua_slot *s = find(L, &en);

  if (s) ryx_cancel(en->r, s->tag);
  return 0;
}

static int drop(lua_State *L)
{
  lua_engine *en;
  lua_slot *s = find(L, &en);

  if (!s) return 0;
  if (en->early == s->tag) {
    ryx_result_free(&en->result);
    en->early = 0;
  }
  ryx_drop(en->r, s->tag);
  ryx_lua_slot_end(s);
  return 0;
}

static int tx_drop(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = ryx_lua_test(L, 1, &c->engine);

  luaL_argcheck(L, en, 1, "engine expected");
  if (en->r) ryx_tx_drop(en->r, (ryx_tx)luaL_checknumber(L, 2));
  return 0;
}

int ryx_lua_took(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  lua_engine *en = engine_arg(L);

  ryx_lua_enter(L, c);
  if (ryx_lua_fetch(en, ryx_lua_slot(L, en)) < 0) {
    luaL_argerror(L, 2, "the request is not finished: wait for it first");
  }
  lua_pushnumber(L, (lua_Number)en->result.duration_ns / 1e9);
  ryx_lua_leave(c);
  return 1;
}

const luaL_Reg ryx_lua_wait_functions[] = {
    {"wait", wait_for}, {"poll", poll_any},    {"pump", pump},
    {"fd", descriptor}, {"listen", listen_on}, {"next", next_done},
    {"done", is_done},  {"more", more},        {"cancel", cancel},
    {"drop", drop},     {"tx_drop", tx_drop},  {"clock", clock_now},
    {NULL, NULL},
};
