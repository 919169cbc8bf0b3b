#!/bin/sh
# Formatting, vet and the linters of .golangci.yml. Usage: lint.sh MODULE...
set -eu
version=v2.15.0
tool="$PWD/bin/tools/golangci-lint-$version"
if [ ! -x "$tool" ]; then
	echo "building golangci-lint $version (once)"
	GOWORK=off GOBIN="$PWD/bin/tools" go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
	mv "$PWD/bin/tools/golangci-lint" "$tool"
fi
bad=$(gofmt -l "$@")
if [ -n "$bad" ]; then
	echo "gofmt: $bad" >&2
	exit 1
fi
for m in "$@"; do
	(cd "$m" && "$tool" run -c ../.golangci.yml ./...)
done
