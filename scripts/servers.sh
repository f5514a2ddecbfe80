#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Throwaway PostgreSQL and MariaDB servers on loopback, free ports, in a folder.
#
#   servers.sh start DIR   starts both, writes DIR/env (URLs to be sourced)
#   servers.sh stop DIR    stops them and removes the folder
set -euo pipefail

# Neither server runs as root; nobody owns the folder then.
as() { if [ "$(id -u)" = 0 ]; then runuser -u nobody -- "$@"; else "$@"; fi; }

free_port() {
  local p
  while :; do
    p=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo $p; return; }
  done
}

pg_bin() {
  local b
  for b in /usr/lib/postgresql/*/bin; do [ -x "$b/initdb" ] && echo "$b"; done | sort -V | tail -n 1
}

start_pg() {
  local dir=$1 bin port
  bin=$(pg_bin) && [ -n "$bin" ] || { echo "PostgreSQL server programs not found" >&2; return 1; }
  echo "$bin" > "$dir/pg.bin"
  as "$bin/initdb" -D "$dir/pg" -U ryx -A trust -E UTF8 --locale=C.UTF-8 -N >"$dir/log/initdb" 2>&1
  for _ in 1 2 3; do
    port=$(free_port)
    if as "$bin/pg_ctl" -D "$dir/pg" -w -l "$dir/log/postgres" start -o "-p $port -k $dir/sock \
        -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=150 \
        -c max_prepared_transactions=10 -c log_min_messages=fatal" >"$dir/log/pg_ctl" 2>&1; then
      as "$bin/createdb" -h 127.0.0.1 -p "$port" -U ryx ryx
      echo "export RYX_TEST_PG_URL=postgres://ryx@127.0.0.1:$port/ryx" >> "$dir/env"
      return
    fi
  done
  cat "$dir/log/postgres" >&2
  return 1
}

start_my() {
  local dir=$1 port pid
  as mariadb-install-db --no-defaults --datadir="$dir/my" --skip-test-db \
    --auth-root-authentication-method=normal >"$dir/log/mariadb-install" 2>&1
  for _ in 1 2 3; do
    port=$(free_port)
    as mariadbd --no-defaults --datadir="$dir/my" --port="$port" --bind-address=127.0.0.1 \
      --socket="$dir/sock/my" --pid-file="$dir/my.pid" --skip-log-bin --max-connections=300 --max-allowed-packet=64M \
      --innodb-flush-log-at-trx-commit=2 --skip-name-resolve --log-error="$dir/log/mariadb" \
      >/dev/null 2>&1 </dev/null &
    pid=$!
    for _ in $(seq 300); do
      if mariadb --no-defaults -h 127.0.0.1 -P "$port" -u root -e 'CREATE DATABASE IF NOT EXISTS ryx' 2>/dev/null; then
        echo "export RYX_TEST_MY_URL=mysql://root@127.0.0.1:$port/ryx" >> "$dir/env"
        return
      fi
      kill -0 $pid 2>/dev/null || break
      sleep 0.1
    done
    kill $pid 2>/dev/null || true
  done
  cat "$dir/log/mariadb" >&2
  return 1
}

case ${1:-} in
  start)
    dir=$2
    mkdir -p "$dir/log" "$dir/sock" "$dir/pg" "$dir/my"
    chmod 755 "$dir"
    chmod 700 "$dir/pg"
    [ "$(id -u)" != 0 ] || chown -R nobody "$dir"
    : > "$dir/env"
    # A server of an unprivileged user must be able to stand in its folder.
    cd "$dir"
    start_pg "$dir"
    start_my "$dir"
    ;;
  stop)
    dir=$2
    cd /
    [ ! -e "$dir/pg.bin" ] || as "$(cat "$dir/pg.bin")/pg_ctl" -D "$dir/pg" -m immediate stop >/dev/null 2>&1 || true
    if [ -e "$dir/my.pid" ]; then
      pid=$(cat "$dir/my.pid")
      kill "$pid" 2>/dev/null || true
      for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
      kill -9 "$pid" 2>/dev/null || true
    fi
    rm -rf "$dir"
    ;;
  *) echo "usage: $0 start|stop DIR" >&2; exit 2 ;;
esac
