#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/programs.sh [-r ROUNDS] [PROGRAM…]
#
# Whole programs at work, over files or loopback (program_list.sh says how): CPU time of the program and
# not of its clients, wall time of the work, most resident memory, and the size of the recording;
# bare, with calls only passed on, with the shim, with stacks=site, in turns.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=bench/lib.sh
source bench/lib.sh
# shellcheck source=bench/program_list.sh
source bench/program_list.sh
parse 7 "$@"
ways=${WAYS:-bare pass full site}
for ((round = 0; round < rounds; round++)); do
	for name in "${all_programs[@]}"; do
		wanted "$name" || continue
		# shellcheck disable=SC2086 # ways is a list
		for way in $(turns "$round" $ways); do
			take "$name" "$round" "$way"
		done
	done
done
conclude
