#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds, then loads the atlas into a SQLite file and shows it.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "building ..."
${MAKE:-make} -s --no-print-directory cli >"$log" 2>&1 || { cat "$log"; exit 1; }
rm -f build/atlas.db build/atlas.db-wal build/atlas.db-shm
build/bin/ryx run examples/atlas/main.lua "${1:-sqlite:build/atlas.db}"
