#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The atlas on every database: the same script, the same output.
set -uo pipefail
dir=$(mktemp -d "${RYX_TEST_TMP:-/tmp}/atlas-XXXXXX")
trap 'rm -rf "$dir"' EXIT
n=0 failures=0
check() {
  n=$((n + 1))
  if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; failures=$((failures + 1)); fi
}
run() { ryx run examples/atlas/main.lua "$2" > "$dir/$1" 2> "$dir/$1.err"; check "atlas on $1" $? || true; [ -s "$dir/$1" ] || cat "$dir/$1.err"; }
run sqlite "sqlite:$dir/atlas.db"
run postgres "$RYX_TEST_PG_URL"
run mariadb "$RYX_TEST_MY_URL"
others="postgres mariadb"
if [ -n "${RYX_TEST_MYSQL_URL:-}" ]; then run mysql "$RYX_TEST_MYSQL_URL"; others+=" mysql"; fi
# Times and the name of the database stand on lines of their own, marked by *.
for other in $others; do
  diff <(grep -v '^\*' "$dir/sqlite") <(grep -v '^\*' "$dir/$other")
  check "$other prints what SQLite prints" $?
done
grep -q 'subdivisions' "$dir/sqlite"
check "it shows the world" $?
ryx run examples/atlas/main.lua "sqlite:$dir/atlas.db" > "$dir/again" 2>&1
check "a second run on the same database" $?
while IFS= read -r line; do
  case $line in
    "ok "*) check "${line#ok }" 0 ;;
    *) check "${line#not ok }" 1 ;;
  esac
done < <(ryx run spec/host/atlas_statements.lua "sqlite:$dir/atlas.db" 2>&1)
echo "1..$n"
[ $failures = 0 ]
