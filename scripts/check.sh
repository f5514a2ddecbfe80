#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the tests: everything, or one part (check.sh lint|c|lua|cli|differential|pooler|host|fault|
# python|build|docs|examples|asan|tsan|valgrind|gcstorm|oom|fuzz|soak|versions). Every suite speaks TAP; each gives a
# line, and its log when something failed. Servers live in a temporary folder.
set -uo pipefail
cd "$(dirname "$0")/.."

part=${1:-all}
work=$(mktemp -d "${TMPDIR:-/tmp}/ryx-check-XXXXXX")
# Servers run as another user and must reach their folder.
chmod 755 "$work"
passed=0 failed=0 skipped=0
clean_up() {
  local d
  for d in "$work"/pooler-*; do [ ! -e "$d" ] || scripts/pooler.sh stop "$d"; done
  for d in "$work"/servers*; do [ ! -e "$d" ] || scripts/servers.sh stop "$d"; done
  rm -rf "$work"
} >/dev/null 2>&1
trap clean_up EXIT
trap 'exit 130' INT TERM

# suite NAME COMMAND...: runs it, counts its TAP lines. A command that fails
# without a failed test counts as one, so does one that says nothing.
suite() {
  local name=$1 log ok not skip rc start=$SECONDS
  shift
  log="$work/$(echo "$name" | tr '/ ' '__').log"
  timeout --kill-after=10 "${SUITE_TIMEOUT:-900}" "$@" >"$log" 2>&1 </dev/null
  rc=$?
  # cmocka writes a skipped test as one that failed.
  skip=$(grep -cE '^(not )?ok .*# ?SKIP' "$log")
  ok=$(grep -E '^ok( |$)' "$log" | grep -cvE '# ?SKIP')
  not=$(grep -E '^not ok' "$log" | grep -cvE '# ?SKIP')
  if [ $rc != 0 ] && [ "$not" = 0 ]; then not=1; fi
  if [ $((ok + not + skip)) = 0 ]; then not=1; fi
  passed=$((passed + ok)) failed=$((failed + not)) skipped=$((skipped + skip))
  if [ "$not" != 0 ]; then
    printf 'FAIL  %-40s %s passed, %s failed (exit %s)\n' "$name" "$ok" "$not" "$rc"
    grep -vE '^ok ' "$log" | tail -n "${LOG_LINES:-60}" | sed 's/^/      /'
  else
    printf 'ok    %-40s %4s passed%s  %ss\n' "$name" "$ok" \
      "$([ "$skip" = 0 ] || echo ", $skip skipped")" $((SECONDS - start))
    [ "$skip" = 0 ] || grep -E '^(not )?ok .*# ?SKIP' "$log" | head -n 5 | sed 's/^/      /'
  fi
}

want() { [ "$part" = all ] || [ "$part" = "$1" ]; }

if [ "$part" = all ]; then
  ${MAKE:-make} -s --no-print-directory WERROR=-Werror all c-tests docs-tools fault-tools build/bin/embed || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
fi
eval "$(${MAKE:-make} -s --no-print-directory env)"
. scripts/sanitizers.env
docs_tools() { ${MAKE:-make} -s --no-print-directory docs-tools; }
fault_tools() { ${MAKE:-make} -s --no-print-directory fault-tools build/spec/test_fault; }
# Locales with a decimal comma and with one of several bytes, for tests that
# numbers do not depend on them.
locales() {
  export LOCPATH="$work/locales"
  mkdir -p "$LOCPATH"
  local l
  for l in de_DE ps_AF; do
    localedef -i $l -f UTF-8 "$LOCPATH/$l.UTF-8" >/dev/null 2>&1
  done
}
export CMOCKA_MESSAGE_OUTPUT=TAP RYX_TEST_TMP="$work/tmp"
mkdir -p "$work/tmp"

servers() {
  [ -e "$work/servers/env" ] || scripts/servers.sh start "$work/servers" || { echo "servers did not start"; exit 1; }
  . "$work/servers/env"
}
# The one backend that may be missing: servers.sh says why.
has_mysql() { [ -n "${RYX_TEST_MYSQL_URL:-}" ]; }
sqlite_url() { echo "sqlite:$work/tmp/spec-$RANDOM$RANDOM.db"; }
# each_url NAME COMMAND...: a suite on every backend, URL in RYX_TEST_URL.
each_url() {
  local name=$1
  shift
  RYX_TEST_URL=$(sqlite_url) suite "$name sqlite" "$@"
  RYX_TEST_URL=$RYX_TEST_PG_URL suite "$name postgres" "$@"
  RYX_TEST_URL=$RYX_TEST_MY_URL suite "$name mariadb" "$@"
  ! has_mysql || RYX_TEST_URL=$RYX_TEST_MYSQL_URL suite "$name mysql" "$@"
}
# lanes FUNCTION...: runs them side by side; each one's lines come when all ended.
lanes() {
  local lane p f s
  for lane in "$@"; do
    (
      passed=0 failed=0 skipped=0
      "$lane" >"$work/$lane.lines" 2>&1
      echo "$passed $failed $skipped" >"$work/$lane.counts"
    ) &
  done
  wait
  for lane in "$@"; do
    cat "$work/$lane.lines"
    p=0 f=1 s=0
    read -r p f s <"$work/$lane.counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done
}
busted=$(command -v busted)
luas="lua5.4 luajit"
# Specs of the command: those that ask for a database run on every one.
cli_alone=$(grep -L 'support\.db' spec/cli/*_spec.lua)
cli_on_database=$(grep -l 'support\.db' spec/cli/*_spec.lua)

if want lint; then
  docs_tools
  for l in spec/lint/*.lua; do suite "lint $(basename "$l" .lua)" lua5.4 "$l"; done
  suite "lint imports" "${PYTHON:-python3}" spec/lint/imports.py
  suite "lint luacheck" scripts/tap.sh luacheck luacheck --std min -q lua spec/lint spec/support spec/differential examples
  suite "lint luacheck fault" scripts/tap.sh luacheck luacheck -q spec/fault
  suite "lint clang-format" scripts/tap.sh clang-format \
    bash -c 'clang-format --dry-run -Werror include/*.h src/*/*.[ch] spec/c/*.[ch] spec/lua_c/*.c spec/docs/*.c spec/fault/*.c examples/*.c $(ls python/src/*.[ch] bench/*.[ch] spec/fuzz/*.c spec/oom/*.c 2>/dev/null)'
  suite "lint cppcheck" scripts/tap.sh cppcheck cppcheck -q --error-exitcode=1 --std=c11 --inline-suppr \
    --enable=warning,portability --suppressions-list=spec/lint/cppcheck.txt -Iinclude -Isrc src python/src
  suite "lint luajit parses" scripts/tap.sh luajit-parse bash -c 'for f in $(find lua -name "*.lua"); do luajit -bl "$f" >/dev/null || exit 1; done'
fi

if want c; then
  servers
  locales
  for t in build/spec/test_*; do
    case $t in *.o | *.d) continue ;; esac
    suite "c $(basename "$t" | sed s/test_//)" "$t"
  done
fi

if want lua; then
  servers
  for l in $luas; do
    suite "unit $l" $l "$busted" --output=TAP spec/unit
    each_url "db $l" $l "$busted" --output=TAP spec/db
  done
fi

if want cli; then
  servers
  suite "cli" lua5.4 "$busted" --output=TAP $cli_alone
  each_url "cli" lua5.4 "$busted" --output=TAP $cli_on_database
fi

# pooled NAME all|some PREPARE MODE: spec/db through a PgBouncer of its own, or of it what has
# to do with sessions.
pooled() {
  local dir url files=(spec/db) lacks=""
  [ "$2" = all ] || files=(spec/db/{transaction,stream,raw_session,raw_values}_spec.lua)
  # Behind transaction mode a session's own list says nothing.
  [ "$4/$3" = session/named ] || lacks="prepared statements show"
  dir=$work/pooler-$RANDOM$RANDOM
  url=$(scripts/pooler.sh start "$dir" pgbouncer "$RYX_TEST_PG_URL" pool_mode="$4") || url=""
  RYX_TEST_LACKS=$lacks RYX_TEST_URL="$url?prepare=$3" suite "$1" lua5.4 "$busted" --output=TAP "${files[@]}"
  scripts/pooler.sh stop "$dir"
}
if want pooler; then
  servers
  pooled "pooler transaction auto" all auto transaction
  pooled "pooler session named" all named session
  for p in unnamed off; do
    pooled "pooler transaction $p" some $p transaction
    pooled "pooler session $p" some $p session
  done
  pooled "pooler session auto" some auto session
fi

# Random queries against an evaluator: seeds are printed, so that a failure can be
# run again alone (RYX_DIFF_SEED=N RYX_DIFF_QUERIES=2000 lua5.4 spec/differential/run.lua).
if want differential; then
  servers
  for l in $luas; do suite "differential oracle $l" $l spec/differential/oracle_test.lua; done
  suite "differential lua5.4" env RYX_DIFF_QUERIES="${DIFF_QUERIES:-2000}" lua5.4 spec/differential/run.lua
  suite "differential luajit" env RYX_DIFF_QUERIES=500 RYX_DIFF_SEED=$((RANDOM * 32768 + RANDOM)) luajit spec/differential/run.lua
fi

# Each case of spec/fault/*_spec.lua is a process of its own under its own limit
# (docs/internals/fault.md); the walk prints its seed (RYX_WALK_SEED=N).
# fault_walk NAME URL SECONDS [COMMAND...]: under a command.
fault_walk() {
  local name=$1
  local -x RYX_TEST_URL=$2 RYX_WALK_SECONDS=$3
  shift 3
  SUITE_TIMEOUT=$((RYX_WALK_SECONDS + 120)) suite "fault walk $name" "$@" lua5.4 spec/fault/walk.lua
}
fault_server() {
  local f
  for f in spec/fault/*_spec.lua; do
    case $1:$f in *:*/sqlite_spec.lua | m*:*/pooler_spec.lua) continue ;; esac
    RYX_TEST_URL=$2 suite "fault $(basename "$f" _spec.lua) $1" lua5.4 "$busted" --output=TAP "$f"
  done
  fault_walk "$1" "$2" "${WALK_SECONDS:-60}"
}
fault_postgres() { fault_server postgres "$RYX_TEST_PG_URL"; }
fault_mariadb() { fault_server mariadb "$RYX_TEST_MY_URL"; }
fault_mysql() { ! has_mysql || fault_server mysql "$RYX_TEST_MYSQL_URL"; }
fault_sqlite() {
  RYX_TEST_URL=$(sqlite_url) suite "fault sqlite" lua5.4 "$busted" --output=TAP spec/fault
  # Part `c` runs it as well.
  [ "$part" = all ] || suite "fault c" build/spec/test_fault
}

# cli_checked NAME FOLDER FILE...: specs of the command, with the `ryx` of a folder, which is
# watched while it runs. What is found goes to files: a spec may well expect the exit code.
reports=$work/report
cli_checked() {
  local name=$1 folder=$2
  shift 2
  rm -f "$reports".*
  PATH="$folder:$PATH" ASAN_OPTIONS="$ASAN_OPTIONS:log_path=$reports" UBSAN_OPTIONS="$UBSAN_OPTIONS:log_path=$reports" \
    suite "$name" lua5.4 "$busted" --output=TAP "$@"
  suite "$name, reports" scripts/tap.sh none sh -c '! grep -h . "$0".* 2>/dev/null' "$reports"
}

# specs_with SANITIZER LIBRARY NAME: a folder of specs with the instrumented module. The
# interpreter is not instrumented, so the runtime is preloaded. It keeps what was freed for
# a while, so what the process holds says nothing here.
specs_with() {
  RYX_TEST_URL=$(sqlite_url) suite "$1 $3 sqlite" env LD_PRELOAD="$2" LUA_CPATH_5_4="$PWD/build/$1/module/?.so;$LUA_CPATH_5_4" \
    lua5.4 "$busted" --exclude-tags=resident --output=TAP "spec/$3"
}

# walk_with SANITIZER LIBRARY: a walk with the instrumented module.
walk_with() {
  local with=(env LD_PRELOAD="$2" LUA_CPATH_5_4="$PWD/build/$1/module/?.so;$LUA_CPATH_5_4")
  fault_walk "$1 postgres" "$RYX_TEST_PG_URL" "${WALK_SECONDS:-60}" "${with[@]}"
  fault_walk "$1 mariadb" "$RYX_TEST_MY_URL" "${WALK_SECONDS:-60}" "${with[@]}"
  ! has_mysql || fault_walk "$1 mysql" "$RYX_TEST_MYSQL_URL" "${WALK_SECONDS:-60}" "${with[@]}"
}

soak_long() {
  # The cases that count rounds, with many.
  RYX_TEST_URL=$2 RYX_CANCEL_ROUNDS=10000 suite "soak cancels $1" scripts/tap.sh "28: 10,000 cancels" \
    lua5.4 spec/fault/one.lua spec/fault/statement_spec.lua 28:
  RYX_TEST_URL=$2 RYX_KILL_ROUNDS=1000 suite "soak kills $1" scripts/tap.sh "34: 1,000 kills" \
    lua5.4 spec/fault/one.lua spec/fault/process_spec.lua 34:
  fault_walk "$1" "$2" "${SOAK_SECONDS:-3600}"
}
soak_postgres() { soak_long postgres "$RYX_TEST_PG_URL"; }
soak_mariadb() { soak_long mariadb "$RYX_TEST_MY_URL"; }
soak_mysql() { ! has_mysql || soak_long mysql "$RYX_TEST_MYSQL_URL"; }

if [ "$part" = soak ]; then
  servers
  fault_tools
  # 100,000 at once or in pieces: SOAK_SEED is the same for all, SOAK_FIRST says where one begins.
  SUITE_TIMEOUT=7200 suite "soak lua5.4" env RYX_DIFF_QUERIES="${SOAK_QUERIES:-100000}" \
    RYX_DIFF_FIRST="${SOAK_FIRST:-1}" RYX_DIFF_SEED="${SOAK_SEED:-$RANDOM}" lua5.4 spec/differential/run.lua
  SUITE_TIMEOUT=7200 lanes soak_postgres soak_mariadb soak_mysql
fi

if want host; then
  servers
  for l in $luas; do
    each_url "host $l blocking" $l spec/host/blocking.lua
    each_url "host $l ryx.run" $l spec/host/run.lua
    each_url "host $l exit" spec/host/exit.sh $l
  done
  each_url "host lua5.4 luv" lua5.4 spec/host/under_luv.lua
  each_url "host ryx command" ryx run spec/host/blocking.lua
  each_url "host nginx" spec/host/nginx.sh
  each_url "host nginx, state" spec/host/nginx_state.sh
  each_url "host nginx, guide" spec/host/nginx_guide.sh
  each_url "host c" sh -c 'build/bin/embed "$RYX_TEST_URL"'
fi

if want fault; then
  servers
  fault_tools
  lanes fault_postgres fault_mariadb fault_mysql fault_sqlite
fi

if want python; then
  servers
  each_url "python" "${PYTHON:-python3}" spec/host/pytest_tap.py python/tests
fi

if want build; then
  suite "build install" spec/build/install.sh
  suite "build tls" spec/build/tls.sh
  suite "build spec" spec/build/spec.sh
fi

if want docs; then
  docs_tools
  for d in README.md docs/guide/*.md docs/reference/*.md; do
    suite "docs $(basename "$d")" lua5.4 spec/docs/run.lua "$d"
  done
  suite "docs CONTRIBUTING.md" lua5.4 spec/docs/recipes.lua
  suite "docs c.md, its programs" spec/docs/run_c.sh docs/reference/c.md
fi

if want examples; then
  servers
  suite "examples atlas" spec/host/atlas.sh
  for l in $luas; do each_url "examples $l" $l spec/host/examples.lua $l; done
fi

if [ "$part" = asan ]; then
  servers
  locales
  for t in build/asan/spec/test_*; do
    case $t in *.o | *.d) continue ;; esac
    suite "asan c $(basename "$t" | sed s/test_//)" "$t"
  done
  asan=$(${CC:-cc} -print-file-name=libasan.so)
  specs_with asan "$asan" unit
  specs_with asan "$asan" db
  cli_checked "asan cli" "$PWD/build/asan/bin" $cli_alone
  RYX_TEST_URL=$(sqlite_url) cli_checked "asan cli sqlite" "$PWD/build/asan/bin" $cli_on_database
  RYX_TEST_URL=$RYX_TEST_PG_URL cli_checked "asan cli postgres" "$PWD/build/asan/bin" $cli_on_database
  RYX_TEST_URL=$RYX_TEST_MY_URL cli_checked "asan cli mariadb" "$PWD/build/asan/bin" $cli_on_database
  fault_tools
  walk_with asan "$asan"
fi

if [ "$part" = tsan ]; then
  servers
  for t in build/tsan/spec/test_*; do
    case $t in *.o | *.d) continue ;; esac
    suite "tsan c $(basename "$t" | sed s/test_//)" "$t"
  done
  tsan=$(${CC:-cc} -print-file-name=libtsan.so)
  specs_with tsan "$tsan" db
  fault_tools
  walk_with tsan "$tsan"
fi

if [ "$part" = valgrind ]; then
  servers
  locales
  vg="valgrind -q --fair-sched=yes --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite --num-callers=40 --suppressions=spec/lint/valgrind.supp"
  for t in build/spec/test_*; do
    case $t in *.o | *.d) continue ;; esac
    suite "valgrind c $(basename "$t" | sed s/test_//)" $vg "$t"
  done
  # spec/db takes half an hour.
  SUITE_TIMEOUT=7200
  RYX_TEST_URL=$(sqlite_url) suite "valgrind db sqlite" $vg lua5.4 "$busted" --exclude-tags=resident --output=TAP spec/db
  # Signals that are sent after a while come before it has begun.
  mkdir -p "$work/valgrind"
  printf '#!/bin/sh\nexec %s --show-leak-kinds=definite --log-file=%s.%%p %s "$@"\n' "$vg" "$reports" "$PWD/build/bin/ryx" >"$work/valgrind/ryx"
  chmod +x "$work/valgrind/ryx"
  RYX_TEST_URL=$(sqlite_url) cli_checked "valgrind cli" "$work/valgrind" $(ls spec/cli/*_spec.lua | grep -v interrupt_spec)
fi

if [ "$part" = gcstorm ]; then
  servers
  for l in $luas; do
    each_url "gcstorm $l" env RYX_GCSTORM=1 $l "$busted" --output=TAP --helper=spec/support/gcstorm.lua spec/db
  done
fi

if [ "$part" = oom ]; then
  servers
  each_url "oom" sh -c 'build/asan/oom "$RYX_TEST_URL"'
fi

if [ "$part" = fuzz ]; then
  for f in build/fuzz/fuzz_*; do
    mkdir -p "$work/corpus/$(basename "$f")"
    suite "$(basename "$f")" scripts/tap.sh "$(basename "$f")" "$f" -max_total_time="${FUZZ_SECONDS:-60}" "$work/corpus/$(basename "$f")"
  done
fi

if [ "$part" = versions ]; then . scripts/versions.sh; fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
