#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	tests/channel/examples.sh [NAME]…
#
# Each examples/patterns/*.c is compiled with the public headers only, as a program of a user would
# be, and run bare against the library in $B, and once more under AddressSanitizer, which looks for
# leaks: status 0, nothing on standard error, and on standard output exactly what its opening comment
# ends with (the lines that begin with " *<tab>").  Closes with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit
B=${B:-$PWD/build} CC=${CC:-gcc}
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the example says that it prints.
expected() {
	sed -n '/^ \*\t/{s/^ \*\t//;s, \*/$,,;p};/\*\/$/q' "$1"
}

compile() {
	"$CC" -std=gnu17 -g -O1 -Wall -Wextra -Wshadow -Werror -Iinclude "${@:3}" -o "$2" "$1" -L"$B" \
		-lsnarl-channel -Wl,-rpath,"$(cd "$B" && pwd)" -lpthread
}

check() {
	local name=${1##*/} kind=$2 program=$work/program
	shift 2
	if compile "examples/patterns/$name" "$program" "$@" > "$work/err" 2>&1 &&
		timeout -k 10 100 "$program" > "$work/out" 2> "$work/err" && [[ ! -s $work/err ]] &&
		diff <(expected "examples/patterns/$name") "$work/out" > "$work/err"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "example $name ($kind) failed:"
		cat "$work/err"
	fi
}

(($#)) || set -- examples/patterns/*.c
for source in "$@"; do
	check "$source" bare
	check "$source" asan -fsanitize=address
done
echo "$passed passed, $failed failed"
((failed == 0))
