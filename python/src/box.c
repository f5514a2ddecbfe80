/* SPDX-License-Identifier: MIT */
/* Python objects that Lua holds and hands back as they are. */
#include "box.h"

#include "ref.h"

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

/* Pushes an empty box [-0, +1]. */
static PyObject **push_box(ryx_py *py, lua_State *L)
{
  PyObject **box = lua_newuserdatauv(L, sizeof *box, 0);

  *box = NULL;
  push_box_meta(py, L);
  lua_setmetatable(L, -2);
  return box;
}

void ryx_py_box(ryx_py *py, lua_State *L, PyObject *o)
{
  *push_box(py, L) = Py_NewRef(o);
}

bool ryx_py_box_is(ryx_py *py, lua_State *L, int idx)
{
  bool is = lua_type(L, idx) == LUA_TUSERDATA && lua_getmetatable(L, idx);

  if (!is) return false;
  is = py->box && lua_topointer(L, -1) == py->box;
  lua_pop(L, 1);
  return is;
}

PyObject *ryx_py_unbox(ryx_py *py, lua_State *L, int idx)
{
  return ryx_py_box_is(py, L, idx) ? *(PyObject **)lua_touserdata(L, idx)
                                   : NULL;
}

static int push_held(lua_State *L)
{
  ryx_py_box(lua_touserdata(L, 1), L, lua_touserdata(L, 2));
  return 1;
}

PyObject *ryx_py_box_hold(PyObject *module, PyObject *object)
{
  ryx_py *py = ryx_py_state(module);
  ryx_py_turn turn = ryx_py_enter(py);
  PyObject *out = NULL;

  lua_pushcfunction(turn.L, push_held);
  lua_pushlightuserdata(turn.L, py);
  lua_pushlightuserdata(turn.L, object);
  if (lua_pcall(turn.L, 2, 1, 0) == LUA_OK) {
    out = ryx_py_ref_new(py, turn.L);
  } else {
    PyErr_NoMemory();
  }
  ryx_py_leave(py, &turn);
  return out;
}

bool ryx_py_box_fill(lua_State *L, int idx, PyObject *object)
{
  PyObject **box = lua_touserdata(L, idx);

  Py_XSETREF(*box, PyWeakref_NewRef(object, NULL));
  return *box != NULL;
}

PyObject *ryx_py_box_follow(lua_State *L, int idx)
{
  PyObject *ref = *(PyObject **)lua_touserdata(L, idx);
  PyObject *object = ref ? PyObject_CallNoArgs(ref) : NULL;

  if (object != Py_None) return object;
  Py_DECREF(object);
  return NULL;
}

/* box(address), box() */
static int new_box(lua_State *L)
{
  PyObject *object = lua_touserdata(L, 1);

  push_box(lua_touserdata(L, lua_upvalueindex(1)), L);
  if (object && !ryx_py_box_fill(L, -1, object)) {
    PyErr_Clear();
    return luaL_error(L, "out of memory");
  }
  return 1;
}

static int open_all(lua_State *L)
{
  ryx_py_bridge(L, "awaited");
  lua_insert(L, 1);
  lua_pushcclosure(L, new_box, 1);
  lua_setfield(L, 1, "box");
  return 0;
}

int ryx_py_box_open(ryx_py *py)
{
  lua_pushcfunction(py->L, open_all);
  lua_pushlightuserdata(py->L, py);
  if (lua_pcall(py->L, 1, 0, 0) == LUA_OK) return 0;
  PyErr_NoMemory();
  return -1;
}
