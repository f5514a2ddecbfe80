#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TLS to servers whose certificate our own CA signed: what each sslmode accepts.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${RYX_TEST_TMP:-/tmp}/tls-XXXXXX")
chmod 755 "$dir"
trap '"$top/scripts/servers.sh" stop "$dir/s" >/dev/null 2>&1; rm -rf "$dir"' EXIT
RYX_SERVERS_TLS=1 "$top/scripts/servers.sh" start "$dir/s" || exit 1
. "$dir/s/env"
n=0 failures=0
check() {
  n=$((n + 1))
  if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; failures=$((failures + 1)); fi
}
cat > "$dir/one.lua" <<'LUA'
local ryx = require "ryx"
local url, encrypted = arg[1], arg[2]
ryx.setup(url)
local sql = url:find("^postgres") and "SELECT ssl AS on FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
  or "SHOW STATUS LIKE 'Ssl_cipher'"
local row = ryx.raw_fetch((sql:gsub(" AS on ", " AS used ")))[1]
local used = row.used == true or (row.Value or "") ~= ""
assert(tostring(used) == encrypted, "encrypted: " .. tostring(used))
ryx.close()
LUA
# A connection that ends leaves an error of OpenSSL's on the thread.
cat > "$dir/next.lua" <<'LUA'
local ryx = require "ryx"
local url = arg[1]
local die = url:find("^postgres") and "SELECT pg_terminate_backend(pg_backend_pid())" or "KILL CONNECTION_ID()"
for _ = 1, 5 do
  ryx.setup(url)
  assert(ryx.raw_fetch("SELECT 1 AS n")[1].n == 1)
  assert(not ryx.try(ryx.raw_execute, die))
  assert(ryx.raw_fetch("SELECT 2 AS n")[1].n == 2)
  ryx.close()
end
LUA
# A program that ends while connections are being made, as it should or at once.
cat > "$dir/end.lua" <<'LUA'
local ryx = require "ryx"
ryx.setup(arg[1])
ryx.run(function()
  local tasks = {}
  for i = 1, 8 do tasks[i] = function() return ryx.raw_fetch("SELECT 1 AS n") end end
  ryx.gather(tasks)
end)
if arg[2] then os.exit(0) end
LUA
ends() {
  local i
  for i in $(seq 10); do lua5.4 "$dir/end.lua" "$@" >>"$dir/out" 2>&1 || return 1; done
}
run() { lua5.4 "$dir/one.lua" "$1" "$2" >"$dir/out" 2>&1; }
refused() { ! run "$1" true && grep -qiE 'certificate|verify|SSL|TLS' "$dir/out" && ! grep -q secret "$dir/out"; }

for url in "$RYX_TEST_PG_URL" "$RYX_TEST_MY_URL" ${RYX_TEST_MYSQL_URL:-}; do
  scheme=${url%%:*}
  named=${url/127.0.0.1/localhost}
  run "$url?sslmode=require" true
  check "$scheme require" $?
  lua5.4 "$dir/next.lua" "$url?sslmode=require" >"$dir/out" 2>&1
  check "$scheme works on after a connection that ended" $?
  ends "$url?sslmode=require"
  check "$scheme ends while connections are being made" $?
  ends "$url?sslmode=require" exit
  check "$scheme exits while connections are being made, its engines open" $?
  run "$url?sslmode=disable" false
  check "$scheme disable" $?
  run "$named?sslmode=verify-full&sslrootcert=$RYX_TEST_CA" true
  check "$scheme verify-full with the right CA and name" $?
  refused "$named?sslmode=verify-full&sslrootcert=$RYX_TEST_OTHER_CA"
  check "$scheme verify-full refuses another CA" $?
  refused "$url?sslmode=verify-full&sslrootcert=$RYX_TEST_CA"
  check "$scheme verify-full refuses another name" $?
done

# MySQL asks for a password by caching_sha2_password: the first time, and the second,
# which its cache answers.
sha2() {
  local mode=$1 at=${RYX_TEST_MYSQL_URL#*@} used=true time
  [ "$mode" != disable ] || used=false
  mariadb --no-defaults -h 127.0.0.1 -P "$(expr "$at" : '.*:\([0-9]*\)/')" -u root \
    -e "CREATE USER sha_$mode IDENTIFIED WITH caching_sha2_password BY 'secret'; GRANT ALL ON ryx.* TO sha_$mode"
  for time in first second; do
    run "mysql://sha_$mode:secret@$at?sslmode=$mode" $used
    check "mysql caching_sha2_password, sslmode=$mode, the $time time" $?
  done
  ! run "mysql://sha_$mode:secrets@$at?sslmode=$mode" $used && grep -q 'Access denied' "$dir/out" &&
    ! grep -q secret "$dir/out"
  check "mysql caching_sha2_password, sslmode=$mode, a wrong password" $?
}
if [ -n "${RYX_TEST_MYSQL_URL:-}" ]; then
  for mode in disable require prefer; do sha2 $mode; done
fi
echo "1..$n"
[ $failures = 0 ]
