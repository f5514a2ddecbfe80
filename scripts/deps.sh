#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages that building and testing need and that are
# missing. As root or through sudo; otherwise prints the command and fails.
set -euo pipefail

build="gcc make pkg-config libc6-dev libuv1-dev libpq-dev libmariadb-dev libsqlite3-dev
  libjansson-dev libutf8proc-dev libpcre2-dev libgmp-dev libedit-dev lua5.4 liblua5.4-dev
  luajit2 libluajit2-5.1-dev lua-argparse python3"
test="libcmocka-dev lua-busted lua-check lua-luv lua-cjson luarocks lua5.1
  clang-format cppcheck clang libclang-rt-14-dev valgrind procps iproute2 curl locales openssl
  postgresql-15 postgresql-client-15 mariadb-server-core mariadb-client-core pgbouncer haproxy
  nginx-core libnginx-mod-http-lua lua-resty-core iso-codes tzdata graphviz"

missing() {
  for p in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
  done
}

if ! command -v dpkg-query >/dev/null; then
  echo "ryx: not a Debian system: install the equivalents of these packages yourself:" >&2
  echo $build $test >&2
  exit 0
fi

# The Python that runs the extension: Debian's needs headers and pytest from
# Debian, any other brings its headers and takes pytest from PyPI.
python=$(command -v "${PYTHON:-python3}" || echo /usr/bin/python3)
python_ok() {
  "$python" -c 'import os, pytest, sysconfig
assert os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h"))' 2>/dev/null
}
own=""
[ "$python" != /usr/bin/python3 ] || own="python3-dev python3-pytest"

need=$(missing $build $test $own)
if [ -n "$need" ]; then
  need=$(echo $need)
  sudo=""
  if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "ryx needs these packages; run this and try again:" >&2
      echo "  sudo apt-get install --no-install-recommends $need" >&2
      exit 1
    fi
    sudo="sudo"
  fi
  echo "installing: $need"
  # Tests start servers of their own, so none shall be started by a package.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
    $sudo chmod 755 $policy
    trap '$sudo rm -f $policy' EXIT
  fi
  log=$(mktemp)
  if ! { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive \
         apt-get install -q -y --no-install-recommends $need; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "ryx: apt-get failed; the whole log is $log" >&2
    exit 1
  fi
  rm -f "$log"
fi

if ! python_ok && [ "$python" != /usr/bin/python3 ]; then
  "$python" -m pip install -q --disable-pip-version-check pytest
fi
