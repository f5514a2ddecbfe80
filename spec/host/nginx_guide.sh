#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The service of docs/guide/nginx.md: its blocks that name a file (```nginx,nginx.conf) are written
# to a folder and served. Ports and paths are this machine's.
set -uo pipefail
. "$(dirname "$0")/nginx_base.sh"
page=$top/docs/guide/nginx.md
for file in $(sed -n 's/^```[a-z]*,\(.*\)$/\1/p' "$page"); do
  mkdir -p "$(dirname "$dir/$file")"
  awk -v fence="^\`\`\`[a-z]*,$file\$" '$0 ~ fence { on = 1; next } /^```/ { on = 0 } on' "$page" > "$dir/$file"
done
sed -i "1i $(main_part 2 | grep -v '^events\|^worker' | tr '\n' ' ')
  s|^worker_processes .*|worker_processes 2;|
  s|/usr/local/share/lua/5.1|$top/lua|g; s|/usr/local/lib/lua/5.1|$top/build/lib/lua/5.1|g
  s|listen 8080;|listen 127.0.0.1:$port; $ready|
  s|^http {|& access_log off; client_body_temp_path $dir/tmp; proxy_temp_path $dir/tmp; fastcgi_temp_path $dir/tmp; uwsgi_temp_path $dir/tmp; scgi_temp_path $dir/tmp;|" "$dir/nginx.conf"
export DATABASE_URL=$RYX_TEST_URL
ryx run - <<'LUA' || exit 1
local ryx = require "ryx"
ryx.setup(os.getenv("DATABASE_URL"))
for _, name in ipairs{ "notes", "authors" } do ryx.raw_execute("DROP TABLE IF EXISTS " .. name) end
LUA

# says WHAT STATUS BODY URL...: the answer to a request.
says() {
  local what=$1 status=$2 body=$3 got
  shift 3
  got=$(curl -s --max-time 20 -w ' %{http_code}' "http://127.0.0.1:$port$@")
  [[ $got == $body*" $status" ]]
  check "$what" $? || true
  [[ $got == $body*" $status" ]] || echo "  $got"
}
post() { curl -s --max-time 20 -o /dev/null -w '%{http_code}' -d "$1" "http://127.0.0.1:$port/notes"; }

start
[ "$(ask /ready)" = ready ]
check "the configuration is served" $?
[ "$(post '{"text":"hello","author":"Ann"}')" = 200 ] && [ "$(post '{"text":"again","author":"Ann"}')" = 200 ]
check "a note is taken" $?
says "one note is shown" 200 '{"author_id":1,' /notes/1
says "notes are listed with their author" 200 '{"notes":[{"author":"Ann","id":2,"text":"again"},{"author":"Ann"' '/notes'
says "pages have numbers" 200 '{"notes":[],"pages":1}' '/notes?page=2'
says "what is not there" 404 '{"error":"does_not_exist"}' /notes/99
[ "$(post '{"author":"Ann"}')" = 422 ] && [ "$(post '{"text":"x"}')" = 422 ]
check "a form's errors" $?
says "nothing of a refused note is kept" 200 '{"notes":[{"author":"Ann","id":2' /notes
quit
check "a graceful quit" $?
! grep -E '\[(alert|crit|emerg|error)\]' "$dir/logs/error.log"
check "the error log is empty" $?
echo "1..$n"
[ $failures = 0 ]
