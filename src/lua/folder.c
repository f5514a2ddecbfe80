/* SPDX-License-Identifier: MIT */
/* Folders: what is in one, and a new one. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lua/core.h"

/* Lua may raise while names are pushed, so that the folder lies in userdata. */
typedef struct lua_folder {
  DIR *dir; /* NULL: closed */
} lua_folder;

static int folder_gc(lua_State *L)
{
  lua_folder *f = lua_touserdata(L, 1);

  if (f->dir) closedir(f->dir);
  f->dir = NULL;
  return 0;
}

static int fail(lua_State *L, lua_core *c, const char *what, const char *path)
{
  ryx_lua_fail(c, RYX_E_OPERATIONAL, "cannot %s the folder %s: %s", what, path,
               strerror(errno));
  return ryx_lua_push_error(L, &c->err);
}

static bool is_entry(const char *name)
{
  return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* core.folder(path): a list of names in no order; false: there is none */
static int folder(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  const char *path = luaL_checkstring(L, 1);
  lua_folder *f = ryx_lua_newdata(L, sizeof *f);
  struct dirent *entry;
  int n = 0;

  *f = (lua_folder){0};
  ryx_lua_set(L, &c->folder);
  f->dir = opendir(path);
  if (!f->dir && errno != ENOENT) return fail(L, c, "read", path);
  if (!f->dir) {
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_newtable(L);
  while ((entry = readdir(f->dir))) {
    if (!is_entry(entry->d_name)) continue;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++n);
  }
  closedir(f->dir);
  f->dir = NULL;
  return 1;
}

/* core.make_folder(path): true; one that is there is no failure */
static int make_folder(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  const char *path = luaL_checkstring(L, 1);
  struct stat st;

  if (mkdir(path, 0777) < 0) {
    int why = errno;

    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
      errno = why;
      return fail(L, c, "make", path);
    }
  }
  lua_pushboolean(L, 1);
  return 1;
}

const luaL_Reg ryx_lua_folder_meta[] = {{"__gc", folder_gc}, {NULL, NULL}};

const luaL_Reg ryx_lua_folder_functions[] = {
    {"folder", folder},
    {"make_folder", make_folder},
    {NULL, NULL},
};
