/* SPDX-License-Identifier: MIT */
/* Engine: connections and requests of one event loop or thread. */
#include "engine.h"

#include "call.h"
#include "error.h"
#include "ryx_lua.h"

bool ryx_py_engine_init(ryx_py_engine *en, ryx_py *py)
{
  ryx_py_turn turn;

  en->py = py;
  en->thread = PyThread_get_thread_ident();
  en->tasks = PySet_New(NULL);
  if (!en->tasks) return false;
  turn = ryx_py_enter(py);
  ryx_py_bridge(turn.L, "open");
  if (ryx_py_call(py, turn.L, 0, 1)) {
    en->r = ryx_lua_to_engine(turn.L, -1);
    en->ref = luaL_ref(turn.L, LUA_REGISTRYINDEX);
  }
  ryx_py_leave(py, &turn);
  return en->r != NULL;
}

bool ryx_py_engine_close(ryx_py_engine *en, Py_ssize_t n_left)
{
  ryx_py_turn turn = ryx_py_enter(en->py);
  bool ok;

  ryx_py_bridge(turn.L, "close");
  ryx_py_engine_push(en, turn.L);
  lua_pushinteger(turn.L, (lua_Integer)n_left);
  ok = ryx_py_call(en->py, turn.L, 2, 0);
  luaL_unref(turn.L, LUA_REGISTRYINDEX, en->ref);
  ryx_py_leave(en->py, &turn);
  return ok;
}

bool ryx_py_engine_ready(ryx_py_engine *en)
{
  if (!en->r) {
    ryx_py_error_raise(en->py, RYX_E_MISUSE,
                       "the engine of this loop is closed");
    return false;
  }
  if (en->thread != PyThread_get_thread_ident()) {
    ryx_py_error_raise(en->py, RYX_E_MISUSE,
                       "an engine belongs to the thread of its event loop");
    return false;
  }
  return true;
}

void ryx_py_engine_push(ryx_py_engine *en, lua_State *L)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, en->ref);
}
