#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/micro.sh [-r ROUNDS] [CASE…]
#
# Each primitive by itself, in nanoseconds an operation (bench/lock list prints the cases): bare, with
# a library that only passes the calls on, with the shim, and with the shim and stacks=site; each case
# in all of these ways in turns, round by round, each run a process of its own.  With one thread at
# work it is pinned to a processor.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=bench/lib.sh
source bench/lib.sh
parse 15 "$@"
ways=${WAYS:-bare pass full site}

once() {
	local name=$1 group=$2 way=$3 pin=()
	[[ $group == many ]] || pin=(pinned)
	rm -rf "$work/recording"
	SNARL_OPTIONS=${options[$way]:-} "${pin[@]}" timeout 60 env ${library[$way]:+LD_PRELOAD="${library[$way]}"} \
		"$B/bench/lock" ${LENGTH:+-t "$LENGTH"} "$name" | cut -d' ' -f2
}

for ((round = 0; round < rounds; round++)); do
	while read -r name group; do
		wanted "$name" || continue
		# shellcheck disable=SC2086 # ways is a list
		for way in $(turns "$round" $ways); do
			value=$(once "$name" "$group" "$way")
			if [[ -n $value ]]; then
				sample "$name" ns "$round" "$way" "$value"
			else
				failed "$name ($way)"
			fi
		done
	done < <("$B/bench/lock" list)
done
conclude
