#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run_c.sh FILE...: every ```c block that holds a main() compiles without a
# warning against the built library, runs and ends well.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${RYX_TEST_TMP:-/tmp}/docs-c-XXXXXX")
trap 'rm -rf "$dir"' EXIT
awk -v dir="$dir" '
  /^```c$/ { inside = 1; text = ""; line = FNR; next }
  /^```/ {
    if (inside && text ~ /(^|\n)int main\(/) {
      file = FILENAME; gsub(".*/", "", file)
      out = dir "/" file "-" line ".c"
      printf "%s", text > out; close(out)
    }
    inside = 0; next
  }
  inside { text = text $0 "\n" }' "$@"
n=0 failures=0
for source in "$dir"/*.c; do
  [ -e "$source" ] || { echo "not ok 1 - no program in $*"; exit 1; }
  n=$((n + 1))
  if ${CC:-cc} -std=c11 -Wall -Wextra -Werror -I"$top/include" -o "$dir/program" "$source" \
      -L"$top/build/lib" -lryx -Wl,-rpath,"$top/build/lib" >"$dir/log" 2>&1 &&
    (cd "$dir" && timeout 20 ./program) >>"$dir/log" 2>&1; then
    echo "ok $n - $(basename "$source" .c)"
  else
    echo "not ok $n - $(basename "$source" .c)"
    sed 's/^/# /' "$dir/log"
    failures=$((failures + 1))
  fi
done
echo "1..$n"
[ $failures = 0 ]
