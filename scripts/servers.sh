#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Throwaway servers on loopback, free ports, in a folder: pg is PostgreSQL, my is MariaDB,
# mysql is MySQL, which debian_server.sh fetches.
#
#   servers.sh start DIR ["SERVER ..."]         starts all or some, writes DIR/env (URLs to be sourced)
#   servers.sh stop DIR                         stops them and removes the folder
#   servers.sh restart DIR SERVER [fast|immediate]
#   servers.sh kill DIR SERVER                  SIGKILL to all its processes; `begin` starts it again
#   servers.sh pause|resume DIR SERVER          SIGSTOP, SIGCONT to all its processes
#
# Where MySQL is not to be had, all are those without it, which a line says.
# RYX_SERVERS_MAX is the number of connections they allow; RYX_SERVERS_PG a folder with
# PostgreSQL's programs, RYX_SERVERS_MY one that holds MariaDB's bin, sbin and share, in
# place of those that are installed.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)

# No server runs as root where it need not; nobody owns the folder then.
as() { if [ "$(id -u)" = 0 ]; then runuser -u nobody -- "$@"; else "$@"; fi; }

free_port() {
  local p
  while :; do
    p=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo $p; return; }
  done
}

# With RYX_SERVERS_TLS all speak TLS: a CA of our own and a certificate for
# localhost (`expired`: one that has ended); the CA's is in RYX_TEST_CA, one that
# signed nothing in RYX_TEST_OTHER_CA.
certificates() {
  local dir=$1/tls until=20990101000000Z
  [ "$RYX_SERVERS_TLS" != expired ] || until=20200102000000Z
  mkdir -p "$dir"
  (
    cd "$dir"
    for ca in ca other; do
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=ryx test $ca" -keyout $ca.key -out $ca.crt
    done
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:localhost\n' > san
    printf '%s\n' '[ca]' 'default_ca = d' '[d]' 'database = index' 'rand_serial = yes' 'new_certs_dir = .' \
      'default_md = sha256' 'policy = p' '[p]' 'commonName = supplied' > ca.cnf
    : > index
    openssl ca -batch -config ca.cnf -cert ca.crt -keyfile ca.key -in server.csr -extfile san \
      -startdate 20200101000000Z -enddate $until -notext -out server.crt
    chmod 600 server.key
  ) >"$1/log/openssl" 2>&1
  [ "$(id -u)" != 0 ] || chown -R nobody "$dir"
  echo "export RYX_TEST_CA=$dir/ca.crt RYX_TEST_OTHER_CA=$dir/other.crt" >> "$1/env"
  pg_tls="-c ssl=on -c ssl_cert_file=$dir/server.crt -c ssl_key_file=$dir/server.key"
  my_tls="--ssl-cert=$dir/server.crt --ssl-key=$dir/server.key --ssl-ca=$dir/ca.crt"
}
pg_tls="" my_tls=""

pg_bin() {
  local b
  if [ -n "${RYX_SERVERS_PG:-}" ]; then echo "$RYX_SERVERS_PG"; return; fi
  for b in /usr/lib/postgresql/*/bin; do [ -x "$b/initdb" ] && echo "$b"; done | sort -V | tail -n 1
}

start_pg() {
  local dir=$1 bin port
  bin=$(pg_bin) && [ -n "$bin" ] || { echo "PostgreSQL server programs not found" >&2; return 1; }
  echo "$bin" > "$dir/pg.bin"
  as "$bin/initdb" -D "$dir/pg" -U ryx -A trust -E UTF8 --locale=C.UTF-8 -N >"$dir/log/initdb" 2>&1 ||
    { cat "$dir/log/initdb" >&2; return 1; }
  for _ in 1 2 3; do
    port=$(free_port)
    echo "-p $port -k $dir/sock -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=${RYX_SERVERS_MAX:-150} \
      -c max_prepared_transactions=10 -c log_min_messages=fatal $pg_tls" > "$dir/pg.options"
    if begin_pg "$dir"; then
      as "$bin/createdb" -h 127.0.0.1 -p "$port" -U ryx ryx
      echo "export RYX_TEST_PG_URL=postgres://ryx@127.0.0.1:$port/ryx" >> "$dir/env"
      return
    fi
  done
  cat "$dir/log/postgres" >&2
  return 1
}

begin_pg() {
  as "$(cat "$1/pg.bin")/pg_ctl" -D "$1/pg" -w -l "$1/log/postgres" start -o "$(cat "$1/pg.options")" >"$1/log/pg_ctl" 2>&1
}

my_base=() my_path=$PATH
if [ -n "${RYX_SERVERS_MY:-}" ]; then
  my_base=(--basedir="$RYX_SERVERS_MY") my_path=$RYX_SERVERS_MY/sbin:$RYX_SERVERS_MY/bin:$PATH
fi

# The program of a server of MySQL's protocol, with what only it understands, in
# `program`, who runs it in `runs`.
program_my() {
  runs=as
  program=(env PATH="$my_path" mariadbd --no-defaults "${my_base[@]}" --skip-log-bin)
}

# A cache that nobody cannot read (below /root) is read by root.
program_mysql() {
  local root
  root=$(cat "$1/mysql.root")
  runs=as
  program=("$root/usr/sbin/mysqld" --no-defaults --disable-log-bin --mysqlx=OFF --performance-schema=OFF
    --secure-file-priv=NULL --lc-messages-dir="$root/usr/share/mysql"
    --character-sets-dir="$root/usr/share/mysql/charsets" --plugin-dir="$root/usr/lib/mysql/plugin")
  as test -r "$root/usr/sbin/mysqld" && return
  runs=""
  program+=(--user=root)
}

install_my() {
  as env PATH="$my_path" mariadb-install-db --no-defaults "${my_base[@]}" --datadir="$1/my" --skip-test-db \
    --auth-root-authentication-method=normal
}

# The folder of MySQL's programs, which Debian has in sid only (50 MB, kept in the user's
# cache); fails with one line when they are not to be had.
fetch_mysql() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/ryx why
  mkdir -p "$cache"
  if ! why=$(flock "$cache/mysql.lock" timeout 480 "$scripts/debian_server.sh" "$cache/mysql" sid mysql-server-core 2>&1); then
    echo "MySQL is not tested: ${why##*$'\n'}" >&2
    return 1
  fi
  echo "$cache/mysql"
}

install_mysql() {
  fetch_mysql > "$1/mysql.root" || return 3
  cat > "$1/mysql.sql" <<'SQL'
CREATE USER root@'127.0.0.1' IDENTIFIED BY '';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
SQL
  program_mysql "$1"
  $runs "${program[@]}" --datadir="$1/mysql" --initialize-insecure --init-file="$1/mysql.sql"
}

# run_mysql_like DIR SERVER PORT: starts it and waits until it answers.
run_mysql_like() {
  local dir=$1 server=$2 port=$3 pid
  "program_$server" "$dir"
  # A server that starts removes what it takes for remains of others in a common folder.
  $runs "${program[@]}" --datadir="$dir/$server" --tmpdir="$dir/$server" --port="$port" --bind-address=127.0.0.1 \
    --socket="$dir/sock/$server" --pid-file="$dir/$server.pid" --max-connections="${RYX_SERVERS_MAX:-300}" --max-allowed-packet=64M \
    --innodb-flush-log-at-trx-commit=2 --skip-name-resolve --log-error="$dir/log/$server.err" \
    $my_tls >/dev/null 2>&1 </dev/null &
  pid=$!
  for _ in $(seq 300); do
    if mariadb --no-defaults -h 127.0.0.1 -P "$port" -u root -e 'CREATE DATABASE IF NOT EXISTS ryx' 2>/dev/null; then return; fi
    kill -0 $pid 2>/dev/null || return 1
    sleep 0.1
  done
  kill $pid 2>/dev/null || true
  return 1
}

# start_mysql_like DIR SERVER VARIABLE SCHEME: status 3 when it is not to be had.
start_mysql_like() {
  local dir=$1 server=$2 port rc=0
  "install_$server" "$dir" 2>"$dir/log/$server-install" >&2 || rc=$?
  [ $rc = 0 ] || cat "$dir/log/$server-install" >&2
  [ $rc = 0 ] || return $rc
  for _ in 1 2 3; do
    port=$(free_port)
    if run_mysql_like "$dir" "$server" "$port"; then
      echo "$port" > "$dir/$server.port"
      echo "$my_tls" > "$dir/$server.tls"
      echo "export $3=$4://root@127.0.0.1:$port/ryx" >> "$dir/env"
      return
    fi
  done
  cat "$dir/log/$server.err" >&2
  return 1
}

start_my() { start_mysql_like "$1" my RYX_TEST_MY_URL mariadb; }
start_mysql() { start_mysql_like "$1" mysql RYX_TEST_MYSQL_URL mysql; }

# end_mysql_like DIR SERVER [KILL]: ends it, with SIGKILL at once or when it takes too long.
end_mysql_like() {
  local pid
  pid=$(cat "$1/$2.pid" 2>/dev/null) || return 0
  kill "-${3:-TERM}" "$pid" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
}

begin_mysql_like() {
  my_tls=$(cat "$1/$2.tls")
  run_mysql_like "$1" "$2" "$(cat "$1/$2.port")"
}

restart_mysql_like() {
  end_mysql_like "$1" "$2" "$([ "$3" = fast ] && echo TERM || echo KILL)"
  begin_mysql_like "$1" "$2"
}

begin_my() { begin_mysql_like "$1" my; }
begin_mysql() { begin_mysql_like "$1" mysql; }
restart_my() { restart_mysql_like "$1" my "$2"; }
restart_mysql() { restart_mysql_like "$1" mysql "$2"; }

restart_pg() {
  as "$(cat "$1/pg.bin")/pg_ctl" -D "$1/pg" -w -t 60 -m "$2" -l "$1/log/postgres" restart >"$1/log/pg_ctl" 2>&1
}

# The processes of a server; a backend of PostgreSQL is a child of its own.
pids() {
  local pid
  case $2 in
    pg) pid=$(head -n 1 "$1/pg/postmaster.pid" 2>/dev/null) && echo "$pid" && ps -o pid= --ppid "$pid" ;;
    *) cat "$1/$2.pid" 2>/dev/null ;;
  esac || true
}

signal() {
  local p
  for p in $(pids "$2" "$3"); do kill "-$1" "$p" 2>/dev/null || true; done
}

# A signal is taken by one thread, when it next runs; until all have stopped the
# server may still answer.
pause() {
  local p
  signal STOP "$1" "$2"
  for p in $(pids "$1" "$2"); do
    for _ in $(seq 500); do
      grep -qsvE '^[0-9]+ \(.*\) T' /proc/"$p"/task/*/stat || break
      sleep 0.01
    done
  done
}

# Sends SIGKILL to every process of a server and waits until they are gone.
kill_all() {
  local p all
  all=$(pids "$1" "$2")
  for p in $all; do kill -KILL "$p" 2>/dev/null || true; done
  for p in $all; do
    for _ in $(seq 100); do kill -0 "$p" 2>/dev/null || break; sleep 0.05; done
  done
}

case ${1:-} in
  start)
    dir=$2
    mkdir -p "$dir/log" "$dir/sock" "$dir/pg" "$dir/my" "$dir/mysql"
    chmod 755 "$dir"
    chmod 700 "$dir/pg"
    [ "$(id -u)" != 0 ] || chown -R nobody "$dir"
    : > "$dir/env"
    # A server of an unprivileged user must be able to stand in its folder.
    cd "$dir"
    [ -z "${RYX_SERVERS_TLS:-}" ] || certificates "$dir"
    echo "export RYX_TEST_SERVERS=$dir" >> "$dir/env"
    for s in ${3:-pg my}; do "start_$s" "$dir"; done
    [ -n "${3:-}" ] || start_mysql "$dir" || [ $? = 3 ]
    ;;
  restart)
    cd "$2"
    "restart_$3" "$2" "${4:-fast}"
    ;;
  kill) kill_all "$2" "$3" ;;
  begin)
    cd "$2"
    "begin_$3" "$2"
    ;;
  pause) pause "$2" "$3" ;;
  resume) signal CONT "$2" "$3" ;;
  stop)
    dir=$2
    cd /
    for s in pg my mysql; do signal CONT "$dir" $s; done
    [ ! -e "$dir/pg.bin" ] || as "$(cat "$dir/pg.bin")/pg_ctl" -D "$dir/pg" -m immediate stop >/dev/null 2>&1 || true
    for s in my mysql; do end_mysql_like "$dir" $s; done
    rm -rf "$dir"
    ;;
  *) echo "usage: $0 start DIR [\"SERVER ...\"], stop DIR, restart DIR SERVER [fast|immediate], kill|begin|pause|resume DIR SERVER; SERVER: pg my mysql" >&2; exit 2 ;;
esac
