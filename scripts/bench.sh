#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make bench: ratios against hand-written loops, on throwaway servers, a PgBouncer where
# there is one, and SQLite files. BENCH_PAIRS sets the number of pairs (60).
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/ryx-bench-XXXXXX")
chmod 755 "$work"
clean_up() {
  [ ! -e "$work/pooler" ] || scripts/pooler.sh stop "$work/pooler"
  scripts/servers.sh stop "$work/servers"
  rm -rf "$work"
} >/dev/null 2>&1
trap clean_up EXIT
trap 'exit 130' INT TERM
eval "$(${MAKE:-make} -s --no-print-directory env)"
scripts/servers.sh start "$work/servers"
. "$work/servers/env"
PG_BIN=$(cat "$work/servers/pg.bin")
export BENCH_DIR=$work PG_BIN
port=$(echo "$RYX_TEST_PG_URL" | sed 's/.*:\([0-9]*\)\/.*/\1/')
"$PG_BIN/pgbench" -i -q -s 1 -h 127.0.0.1 -p "$port" -U ryx ryx >/dev/null 2>&1
if [ -x "${RYX_PGBOUNCER:-$(command -v pgbouncer || echo /usr/sbin/pgbouncer)}" ]; then
  BENCH_PGBOUNCER_URL=$(scripts/pooler.sh start "$work/pooler" pgbouncer "$RYX_TEST_PG_URL" pool_mode=transaction)
  export BENCH_PGBOUNCER_URL
fi
for pair in "lua5.4 5.4" "luajit 5.1"; do
  set -- $pair
  [ -e "build/bench/$2/raw.so" ] || continue
  LUA_CPATH_5_4="$PWD/build/bench/$2/?.so;$LUA_CPATH_5_4" LUA_CPATH="$PWD/build/bench/$2/?.so;$LUA_CPATH" \
    "$1" bench/run.lua
  echo
done
