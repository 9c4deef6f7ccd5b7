#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What watching for data races costs: the kernels of bench/race.c by themselves, with our front, and with libtsan.
# Prints a table: CPU seconds and MiB by itself; then how many times that. KERNELS, THREADS and ROUNDS narrow it down;
# of ROUNDS runs the quickest counts.
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
CC=${CC:-gcc}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
$CC -O2 -fno-tree-vectorize -pthread -o "$out/bare" bench/race.c
$CC -O2 -fno-tree-vectorize -pthread -fsanitize=thread -o "$out/tsan" bench/race.c
needed=$(readelf -d "$out/tsan" | sed -n 's/.*\[\(libtsan.so.[0-9]*\)\]/\1/p')
[ -n "$needed" ] || { echo "$CC links no shared libtsan: nothing to compare with" >&2; exit 1; }
front=$(realpath "$B")/libsnarl-race.so:$(realpath "$B")/snarl-race/$needed:$(realpath "$B")/libsnarl.so

# The least CPU time and the memory of the runs: measure PRELOAD PROGRAM KERNEL THREADS
measure() {
	for _ in $(seq "${ROUNDS:-3}"); do
		LC_ALL=C SNARL_OPTIONS=report_at_exit=0 SNARL_OUTPUT="$out" /usr/bin/env ${1:+LD_PRELOAD="$1"} \
			/usr/bin/time -o "$out/time" -f '%U %S %M' "$2" "$3" "$4" > /dev/null
		awk '{ print $1 + $2, $3 / 1024 }' "$out/time"
		rm -f "$out"/*.snarl
	done | sort -n | head -1
}

printf '| kernel | threads | alone, s | MiB | ours | MiB, times | libtsan | MiB, times |\n|---|---|---|---|---|---|---|---|\n'
for kernel in ${KERNELS:-matrix stream chase calls atomics locks table sort}; do
	for threads in ${THREADS:-1 2}; do
		read -r s m <<< "$(measure "" "$out/bare" "$kernel" "$threads")"
		read -r os om <<< "$(measure "$front" "$out/tsan" "$kernel" "$threads")"
		read -r ts tm <<< "$(measure "" "$out/tsan" "$kernel" "$threads")"
		awk -v k="$kernel" -v n="$threads" -v s="$s" -v m="$m" -v os="$os" -v om="$om" -v ts="$ts" -v tm="$tm" 'BEGIN {
			d = s > 0 ? s : 0.005
			printf "| %s | %d | %.2f | %.0f | %.1f | %.1f | %.1f | %.1f |\n", k, n, s, m, os / d, om / m, ts / d, tm / m }'
	done
done
