#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/report.sh [-r ROUNDS] [findings|debug]
#
# What a report costs: of a recording with 1,000 findings (FINDINGS), and of a program with 500 MB of
# debug information (MEGABYTES) and three findings, beside what addr2line and llvm-symbolizer take for
# one address of it.  The programs are made by bench/generate.sh and thrown away.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=bench/lib.sh
source bench/lib.sh
parse 3 "$@"
findings=${FINDINGS:-1000} megabytes=${MEGABYTES:-500}
# Hundreds of megabytes may not fit where temporary files go.
scratch=$(mktemp -d "$RESULTS/scratch.XXXXXX")

# timed CASE ROUND COMMAND…
timed() {
	local name=$1 round=$2
	shift 2
	rm -f "$work/cost"
	if ! timeout 300 "$B/bench/cpu" "$work/cost" "$@" > "$work/out" 2> /dev/null || ! costs; then
		failed "$name: $*"
		return 1
	fi
	sample "$name" s "$round" run "$wall"
	sample "$name" KiB "$round" run "$kib"
}

# record PROGRAM: runs it; the recording stays.
record() {
	rm -rf "$work/data"
	"$B/snarl" run --quiet --fail-on never -f json -o "$work/data" -- "$1"
	count=$(jq '.findings | length' "$work/data/report.json")
}

findings() {
	local round
	if ! bench/generate.sh findings "$findings" "$scratch" || ! record "$scratch/findings"; then
		failed findings
		return
	fi
	((count == findings)) || failed "$count findings, not $findings:"
	sample "$findings-findings" findings 0 run "$count"
	sample "$findings-findings,recording" KiB 0 run "$(du -sk "$work/data" | cut -f1)"
	for ((round = 0; round < rounds; round++)); do
		timed "$findings-findings,text" "$round" "$B/snarl" report --fail-on never "$work/data"
		timed "$findings-findings,json" "$round" "$B/snarl" report --fail-on never -f json "$work/data"
	done
}

debug() {
	local round offset
	if ! bench/generate.sh debug "$megabytes" "$scratch" || ! record "$scratch/debug"; then
		failed debug
		return
	fi
	((count == 3)) || failed "$count findings, not 3:"
	jq -e '[.findings[].stacks[].frames[] | select(.function == "unit" and .line > 0)] | length > 0' \
		"$work/data/report.json" > /dev/null || failed "naming the frames of the units"
	sample "${megabytes}MB" debug-MB 0 run "$(awk '{ print $1 / 1e6 }' "$scratch/debug.bytes")"
	offset=$(jq -r '[.findings[].stacks[].frames[] | select(.function == "unit")][0].offset' \
		"$work/data/report.json")
	for ((round = 0; round < rounds; round++)); do
		timed "${megabytes}MB,report" "$round" "$B/snarl" report --fail-on never "$work/data"
		timed "${megabytes}MB,addr2line,1-address" "$round" addr2line -fie "$scratch/debug" "$offset"
		there llvm-symbolizer &&
			timed "${megabytes}MB,llvm-symbolizer,1-address" "$round" llvm-symbolizer -e "$scratch/debug" "$offset"
	done
}

wanted findings && findings
wanted debug && debug
conclude
