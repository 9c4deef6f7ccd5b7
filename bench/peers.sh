#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/peers.sh [-r ROUNDS] [CASE|PROGRAM…]
#
# The same micro cases and, with less work each, the same programs under Helgrind and DRD, and under
# ThreadSanitizer where we have the source; beside bare and the shim.  In turns as ever; loops are
# as long as elsewhere, so what is slow does less in them.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=bench/lib.sh
source bench/lib.sh
# shellcheck source=bench/program_list.sh
source bench/program_list.sh
parse 2 "$@"
small=1
ways=(bare full)
there valgrind && ways+=(helgrind drd)
[[ -x $B/bench/lock-tsan ]] || make -s B="$B" bench-tsan || say "no ThreadSanitizer"
ways+=(tsan)

# once CASE GROUP WAY: prints the nanoseconds of an operation.
once() {
	local name=$1 group=$2 way=$3 pin=() program=$B/bench/lock before=()
	[[ $group == many ]] || pin=(pinned)
	[[ $way == tsan ]] && program=$B/bench/lock-tsan
	[[ -z ${tool[$way]:-} ]] || read -ra before <<< "${tool[$way]}"
	rm -rf "$work/recording"
	SNARL_OPTIONS=${options[$way]:-} "${pin[@]}" timeout 60 \
		env ${library[$way]:+LD_PRELOAD="${library[$way]}"} "${before[@]}" \
		"$program" -t "${LENGTH:-4}" "$name" | cut -d' ' -f2
}

for ((round = 0; round < rounds; round++)); do
	while read -r name group; do
		wanted "$name" || continue
		for way in $(turns "$round" "${ways[@]}"); do
			# DRD takes more than a minute to see so many locks made.
			[[ $way == drd && $name == 100000-locks ]] && continue
			value=$(once "$name" "$group" "$way")
			[[ -n $value ]] && sample "$name" ns "$round" "$way" "$value"
		done
	done < <("$B/bench/lock" list | grep -v -- '-alone\|depth-64')
	# memcached insists on a limit of files that Valgrind does not grant, and redis does not
	# answer in time under it.
	for name in pool pigz xz zstd sysbench-mutex rocksdb; do
		wanted "$name" || continue
		for way in $(turns "$round" "${ways[@]}"); do
			[[ $way == tsan && $name != pool ]] || take "$name" "$round" "$way"
		done
	done
done
conclude
