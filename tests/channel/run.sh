#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	tests/channel/run.sh [plain|asan|ubsan|tsan]…
#
# The tests of the channel library, each tests/channel/test_*.c a program, as built and under each
# sanitizer (all four unless some are named), and with the plain build the programs of
# examples/patterns and the proof that the library stands alone.  Closes with "N passed, N failed", a test of a program in a build being one.
set -u
cd "$(dirname "$0")/../.." || exit
export B=${B:-$PWD/build} CC=${CC:-gcc}
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

declare -A flags=(
	[asan]="-fsanitize=address -fno-sanitize-recover=all"
	[ubsan]="-fsanitize=undefined -fno-sanitize-recover=all"
	[tsan]="-fsanitize=thread"
)
export ASAN_OPTIONS=detect_stack_use_after_return=1:abort_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# Where programs of a build lie.
folder() {
	[[ $1 == plain ]] && echo "$B" || echo "$B/$1"
}

# Builds all that can be built: a program that cannot is a failure of its own.
build() {
	local options=(B="$(folder "$1")")
	[[ $1 == plain ]] || options+=(CFLAGS="-O1 -g -fno-omit-frame-pointer ${flags[$1]}" LDFLAGS="${flags[$1]}")
	make -s -k -j "$(nproc)" CC="$CC" "${options[@]}" channel-tests
}

# ThreadSanitizer of older compilers does not know how much today's kernels scatter addresses.
still=()
setarch -R true 2> /dev/null && still=(setarch -R)

run() {
	local good bad status wrap=()
	[[ $1 == tsan ]] && wrap=("${still[@]}")
	CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 300 "${wrap[@]}" "$2" > "$log" 2>&1
	status=$?
	good=$(grep -c '^ok ' "$log")
	bad=$(grep '^not ok ' "$log" | grep -vc '# SKIP')
	((status == 0 || bad > 0)) || bad=1
	((good + bad > 0)) || bad=1
	((bad == 0)) || { echo "$2: status $status"; cat "$log"; }
	echo "$1 ${2##*/test_}: $good passed, $bad failed"
	passed=$((passed + good)) failed=$((failed + bad))
}

# A script beside this one: the examples of patterns, each a program of a user; alone.sh.
script() {
	local good bad
	"tests/channel/$1.sh" > "$log"
	cat "$log"
	read -r good _ bad _ < <(tail -n 1 "$log")
	((good + bad > 0)) || bad=1 # it did not come to its end
	passed=$((passed + good)) failed=$((failed + bad))
}

(($#)) || set -- plain asan ubsan tsan
for kind in "$@"; do
	build "$kind"
	# What a sanitizer slows down does less.
	[[ $kind == plain ]] && export SNARL_STRESS_OPERATIONS=10000000 || export SNARL_STRESS_OPERATIONS=1000000
	for source in tests/channel/test_*.c; do
		program=$(folder "$kind")/${source%.c}
		if [[ -x $program ]]; then
			run "$kind" "$program"
		else
			echo "$kind ${source##*/}: not built"
			failed=$((failed + 1))
		fi
	done
	[[ $kind == plain ]] && script examples && script alone
done
echo "$passed passed, $failed failed"
((failed == 0))
