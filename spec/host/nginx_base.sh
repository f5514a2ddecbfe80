# SPDX-License-Identifier: MIT
# What the tests of nginx share: a folder, a port, the common parts of a
# configuration, checks as TAP lines. To be sourced.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dir=$(mktemp -d "${RYX_TEST_TMP:-/tmp}/nginx-XXXXXX")
mkdir -p "$dir/logs" "$dir/tmp"
n=0 failures=0
check() { # check NAME STATUS
  n=$((n + 1))
  if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; failures=$((failures + 1)); fi
}
nginx() { command nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/logs/error.log" "$@"; }
trap 'nginx -s stop 2>/dev/null; rm -rf "$dir"' EXIT

while :; do
  port=$((20000 + RANDOM % 12000))
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done
modules=/usr/lib/nginx/modules

main_part() { # main_part WORKERS
  cat <<CONF
$([ "$(id -u)" != 0 ] || echo "user root;")
load_module $modules/ndk_http_module.so;
load_module $modules/ngx_http_lua_module.so;
worker_processes $1;
pid $dir/nginx.pid;
error_log $dir/logs/error.log notice;
events { worker_connections 1024; }
CONF
}
http_part() {
  cat <<CONF
  access_log off;
  client_body_temp_path $dir/tmp; proxy_temp_path $dir/tmp; fastcgi_temp_path $dir/tmp;
  uwsgi_temp_path $dir/tmp; scgi_temp_path $dir/tmp;
  lua_package_path "$top/lua/?.lua;$top/lua/?/init.lua;$top/spec/host/?.lua;;";
  lua_package_cpath "$top/build/lib/lua/5.1/?.so;;";
CONF
}
ready='location = /ready { content_by_lua_block { ngx.say("ready") } }'

ask() { curl -s --max-time "${2:-60}" "http://127.0.0.1:$port$1"; }

# Starts nginx and waits until it answers.
start() {
  nginx
  for _ in $(seq 100); do [ "$(ask /ready)" ] && break; sleep 0.05; done
}

# The master removes its pid file as it exits; its process entry may stay until
# somebody reaps it.
quit() {
  nginx -s quit
  for _ in $(seq 40); do [ -e "$dir/nginx.pid" ] || break; sleep 0.1; done
  [ ! -e "$dir/nginx.pid" ]
}
