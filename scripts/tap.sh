#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tap.sh NAME COMMAND...: one TAP line for a command that speaks no TAP.
name=$1
shift
if "$@"; then echo "ok 1 - $name"; else echo "not ok 1 - $name"; exit 1; fi
