#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make spec: builds what one file of tests needs and runs it. A server whose URL
# (RYX_TEST_PG_URL, RYX_TEST_MY_URL, RYX_TEST_MYSQL_URL) is in the environment is used; else one is
# started if the file wants it, and stopped afterwards. From the environment:
#
#   FILE   the file, from the root of the tree
#   DB     sqlite (when it is not given), pg, mariadb, mysql
#   LUA    5.4 (when it is not given), luajit
#   NAME   a part of a test's name; of function_cases.lua the name of a function
#   SAN    asan, tsan: a C test built with that sanitizer
#   RUN    a command to run it under, "gdb --args"
set -euo pipefail
cd "$(dirname "$0")/.."

kinds=('spec/unit/*_spec.lua' 'spec/db/*_spec.lua' 'spec/cli/*_spec.lua' 'spec/fault/*_spec.lua' 'spec/c/test_*.c' 'spec/lua_c/test_*.c'
  'spec/sql/*.txt' spec/sql/function_cases.lua 'python/tests/test_*.py' 'spec/lint/*.lua' README.md CONTRIBUTING.md
  'docs/guide/*.md' 'docs/reference/*.md')
refuse() { echo "make spec: $1" >&2; exit 2; }
one_of() { [[ " $3 " == *" $2 "* ]] || refuse "$1 is one of $3, not $2"; }
is_possible() {
  local kind
  for kind in "${kinds[@]}"; do [[ $1 != $kind ]] || [ ! -f "$1" ] || return 0; done
  return 1
}
# Each kind with what its star stands for.
possible() {
  local kind f
  for kind in "${kinds[@]}"; do
    printf '  %s' "$kind"
    for f in $kind; do
      f=${f#"${kind%%\**}"}
      [ "${kind%\**}" = "$kind" ] || printf ' %s' "${f%"${kind#*\*}"}"
    done
    echo
  done
}

file=${FILE:-} db=${DB:-sqlite} lua=${LUA:-5.4}
file=${file#"$PWD"/}
is_possible "$file" || refuse "FILE is one of these, not '$file':
$(possible)"
one_of DB "$db" "sqlite pg mariadb mysql"
one_of LUA "$lua" "5.4 luajit"
[ -z "${SAN:-}" ] || one_of SAN "$SAN" "asan tsan"

[ "$lua" = luajit ] || lua=lua$lua
objects=build/${SAN:+$SAN/}spec
busted=("$lua" "$(command -v busted)" "$file")
# A name is a text, --filter a pattern.
[ -z "${NAME:-}" ] || busted+=(--filter="$(sed 's/[^[:alnum:][:space:]]/%&/g' <<<"$NAME")")
case $file in
  spec/fault/*) takes="DB NAME RUN" build="lua fault-tools" run=("${busted[@]}") ;;
  spec/cli/*) takes="DB NAME RUN" build="lua cli" run=("${busted[@]}") ;;
  *_spec.lua) takes="DB LUA NAME RUN" build=lua run=("${busted[@]}") ;;
  *.c) takes="DB SAN RUN" build=$objects/$(basename "$file" .c) run=("$build") ;;
  *.txt) takes="SAN RUN" build=$objects/test_sql_cases run=("$build" "$(basename "$file")") ;;
  spec/sql/*) takes="DB NAME" build=lua run=(lua5.4 spec/sql/function_check.lua "${NAME:-all}") ;;
  *.py) takes="DB NAME RUN" build=python run=("${PYTHON:-python3}" -m pytest -q "$file" ${NAME:+-k "$NAME"}) ;;
  CONTRIBUTING.md) takes="" build="all docs-tools" run=(lua5.4 spec/docs/recipes.lua) ;;
  *.md) takes="" build="lua docs-tools" run=(lua5.4 spec/docs/run.lua "$file") ;;
  *) takes="" build="all docs-tools" run=(lua5.4 "$file") ;;
esac
for option in DB LUA NAME SAN RUN; do
  [ -z "${!option:-}" ] || [[ " $takes " == *" $option "* ]] || refuse "$file takes ${takes:-no option}, not $option"
done

${MAKE:-make} -s --no-print-directory $build
eval "$(${MAKE:-make} -s --no-print-directory env)"
. scripts/sanitizers.env
work=$(mktemp -d "${TMPDIR:-/tmp}/ryx-spec-XXXXXX")
chmod 755 "$work" # for servers, which run as another user
trap 'scripts/servers.sh stop "$work/servers" >/dev/null 2>&1; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export RYX_TEST_TMP=$work

# A C test names the servers that it wants.
wants() { [ "$db" = "$1" ] || { [[ $file == *.c ]] && grep -q "$2" "$file"; }; }
servers=()
if wants pg 'pg_fixture.h\|RYX_TEST_PG_URL' && [ -z "${RYX_TEST_PG_URL:-}" ]; then servers+=(pg); fi
if wants mariadb 'my_fixture.h\|RYX_TEST_MY_URL' && [ -z "${RYX_TEST_MY_URL:-}" ]; then servers+=(my); fi
if wants mysql RYX_TEST_MYSQL_URL && [ -z "${RYX_TEST_MYSQL_URL:-}" ]; then servers+=(mysql); fi
if [ ${#servers[@]} != 0 ]; then
  scripts/servers.sh start "$work/servers" "${servers[*]}"
  . "$work/servers/env"
fi
case $db in
  sqlite) export RYX_TEST_URL=sqlite:$work/spec.db ;;
  pg) export RYX_TEST_URL=$RYX_TEST_PG_URL ;;
  mariadb) export RYX_TEST_URL=$RYX_TEST_MY_URL ;;
  mysql) export RYX_TEST_URL=$RYX_TEST_MYSQL_URL ;;
esac

if [[ $file == *_spec.lua && -z $("${busted[@]}" --list) ]]; then
  refuse "no test of $file on $db${NAME:+ has '$NAME' in its name}"
fi
${RUN:-} "${run[@]}"
