#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	tests/channel/alone.sh
#
# The library has no detector in it and pays for none: it asks libc for its symbols and nobody else, no
# call inside of it goes through an exported name (so a preloaded library changes nothing between
# its functions), and an operation takes the same number of instructions whether or not some other library is
# preloaded.  Instructions are counted by callgrind, so no clock is asked.  --show prints the counts,
# with the detector preloaded too.  Closes with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit
export B=${B:-$PWD/build} CC=${CC:-gcc} LC_ALL=C
library=$B/libsnarl-channel.so
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# same NAME WANTED GOT
same() {
	if [[ $2 == "$3" ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'not ok %s\n#   wanted: %s\n#   got: %s\n' "$1" "$2" "$3"
	fi
}

# Of what it does not define, the names that are neither libc's nor those that every shared object
# may lack.
foreign() {
	nm -D --undefined-only "$library" |
		awk '$NF !~ /@GLIBC_/ && $NF !~ /^(_ITM_(de)?registerTMCloneTable|__gmon_start__|__cxa_finalize)$/ { print $NF }'
}

# executed PRELOAD COUNT OPERATION: instructions of a whole run.
executed() {
	env SNARL_OPTIONS=report_at_exit=0 SNARL_OUTPUT="$work/recording" ${1:+LD_PRELOAD="$1"} \
		valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$B/bench/channel" "$3" library --count "$2" 2>&1 |
		sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p'
}

# Two runs of different length: what is executed once is left out.
per_operation() {
	local first second
	first=$(executed "$1" 2000 "$2") second=$(executed "$1" 6000 "$2")
	[[ -n $first && -n $second ]] && echo $(((second - first + 2000) / 4000))
}

count() {
	local bare other
	bare=$(per_operation "" "$1") other=$(per_operation "$work/empty.so" "$1")
	same "$1: instructions with another library preloaded" "${bare:-a count}" "$other"
	[[ -z $show ]] || printf '%-10s bare %4s  an empty library %4s  libsnarl %4s\n' "$1" "$bare" "$other" \
		"$(per_operation "$B/libsnarl.so" "$1")"
}

show=
[[ ${1:-} != --show ]] || show=1
same "undefined symbols that are not libc's" "" "$(foreign)"
same "libraries needed" "libc.so.6" \
	"$(readelf -dW "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^ld-linux' | xargs)"
same "calls through its own exported names" "" "$(readelf -rW "$library" | grep -o 'snarl_[a-z_]*' | sort -u | xargs)"
same "exported names that are not snarl_" "" \
	"$(nm -D --defined-only "$library" | awk '$NF !~ /^snarl_/ { print $NF }' | xargs)"
if command -v valgrind > /dev/null && make -s B="$B" "$B/bench/channel" "$B/libsnarl.so" &&
	: | "$CC" -shared -x c -o "$work/empty.so" -; then
	count pair
	count select8
else
	same "instructions are counted" "valgrind (scripts/setup check)" "none, or the build failed"
fi
echo "$passed passed, $failed failed"
((failed == 0))
