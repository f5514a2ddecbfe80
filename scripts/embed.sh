#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the Lua modules below a folder, and others by name, as a C table (src/cli/modules.h), each as a program
# (precompile.c) compiles it:
#   scripts/embed.sh build/gen/precompile lua argparse=/usr/share/lua/5.4/argparse.lua > build/gen/embedded.c
set -eu
precompile=${1:?usage: embed.sh PRECOMPILE FOLDER [MODULE=FILE]...}
root=$2
shift 2
compiled=$(mktemp)
trap 'rm -f "$compiled"' EXIT

# lua/ryx/model/init.lua is ryx.model, lua/ryx/db/init.lua is ryx.db.
names() {
  {
    (cd "$root" && find . -name '*.lua' | sed 's|^\./||') |
      while read -r file; do
        name=$(printf '%s' "${file%.lua}" | sed 's|/init$||; s|/|.|g')
        printf '%s %s\n' "$name" "$root/$file"
      done
    for other in "$@"; do printf '%s %s\n' "${other%%=*}" "${other#*=}"; done
  } | LC_ALL=C sort
}

echo '/* Made by scripts/embed.sh. */'
echo '#include "cli/modules.h"'
names "$@" | {
  i=0
  table=
  while read -r name file; do
    echo "static const unsigned char m$i[] = {"
    "$precompile" "$file" "$name" > "$compiled"
    od -An -v -tx1 "$compiled" | sed 's/ \(..\)/0x\1,/g'
    echo '0};'
    table="$table    {\"$name\", (const char *)m$i, sizeof m$i - 1},
"
    i=$((i + 1))
  done
  echo 'const ryx_cli_module ryx_cli_modules[] = {'
  printf '%s' "$table"
  echo '    {NULL, NULL, 0},'
  echo '};'
}
