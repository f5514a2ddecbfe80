#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make bench-python: ryx beside other ORMs of Python, on an SQLite file and a PostgreSQL of its
# own. BENCH_PEERS, BENCH_ROUNDS, BENCH_DATABASES and BENCH_SCENARIOS choose some (bench/python/run.py);
# BENCH_WRITE=docs/benchmarks leaves the table and the plots there. The peers are installed once, into
# build/bench/peers.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/ryx-bench-XXXXXX")
chmod 755 "$work"
trap 'scripts/servers.sh stop "$work/servers" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
eval "$(${MAKE:-make} -s --no-print-directory env)"
peers=$PWD/build/bench/peers
if [ ! -e "$peers/done" ] || [ bench/python/requirements.txt -nt "$peers/done" ]; then
  "${PYTHON:-python3}" -m venv "$peers"
  "$peers/bin/pip" install -q -r bench/python/requirements.txt
  "$peers/bin/pip" install -q --no-deps --target "$peers/reference" -r bench/python/reference.txt
  touch "$peers/done"
fi
scripts/servers.sh start "$work/servers" pg
. "$work/servers/env"
BENCH_REFERENCE=$peers/reference "$peers/bin/python" bench/python/run.py ${BENCH_WRITE:+--write "$BENCH_WRITE"}
