/* SPDX-License-Identifier: MIT */
/* Python objects that Lua holds and hands back as they are. */
#include "box.h"

static const char *const BOX = "ryx.python.object";

/* Lua collects while it runs, when no Python code may: the object is let go of
 * when Lua is left. */
static int box_gc(lua_State *L)
{
  ryx_py *py = lua_touserdata(L, lua_upvalueindex(1));
  PyObject **box = lua_touserdata(L, 1);

  if (*box) ryx_py_release(py, *box);
  *box = NULL;
  return 0;
}

static int box_text(lua_State *L)
{
  PyObject **box = lua_touserdata(L, 1);

  lua_pushfstring(L, "a value of type %s",
                  *box ? Py_TYPE(*box)->tp_name : "None");
  return 1;
}

static void push_box_meta(ryx_py *py, lua_State *L)
{
  if (!luaL_newmetatable(L, BOX)) return;
  py->box = lua_topointer(L, -1);
  lua_pushlightuserdata(L, py);
  lua_pushcclosure(L, box_gc, 1);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, box_text);
  lua_setfield(L, -2, "__tostring");
}

void ryx_py_box(ryx_py *py, lua_State *L, PyObject *o)
{
  PyObject **box = lua_newuserdatauv(L, sizeof *box, 0);

  *box = NULL;
  push_box_meta(py, L);
  lua_setmetatable(L, -2);
  *box = Py_NewRef(o);
}

PyObject *ryx_py_unbox(ryx_py *py, lua_State *L, int idx)
{
  PyObject **box = lua_touserdata(L, idx);
  bool ours;

  if (!box || !lua_getmetatable(L, idx)) return NULL;
  ours = py->box && lua_topointer(L, -1) == py->box;
  lua_pop(L, 1);
  return ours ? *box : NULL;
}
