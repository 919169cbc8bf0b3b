#!/bin/sh
# Runs every fuzz target of the named modules for FUZZTIME (20s). What a target
# finds is kept in testdata/fuzz beside it, to be mended and committed. The last
# line is the sum. Usage: fuzz.sh MODULE...
set -eu
time=${FUZZTIME:-20s}
root=$PWD
log="$root/bin/fuzz/log"
mkdir -p "$root/bin/fuzz"
targets=0
failed=""
fuzz() {
	(cd "$dir" && "$binary" -test.run='^$' -test.fuzz="^$target\$" -test.fuzztime="$time" \
		-test.fuzzcachedir="$root/bin/fuzz/corpus/$dir") >"$log" 2>&1
}
for dir in $(grep -rl --include='*_test.go' '^func Fuzz' "$@" | xargs -n 1 dirname | sort -u); do
	binary="$root/bin/fuzz/$(echo "$dir" | tr / -).test"
	# One build with the fuzzer's instruments serves all targets of a package.
	go test -c -fuzz=. -o "$binary" "./$dir"
	for target in $(cd "$dir" && "$binary" -test.list '^Fuzz'); do
		targets=$((targets + 1))
		# Go before 1.27 may fail a target at the end of its time with no input that
		# fails (go.dev/issue/75804); such a one, and no other, gets a second time.
		if fuzz || { grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input written' "$log" && fuzz; }; then
			echo "  $dir $target: $(grep -o 'execs: [0-9]*' "$log" | tail -1)"
		else
			failed="$failed $dir/$target"
			cat "$log"
		fi
	done
done
if [ "$targets" = 0 ] || [ -n "$failed" ]; then
	echo "fuzz: FAIL, $targets targets for $time each; failed:${failed:- none was found}"
	exit 1
fi
echo "fuzz: PASS, $targets targets for $time each"
