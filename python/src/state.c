/* SPDX-License-Identifier: MIT */
/* The Lua state: opening it with the embedded sources, threads to work on, what
 * Python let go of. */
#include "state.h"

#include <dlfcn.h>
#include <lualib.h>
#include <string.h>

#include "embedded.h"
#include "ryx_lua.h"

static const char *const BRIDGE = "ryx.python.host";

/* Lua C modules look liblua's names up in the process, where an extension's
 * libraries are not visible by themselves. */
static void publish_liblua(void)
{
  Dl_info info;
  void *address;
  lua_State *(*fn)(lua_Alloc, void *) = lua_newstate;

  memcpy(&address, &fn, sizeof address);
  if (dladdr(address, &info)) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
  }
}

/* package.searchers entry: modules that came with the extension. */
static int find_embedded(lua_State *L)
{
  const char *name = luaL_checkstring(L, 1);
  const ryx_cli_module *m = ryx_cli_modules;

  while (m->name && strcmp(m->name, name) != 0)
    m++;
  if (!m->name) {
    lua_pushfstring(L, "no embedded module '%s'", name);
    return 1;
  }
  if (luaL_loadbuffer(L, m->code, m->size, name) != LUA_OK) {
    return lua_error(L);
  }
  return 1;
}

/* Embedded modules win over files, so that both halves are of one version. */
static void add_searcher(lua_State *L)
{
  lua_Integer n;

  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  n = luaL_len(L, -1);
  for (; n >= 2; n--) {
    lua_rawgeti(L, -1, n);
    lua_rawseti(L, -2, n + 1);
  }
  lua_pushcfunction(L, find_embedded);
  lua_rawseti(L, -2, 2);
  lua_getfield(L, -2, "preload");
  lua_pushcfunction(L, luaopen_ryx_core);
  lua_setfield(L, -2, "ryx.core");
  lua_pop(L, 3);
}

/* Leaves ryx.python.host in the registry; returns the mark of lists. */
static int open_all(lua_State *L)
{
  luaL_openlibs(L);
  add_searcher(L);
  lua_getglobal(L, "require");
  lua_pushstring(L, BRIDGE);
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "array_meta");
  lua_insert(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, BRIDGE);
  return 1;
}

static bool import(PyObject **out, const char *module, const char *name)
{
  PyObject *m = PyImport_ImportModule(module);

  *out = m ? PyObject_GetAttrString(m, name) : NULL;
  Py_XDECREF(m);
  return *out != NULL;
}

static bool intern(PyObject **out, const char *text)
{
  *out = PyUnicode_InternFromString(text);
  return *out != NULL;
}

/* Those of ryx's own import nothing of it: they stand below the extension. */
static bool import_all(ryx_py *py)
{
  py->classes = PyDict_New();
  return py->classes && import(&py->error, "ryx.exceptions", "from_core") &&
         import(&py->validation, "ryx.exceptions", "ValidationError") &&
         import(&py->instance, "ryx.rows", "Instance") &&
         import(&py->row_type, "ryx.rows", "row_type") &&
         import(&py->decimal, "decimal", "Decimal") &&
         import(&py->uuid, "uuid", "UUID") &&
         import(&py->loads, "json", "loads") && intern(&py->s_lua, "_lua") &&
         intern(&py->s_result, "set_result") &&
         intern(&py->s_columns, "_columns") && intern(&py->s_alias, "_alias") &&
         intern(&py->s_related, "_related") && intern(&py->s_boxed, "_boxed");
}

int ryx_py_open(ryx_py *py)
{
  if (!import_all(py)) return -1;
  publish_liblua();
  py->L = luaL_newstate();
  if (!py->L) {
    PyErr_NoMemory();
    return -1;
  }
  lua_pushcfunction(py->L, open_all);
  if (lua_pcall(py->L, 0, 1, 0) != LUA_OK) {
    PyErr_Format(PyExc_ImportError, "ryx: %s", luaL_tolstring(py->L, -1, NULL));
    return -1;
  }
  py->array = lua_topointer(py->L, -1);
  lua_pop(py->L, 1);
  return 0;
}

/* What an object's end brings here is let go of, too. */
static void let_go(ryx_py *py)
{
  while (py->n_released > 0) {
    PyObject *o = py->released[--py->n_released];
    Py_DECREF(o);
  }
}

void ryx_py_close(ryx_py *py)
{
  if (py->L) lua_close(py->L);
  py->L = NULL;
  let_go(py);
  PyMem_Free(py->released);
  py->released = NULL;
  py->cap_released = 0;
  PyMem_Free(py->dropped);
  py->dropped = NULL;
  py->n_dropped = py->cap_dropped = 0;
}

ryx_py *ryx_py_state(PyObject *module)
{
  return PyModule_GetState(module);
}

void ryx_py_drop(ryx_py *py, int ref)
{
  if (py->n_dropped == py->cap_dropped) {
    size_t cap = py->cap_dropped ? 2 * py->cap_dropped : 64;
    int *grown = PyMem_Realloc(py->dropped, cap * sizeof *grown);
    if (!grown) return; /* the value stays alive, nothing else */
    py->dropped = grown;
    py->cap_dropped = cap;
  }
  py->dropped[py->n_dropped++] = ref;
}

void ryx_py_release(ryx_py *py, PyObject *o)
{
  if (py->n_released == py->cap_released) {
    size_t cap = py->cap_released ? 2 * py->cap_released : 64;
    PyObject **grown = PyMem_Realloc(py->released, cap * sizeof *grown);
    if (!grown) return; /* the object stays alive, nothing else */
    py->released = grown;
    py->cap_released = cap;
  }
  py->released[py->n_released++] = o;
}

static void give_up(ryx_py *py)
{
  while (py->n_dropped > 0) {
    luaL_unref(py->L, LUA_REGISTRYINDEX, py->dropped[--py->n_dropped]);
  }
}

ryx_py_turn ryx_py_enter(ryx_py *py)
{
  ryx_py_turn t;

  give_up(py);
  if (py->n_threads > 0) {
    py->n_threads--;
    t.L = py->threads[py->n_threads];
    t.ref = py->thread_refs[py->n_threads];
    return t;
  }
  t.L = lua_newthread(py->L);
  t.ref = luaL_ref(py->L, LUA_REGISTRYINDEX);
  return t;
}

/* An error that is set stays as it is. */
static void keeping_error(ryx_py *py)
{
  PyObject *type, *value, *trace;

  PyErr_Fetch(&type, &value, &trace);
  let_go(py);
  PyErr_Restore(type, value, trace);
}

void ryx_py_leave(ryx_py *py, ryx_py_turn *t)
{
  lua_settop(t->L, 0);
  if (py->n_threads == RYX_PY_THREADS) {
    luaL_unref(py->L, LUA_REGISTRYINDEX, t->ref);
  } else {
    py->threads[py->n_threads] = t->L;
    py->thread_refs[py->n_threads++] = t->ref;
  }
  if (py->n_released) keeping_error(py);
}

void ryx_py_bridge(lua_State *L, const char *name)
{
  lua_getfield(L, LUA_REGISTRYINDEX, BRIDGE);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}
