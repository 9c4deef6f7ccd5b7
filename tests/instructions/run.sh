#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	tests/instructions/run.sh [--show]
#
# A guard on the hot paths that needs no clock: callgrind counts the instructions of an operation,
# which are the same each time, whatever else the machine does.  Each case of bench/lock.c that
# limits.txt names is run twice under the shim, with different numbers of operations; the difference is
# what the operations took.  Where a limit is passed the path has grown longer: mend it, or raise the limit and
# say in docs/performance.md what the instructions buy.  --show prints the counts, bare ones too.
set -u
cd "$(dirname "$0")/../.." || exit
B=${B:-$PWD/build}
few=2000 more=6000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

if ! command -v valgrind > /dev/null; then
	echo "valgrind is not installed: scripts/setup check installs it"
	echo "0 passed, 1 failed"
	exit 1
fi

# Without debugging information, which Valgrind cannot always read (clang's).
for file in "$B/libsnarl.so" "$B/bench/lock"; do
	strip -g -o "$work/${file##*/}" "$file" || exit
done

# executed PRELOAD COUNT CASE: instructions of a whole run.
executed() {
	env SNARL_OPTIONS=report_at_exit=0 SNARL_OUTPUT="$work/recording" ${1:+LD_PRELOAD="$1"} \
		valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/lock" -n "$2" "$3" 2>&1 |
		sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p'
}

# per_operation PRELOAD CASE
per_operation() {
	local first second
	first=$(executed "$1" "$few" "$2") second=$(executed "$1" "$more" "$2")
	[[ -n $first && -n $second ]] && echo $(((second - first) / (more - few)))
}

while read -r name limit; do
	[[ -n $name && $name != \#* ]] || continue
	got=$(per_operation "$work/libsnarl.so" "$name")
	if [[ ${1:-} == --show ]]; then
		printf '%-20s bare %4s  shim %4s  limit %4s\n' "$name" "$(per_operation "" "$name")" "$got" "$limit"
	fi
	if [[ -n $got ]] && ((got <= limit)); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok $name: ${got:-no count} instructions an operation, limit $limit"
	fi
done < tests/instructions/limits.txt
echo "$passed passed, $failed failed"
((failed == 0))
