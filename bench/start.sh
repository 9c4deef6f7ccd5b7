#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/start.sh [-r ROUNDS] [true|pool]
#
# Start and end of a program that does nothing, in milliseconds of wall time: /bin/true, and a C++
# program; bare, with calls only passed on, with the shim, and with the report that the shim makes at the end of
# a program which nobody else watches.  A hundred runs one after the other make a sample.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=bench/lib.sh
source bench/lib.sh
parse 9 "$@"
declare -A command=([true]=/bin/true [pool]="$B/bench/pool 0")
for ((round = 0; round < rounds; round++)); do
	for name in true pool; do
		wanted "$name" || continue
		read -ra words <<< "${command[$name]}"
		for way in $(turns "$round" bare pass full reported); do
			prepare "$way" 100 "${words[@]}"
			pinned "${running[@]}" > /dev/null 2>&1
			if costs; then
				sample "$name" ms "$round" "$way" "$(awk "BEGIN { print $wall * 10 }")"
			else
				failed "$name ($way)"
			fi
		done
	done
done
conclude
