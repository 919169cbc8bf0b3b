#!/bin/sh
# Runs the Go tests of the named modules. Usage: gotest.sh [-race|-short] MODULE...
set -eu
flag=$1
shift
pkgs=""
for m in "$@"; do pkgs="$pkgs ./$m/..."; done
# One package at a time builds faster on two cores than a herd that swaps.
# shellcheck disable=SC2086
exec go test "$flag" -shuffle=on -timeout 15m $pkgs
