#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the suites named as arguments and closes with the sum: "N passed, N failed".  Status 1 when
# anything failed.  A suite is "unit" (the cmocka programs under $B/tests/unit), or "NAME" for
# tests/NAME/run.sh or tests/NAME.sh, which closes with such a line of its own.  A suite that ends
# without its closing line, or with a bad status and no failure told, counts as one failure, so that
# nothing broken can look like nothing failed.
set -u
cd "$(dirname "$0")/.." || exit
export B=${B:-$PWD/build}
readonly SUITE_SECONDS=${SUITE_SECONDS:-1200}
unset MAKEFLAGS MAKELEVEL MFLAGS # a suite that runs make is not part of ours
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

add() {
	passed=$((passed + $1)) failed=$((failed + $2))
}

# Counts the TAP lines of one cmocka program.
unit_program() {
	local good bad status
	CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 300 "$1" > "$log" 2>&1
	status=$?
	good=$(grep -c '^ok ' "$log")
	bad=$(grep '^not ok ' "$log" | grep -vc '# SKIP')
	if ((status != 0 && bad == 0)); then
		bad=1
		echo "$1: ended with status $status"
	elif ((good + bad == 0)); then
		bad=1
		echo "$1: no test ran"
	fi
	((bad == 0)) || cat "$log"
	echo "unit ${1##*/test_}: $good passed, $bad failed"
	add "$good" "$bad"
}

unit() {
	local program
	for program in tests/unit/test_*.c; do
		program=${program%.c}
		unit_program "$B/$program"
	done
}

suite() {
	local closing good bad status
	timeout -k 10 "$SUITE_SECONDS" "$1" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	closing=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	if [[ $closing =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
		good=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]}
		((status == 0 || bad > 0)) || bad=1
	else
		echo "$1: ended with status $status and without its closing line"
		good=0 bad=1
	fi
	add "$good" "$bad"
}

for name in "$@"; do
	echo "== $name"
	started=$SECONDS
	if [[ $name == unit ]]; then
		unit
	elif [[ -x tests/$name/run.sh ]]; then
		suite "tests/$name/run.sh"
	elif [[ -x tests/$name.sh ]]; then
		suite "tests/$name.sh"
	else
		echo "$name: no such suite"
		add 0 1
	fi
	echo "== $name took $((SECONDS - started)) s"
done
echo "$passed passed, $failed failed"
((failed == 0))
