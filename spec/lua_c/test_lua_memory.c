/* SPDX-License-Identifier: MIT */
/* The Lua binding when memory runs out: whatever allocation fails, Lua's or
 * ryx's, it is an error, and closing the state gives everything back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lualib.h>

#include "ryx_lua.h"

/* Allocations until one fails (it and all after it), and blocks alive. */
typedef struct counter {
  long left, live;
} counter;

static counter in_lua, in_ryx;

static bool refused(counter *c)
{
  return c->left > 0 && --c->left == 0 ? (c->left = 1) : false;
}

static void *lua_memory(void *ud, void *p, size_t old, size_t size)
{
  counter *c = ud;

  if (size == 0) {
    c->live -= p != NULL;
    free(p);
    return NULL;
  }
  /* Lua relies on it that a block can always become smaller. */
  if ((!p || size > old) && refused(c)) return NULL;
  c->live += !p;
  return realloc(p, size);
}

static void *ryx_memory(void *ud, void *p, size_t size)
{
  counter *c = ud;

  if (size == 0) {
    c->live -= p != NULL;
    free(p);
    return NULL;
  }
  if (refused(c)) return NULL;
  c->live += !p;
  return realloc(p, size);
}

/* Sends, reads in every form, fails, streams, binds, and makes values.
 * Everything is left open for lua_close. */
static const char script[] =
    "local core = require 'ryx.core'\n"
    "local function ok(...) if ... == nil then error((select(2, ...)).message) "
    "end\n"
    "  return ... end\n"
    "local E = ok(core.open('inline'))\n"
    "local db = ok(core.setup(E, 'default', 'sqlite::memory:', {idle_timeout = "
    "5}))\n"
    "local function send(sql, params, chunk)\n"
    "  local s = ok(core.send_sql(E, db, sql, 0, nil, nil, params, chunk))\n"
    "  ok(core.wait(E, s)) return s end\n"
    "local d = core.decimal('1.5') * 3 + core.decimal(2)\n"
    "local j = ok(core.json_encode({a = {1, 2, 'x'}, b = core.null, c = d}))\n"
    "assert(#ok(core.json_decode(j)).a == 3)\n"
    "send('CREATE TABLE t(a INTEGER, b TEXT, c BLOB)')\n"
    "for i = 1, 3 do send('INSERT INTO t VALUES(?, ?, ?)',\n"
    "  {i, j, core.bytes('\\0b')}) end\n"
    "local shape = core.shape{kind = 'dict', keys = {'a', 'b', 'c'},\n"
    "  types = {'decimal', 'json', 'bytes'}, null = core.null}\n"
    "local list, n = ok(core.rows(E, send('SELECT * FROM t'), shape))\n"
    "assert(n == 3 and list[1].b.a[3] == 'x')\n"
    "assert(ok(core.dicts(E, send('SELECT * FROM t')))[2].a == 2)\n"
    "local nested = core.shape{kind = 'model', keys = {'a', 'b', 'a', 'a'},\n"
    "  meta = {}, peers = true, nested = {\n"
    "  {from = 3, key = 3, parent = 0, name = 'x', meta = {}, back = 'y',\n"
    "   peers = true},\n"
    "  {from = 4, key = 4, parent = 1, name = 'z', meta = {}, marks = true}}}\n"
    "local record = {parts = {{}, {}}}\n"
    "list = ok(core.rows(E, send('SELECT a, b, a + 1, nullif(a, 2) FROM t'),\n"
    "  nested, record))\n"
    "assert(list[1]._related.x._related.z.a == 1)\n"
    "assert(list[2]._related.x._related.z == core.null)\n"
    "assert(record.peers[3] == list[3])\n"
    "local slot = send('SELECT * FROM t', nil, 1)\n"
    "ok(core.dicts(E, slot, {array = true}))\n"
    "local bad = core.send_sql(E, db, 'SELECT nothing', 0)\n"
    "if bad then core.wait(E, bad) assert(not core.dicts(E, bad)) end\n"
    "local at = ok(core.datetime('2024-02-03 04:05:06'))\n"
    "assert(tostring(at + core.duration(60)) == '2024-02-03T04:06:06')\n"
    "assert(core.stats(E, db).size == 1)\n"
    "local plan = ok(core.plan(E, db, "
    "'2S\\0s\\0\\1t\\0\\1t\\0001\\1c\\0\\1a\\2'"
    "\n"
    "  .. "
    "'\\0\\1\\0l\\2inc\\0\\1a\\2\\0\\1\\1p\\0\\14\\2\\1a\\0001\\0--\\0'))\n"
    "assert(ok(core.plan_params(plan, {4, '5'}))[1][2] == 5)\n"
    "send('SELECT 1')\n";

static int work(lua_State *L)
{
  luaL_openlibs(L);
  luaL_requiref(L, "ryx.core", luaopen_ryx_core, 0);
  if (luaL_loadbuffer(L, script, sizeof script - 1, "=script")) lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

/* One run in which allocation n of c fails, and all after it. */
static bool survives(counter *c, long n)
{
  long before = in_ryx.live;
  lua_State *L;
  int rc;

  in_lua.left = in_ryx.left = 0;
  L = lua_newstate(lua_memory, &in_lua);
  assert_non_null(L);
  c->left = n;
  lua_pushcfunction(L, work);
  rc = lua_pcall(L, 0, 0, 0);
  if (n == 0 && rc != LUA_OK) print_message("%s\n", lua_tostring(L, -1));
  c->left = 0;
  lua_close(L);
  assert_int_equal(in_lua.live, 0);
  assert_int_equal(in_ryx.live, before);
  return rc == LUA_OK;
}

static void test_nothing_fails(void **state)
{
  (void)state;
  assert_true(survives(&in_lua, 0));
}

static void fail_each(counter *c)
{
  long n = 1;

  while (n < 100000 && !survives(c, n))
    n += 1 + n / 400;
  assert_in_range(n, 50, 99999);
}

static void test_lua_fails(void **state)
{
  (void)state;
  fail_each(&in_lua);
}

static void test_ryx_fails(void **state)
{
  (void)state;
  fail_each(&in_ryx);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nothing_fails),
      cmocka_unit_test(test_lua_fails),
      cmocka_unit_test(test_ryx_fails),
  };

  if (ryx_set_allocator(ryx_memory, &in_ryx) < 0) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
