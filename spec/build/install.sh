#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What was built runs where it is put: the built tree from any directory, an
# installed prefix, a rock, the ryx command with Lua's C modules.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${RYX_TEST_TMP:-/tmp}/install-XXXXXX")
trap 'rm -rf "$dir"' EXIT
n=0 failures=0
check() {
  n=$((n + 1))
  if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; failures=$((failures + 1)); fi
}
make="${MAKE:-make} -s --no-print-directory -C $top"
one='local ryx = require "ryx" ryx.setup("sqlite::memory:") assert(ryx.raw_fetch("SELECT 1 AS a")[1].a == 1)'

(eval "$($make env)" && cd / && lua5.4 -e "$one" && luajit -e "$one" && ryx version >/dev/null &&
  ${PYTHON:-python3} -c 'import ryx') >"$dir/log" 2>&1
check "make env: the built tree from any directory" $?
[ -s "$dir/log" ] && cat "$dir/log"

unset LUA_PATH LUA_PATH_5_4 LUA_CPATH LUA_CPATH_5_4 LD_LIBRARY_PATH PYTHONPATH
$make install PREFIX="$dir/p" >"$dir/log" 2>&1
check "make install PREFIX=" $?
cd /
share="$dir/p/share/lua" lib="$dir/p/lib/lua"
LUA_PATH_5_4="$share/5.4/?.lua;$share/5.4/?/init.lua;;" LUA_CPATH_5_4="$lib/5.4/?.so;;" lua5.4 -e "$one"
check "Lua 5.4 from the prefix" $?
LUA_PATH="$share/5.1/?.lua;$share/5.1/?/init.lua;;" LUA_CPATH="$lib/5.1/?.so;;" luajit -e "$one"
check "LuaJIT from the prefix" $?
cmp "$dir/p/share/ryx/types/ryx.lua" "$top/types/ryx.lua"
check "types for editors in the prefix" $?
man -l "$dir/p/share/man/man1/ryx.1" 2>/dev/null | grep -q "ryx init" || [ -s "$dir/p/share/man/man1/ryx.1" ]
check "the manual page in the prefix" $?
echo "$one" > "$dir/one.lua"
"$dir/p/bin/ryx" run "$dir/one.lua"
check "the ryx command from the prefix, its Lua sources inside" $?
echo 'require "luv" require "cjson" print("both")' > "$dir/c.lua"
[ "$("$dir/p/bin/ryx" run "$dir/c.lua")" = both ]
check "Lua C modules load into the ryx command" $?

cat > "$dir/t.c" <<'C'
#include <ryx.h>
#include <stdio.h>
int main(void)
{
  ryx *r;
  ryx_err err;
  if (ryx_open(NULL, RYX_INLINE, &r, &err) < 0) return 1;
  puts(ryx_version());
  ryx_close(r);
  return 0;
}
C
export PKG_CONFIG_PATH="$dir/p/lib/pkgconfig"
${CC:-cc} -o "$dir/t" "$dir/t.c" $(pkg-config --cflags --libs ryx) -Wl,-rpath,"$dir/p/lib" && "$dir/t" >/dev/null
check "a C program through ryx.pc" $?
${CC:-cc} -o "$dir/ts" "$dir/t.c" -I"$dir/p/include" "$dir/p/lib/libryx.a" $(pkg-config --static --libs ryx | sed "s/-lryx//") && "$dir/ts" >/dev/null
check "a C program with the static library" $?
echo '#include <ryx.h>
int main() { return ryx_type_from("int") < 0; }' > "$dir/t.cc"
c++ -o "$dir/tcc" "$dir/t.cc" $(pkg-config --cflags --libs ryx) -Wl,-rpath,"$dir/p/lib" && "$dir/tcc"
check "the header in C++" $?

$make WITH_MY= WITH_PG= OPT=-O0 B="$dir/lite" "$dir/lite/lib/lua/5.4/ryx/core.so" >"$dir/log" 2>&1 &&
  LUA_PATH_5_4="$top/lua/?.lua;$top/lua/?/init.lua;;" LUA_CPATH_5_4="$dir/lite/lib/lua/5.4/?.so;;" lua5.4 -e "$one
    local ok, e = pcall(ryx.setup, 'mysql://u@h/d')
    assert(not ok and tostring(e):find('install libmariadb', 1, true), tostring(e))"
check "without a driver: the rest works, setup names what to install" $?

cp -r "$top/Makefile" "$top/include" "$top/src" "$top/lua" "$top/types" "$top/scripts" "$top/ryx.pc.in" "$top/ryx-scm-1.rockspec" "$dir/" 2>/dev/null
(cd "$dir" && luarocks --lua-version 5.4 make --tree "$dir/rock" ryx-scm-1.rockspec) >"$dir/log" 2>&1 || tail -n 5 "$dir/log"
(eval "$(luarocks --lua-version 5.4 path --tree "$dir/rock")" && lua5.4 -e "$one")
check "luarocks make builds a rock that runs" $?
cmp "$(luarocks --lua-version 5.4 --tree "$dir/rock" show --rock-dir ryx)/types/ryx.lua" "$top/types/ryx.lua"
check "types for editors in the rock" $?
echo "1..$n"
[ $failures = 0 ]
