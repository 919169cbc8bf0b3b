#!/bin/sh
# Fails when a generated file is stale or a module does not build on its own.
set -eu
deploy/packaging/generate.sh
if [ -n "$(git status --porcelain -- protocol/openapi protocol/ts/src)" ]; then
	git diff --stat -- protocol/openapi protocol/ts/src
	echo "verify: 生成文件已过期，请运行 make generate 并提交" >&2
	exit 1
fi
for m in "$@"; do
	(cd "$m" && GOWORK=off GOFLAGS=-mod=readonly go build ./... )
done
echo "verify: ok"
