#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Scripts whose last lines close ryx while something of it is still under way: each
# ends as a process that found nothing wrong.  exit.sh LUA
set -uo pipefail
lua=$1 n=0
work=$(mktemp -d "${TMPDIR:-/tmp}/ryx-exit-XXXXXX")
trap 'rm -rf "$work"' EXIT

# ends NAME: the script on stdin says "end" as its last word and exits with 0.
ends() {
  local out rc
  n=$((n + 1))
  cat >"$work/script.lua"
  out=$(timeout 30 "$lua" "$work/script.lua" 2>&1)
  rc=$?
  if [ "$rc" = 0 ] && [ "${out##*$'\n'}" = end ]; then
    echo "ok $n - $1"
  else
    echo "not ok $n - $1: exit $rc"
    echo "$out" | sed 's/^/# /'
  fi
}

echo 1..4

ends "luv: close after its loop has run" <<'EOS'
local uv, ryx = require "luv", require "ryx"
ryx.attach(uv)
ryx.setup(assert(os.getenv "RYX_TEST_URL"))
ryx.spawn(function() assert(#ryx.raw_fetch("SELECT 1 AS n") == 1) end)
uv.run()
ryx.close()
print "end"
EOS

ends "luv: close inside its loop, and once more behind it" <<'EOS'
local uv, ryx = require "luv", require "ryx"
ryx.attach(uv)
ryx.setup(assert(os.getenv "RYX_TEST_URL"))
ryx.spawn(function()
  ryx.raw_fetch("SELECT 1 AS n")
  ryx.close()
end)
uv.run()
ryx.close()
print "end"
EOS

# What the engine's threads were asked may take longer than the script.
for scheme in postgres mysql; do
  ends "$scheme: close while a server says nothing" <<EOS
local uv, ryx = require "luv", require "ryx"
local silent = uv.new_tcp()
silent:bind("127.0.0.1", 0)
silent:listen(16, function() end)
ryx.setup("$scheme://u@127.0.0.1:" .. silent:getsockname().port .. "/d?connect_timeout=20")
local _, err = ryx.try(ryx.timeout, 0.3, ryx.raw_fetch, "SELECT 1")
assert(err and err.kind == "timeout", tostring(err))
ryx.close()
print "end"
EOS
done
