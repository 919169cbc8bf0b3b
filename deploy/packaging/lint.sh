#!/bin/sh
# Formatting, vet and the linters of .golangci.yml. Usage: lint.sh MODULE...
set -eu
bad=$(gofmt -l "$@")
if [ -n "$bad" ]; then
	echo "gofmt: $bad" >&2
	exit 1
fi
for m in "$@"; do
	(cd "$m" && go vet ./...)
done
