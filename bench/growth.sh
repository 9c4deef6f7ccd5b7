#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/growth.sh [-r ROUNDS] [KIND…]
#
# How cost grows with the number of locks (100 to 1,000,000), lock orders (edges), locks held at once,
# stacks and live threads (10 to 10,000): time of one at its first use and when all are used again, size of the recording, and
# time of a report; also as a plot, docs/growth.svg.  MOST bounds the numbers.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=bench/lib.sh
source bench/lib.sh
parse 3 "$@"
most=${MOST:-1000000}
declare -A from=([lock]=100 [edge]=100 [hold]=100 [stack]=100 [thread]=10)
declare -A to=([lock]=1000000 [edge]=1000000 [hold]=1000000 [stack]=100000 [thread]=10000)
options[full]=report_at_exit=0:max_recording=2048

# A run of one kind and number: KIND COUNT ROUND WAY FIRST AGAIN
once() {
	rm -rf "$work/recording"
	SNARL_OPTIONS=${options[$3]:-} pinned timeout 120 \
		env ${library[$3]:+LD_PRELOAD="${library[$3]}"} "$B/bench/objects" "$1" "$2" | cut -d' ' -f3,4
}

# The last run's recording: its size as a sample, and what was not recorded.
look() {
	local file
	file=$(echo "$work/recording/"*.snarl)
	sample "$1" recording-bytes "$2" full "$("$B/bench/tables" "$file" | awk '$1 == "file" { print $2 }')"
	"$B/bench/tables" "$file" | awk -v of="$1" '$1 == "unrecorded" { print of, $2, $3 }' >> "$work/unrecorded"
	rm -f "$work/cost"
	"$B/bench/cpu" "$work/cost" timeout 120 "$B/snarl" report --fail-on never "$file" > /dev/null 2>&1 && costs &&
		sample "$1" report-s "$2" full "$wall"
}

: > "$work/unrecorded"
for kind in lock edge hold stack thread; do
	wanted "$kind" || continue
	for ((count = from[$kind]; count <= to[$kind] && count <= most; count *= 10)); do
		for ((round = 0; round < rounds; round++)); do
			for way in $(turns "$round" bare full); do
				if ! read -r first again < <(once "$kind" "$count" "$way"); then
					failed "$count of $kind ($way)"
					continue
				fi
				sample "$kind.$count" first "$round" "$way" "$first"
				sample "$kind.$count" again "$round" "$way" "$again"
				[[ $way == bare || $round != 0 ]] || look "$kind.$count" "$round"
			done
		done
	done
done
jq -nR -f bench/samples.jq "$work/samples" | jq --rawfile lost "$work/unrecorded" '
	[$lost | split("\n")[] | split(" ") | select(length == 3)] as $lost
	| group_by(.case) | map(.[0].case as $case | (map({(.unit): .ways}) | add)
	| {kind: ($case | split(".")[0]), count: ($case | split(".")[1] | tonumber),
		bare: {first: .first.bare.median, again: .again.bare.median},
		full: {first: .first.full.median, again: .again.full.median},
		recording_bytes: ."recording-bytes".full.median, report_seconds: ."report-s".full.median,
		unrecorded: ([$lost[] | select(.[0] == $case) | {(.[1]): (.[2] | tonumber)}] | add // {})})
	| sort_by([.kind, .count])' | write_json
bench/table.sh "$output"
[[ $output != "$part" ]] || bench/plot.sh "$part"
