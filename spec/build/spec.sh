#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make spec: a file of each kind runs, on a server it starts and stops; what it
# cannot do it says.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${RYX_TEST_TMP:-/tmp}/spec-XXXXXX")
chmod 1777 "$dir"
trap 'rm -rf "$dir"' EXIT
unset RYX_TEST_URL RYX_TEST_PG_URL RYX_TEST_MY_URL RYX_TEST_MYSQL_URL
export TMPDIR=$dir
n=0 failures=0
check() {
  n=$((n + 1))
  if [ "$2" = 0 ]; then
    echo "ok $n - $1"
  else
    echo "not ok $n - $1"
    sed 's/^/# /' "$dir/log"
    failures=$((failures + 1))
  fi
}
spec() { ${MAKE:-make} -s --no-print-directory -C "$top" spec "$@" >"$dir/log" 2>&1; }
runs() { spec "$@" && [ -z "$(ls -d "$dir"/ryx-spec-* 2>/dev/null)" ]; check "make spec $*" $?; }
# refuses TEXT ARGUMENT...: it fails, saying the text.
refuses() {
  local text=$1
  shift
  ! spec "$@" && grep -qF -- "$text" "$dir/log"
  check "make spec $*: $text" $?
}

runs FILE=spec/unit/naming_spec.lua
runs FILE=spec/db/json_spec.lua
runs FILE=spec/db/json_spec.lua LUA=luajit DB=pg
runs FILE=spec/db/json_spec.lua DB=mariadb
runs FILE="$top/spec/db/bulk_spec.lua" NAME=bulk_create
runs FILE=spec/fault/lost_spec.lua DB=pg NAME="7: the reply to COMMIT"
runs FILE=spec/c/test_buf.c RUN="env -u LC_ALL"
runs FILE=spec/c/test_pg_rows.c
runs FILE=spec/sql/lookup.txt
runs FILE=spec/sql/function_cases.lua NAME=lower
runs FILE=python/tests/test_values.py
runs FILE=spec/lint/symbols.lua
runs FILE=docs/guide/first-steps.md
refuses "FILE is one of these, not ''"
refuses "spec/c/test_*.c api " FILE=spec/c/test_bug.c
refuses "FILE is one of these" FILE=scripts/check.sh
refuses "DB is one of sqlite pg mariadb mysql, not oracle" FILE=spec/db/json_spec.lua DB=oracle
refuses "LUA is one of 5.4 luajit, not 5.1" FILE=spec/db/json_spec.lua LUA=5.1
refuses "takes DB SAN RUN, not NAME" FILE=spec/c/test_buf.c NAME=put
refuses "no test of spec/db/json_spec.lua on sqlite has 'n%w' in its name" FILE=spec/db/json_spec.lua NAME=n%w
refuses "no test of spec/fault/lost_spec.lua on sqlite" FILE=spec/fault/lost_spec.lua
export RYX_TEST_PG_URL=postgres://ryx@127.0.0.1:1/ryx
refuses "port 1 failed" FILE=spec/db/json_spec.lua DB=pg
echo "1..$n"
[ $failures = 0 ]
