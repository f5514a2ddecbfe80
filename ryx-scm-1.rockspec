rockspec_format = "3.0"
package = "ryx"
version = "scm-1"
source = { url = "git+file://." }
description = {
  summary = "Lua-scripted ORM runtime on a C core",
  detailed = "Models, QuerySets and transactions in Lua; pooling, query compilation and asynchronous execution "
    .. "in C over libpq, MariaDB Connector/C and SQLite. Lua 5.4, LuaJIT and OpenResty.",
  license = "MIT",
}
dependencies = { "lua >= 5.1" }
external_dependencies = {
  UV = { header = "uv.h", library = "uv" },
  JANSSON = { header = "jansson.h", library = "jansson" },
}
build = {
  type = "make",
  build_target = "rock",
  copy_directories = { "types" },
  install_target = "rock-install",
  build_variables = { ROCK_INC = "-I$(LUA_INCDIR)" },
  install_variables = { ROCK_INC = "-I$(LUA_INCDIR)", INST_LIBDIR = "$(LIBDIR)", INST_LUADIR = "$(LUADIR)" },
}
test = { type = "busted" }
