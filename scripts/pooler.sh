#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A throwaway PgBouncer or HAProxy in front of a throwaway PostgreSQL.
#
#   pooler.sh start DIR pgbouncer URL [pool_mode=session ...]    settings of its [pgbouncer] section
#   pooler.sh start DIR haproxy URL ["timeout client 1s" ...]    lines of its defaults section
#   pooler.sh stop DIR                                           stops it and removes the folder
#   pooler.sh pause|resume DIR                                   SIGSTOP, SIGCONT
#
# start prints the URL through it. RYX_PGBOUNCER is the program, in place of the one
# that is installed.
set -euo pipefail

# Becomes the program, and not as root.
become() {
  [ "$(id -u)" != 0 ] || exec setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
  exec "$@"
}

free_port() {
  local p
  while :; do
    p=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo $p; return; }
  done
}
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# pgbouncer DIR PORT SERVER SETTING...: anybody may log in as the URL's user.
pgbouncer() {
  local dir=$1 port=$2 server=$3
  shift 3
  echo "\"$user\" \"\"" > "$dir/users"
  {
    printf '[databases]\n* = host=127.0.0.1 port=%s\n[pgbouncer]\n' "$server"
    printf '%s\n' listen_addr=127.0.0.1 listen_port="$port" unix_socket_dir= auth_type=trust auth_file="$dir/users" \
      logfile="$dir/log" pool_mode=transaction default_pool_size=20 max_client_conn=500 "$@"
  } > "$dir/ini"
  become "${RYX_PGBOUNCER:-$(command -v pgbouncer || echo /usr/sbin/pgbouncer)}" -q "$dir/ini" >"$dir/out" 2>&1 </dev/null
}

haproxy() {
  local dir=$1 port=$2 server=$3
  shift 3
  {
    printf 'global\n  maxconn 500\ndefaults\n  mode tcp\n  timeout connect 2s\n  timeout client 1h\n  timeout server 1h\n'
    [ $# = 0 ] || printf '  %s\n' "$@"
    printf 'listen pg\n  bind 127.0.0.1:%s\n  server one 127.0.0.1:%s\n' "$port" "$server"
  } > "$dir/ini"
  become "$(command -v haproxy || echo /usr/sbin/haproxy)" -db -q -f "$dir/ini" >"$dir/out" 2>&1 </dev/null
}

start() {
  local dir=$1 kind=$2 url=$3 server port user
  shift 3
  user=$(sed -E 's|.*//([^:@]*)[:@].*|\1|' <<<"$url")
  server=$(sed -E 's|.*@[^:]*:([0-9]+)/.*|\1|' <<<"$url")
  mkdir -p "$dir"
  [ "$(id -u)" != 0 ] || chown nobody "$dir"
  cd "$dir"
  for _ in 1 2 3; do
    port=$(free_port)
    "$kind" "$dir" "$port" "$server" "$@" &
    echo $! > "$dir/pid"
    for _ in $(seq 100); do
      if answers "$port"; then
        sed -E "s|@[^:]*:[0-9]+/|@127.0.0.1:$port/|" <<<"$url"
        return
      fi
      kill -0 "$(cat "$dir/pid")" 2>/dev/null || break
      sleep 0.05
    done
  done
  cat "$dir/out" >&2
  return 1
}

stop() {
  local p
  cd /
  p=$(cat "$1/pid" 2>/dev/null) && kill -KILL "$p" 2>/dev/null || true
  # Dead, if perhaps nobody has asked for its status yet.
  for _ in $(seq 100); do grep -qsvE '^[0-9]+ \(.*\) [ZX]' "/proc/${p:-none}/stat" || break; sleep 0.02; done
  rm -rf "$1"
}

case ${1:-}:$# in
  start:[4-9] | start:1[0-9]) start "${@:2}" ;;
  stop:2) stop "$2" ;;
  pause:2) kill -STOP "$(cat "$2/pid")" ;;
  resume:2) kill -CONT "$(cat "$2/pid")" ;;
  *) sed -n 's/^#   /  /p' "$0" >&2; exit 2 ;;
esac
