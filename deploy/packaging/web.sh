#!/bin/sh
# Builds the pages whose sources are newer than their last build.
set -eu
for dir in "$@"; do
	[ -f "$dir/package.json" ] || continue
	stamp="$dir/dist/.built"
	if [ ! -e "$stamp" ] || [ -n "$(find "$dir" protocol/ts cloud/web/kit package-lock.json -newer "$stamp" -type f \
		-not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null | head -1)" ]; then
		echo "building $dir"
		npm run build --silent -w "$dir" -- --logLevel warn
		touch "$stamp"
	fi
done
