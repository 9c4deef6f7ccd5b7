#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/memory.sh [KIND…]
#
# What one more lock, lock order, context, stack or thread takes: bench/objects makes two different
# numbers of them; the differences, divided, are bytes of records used (exact) and of resident memory
# of the process over that of the bare one.  No round differs from another, so there is one.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=bench/lib.sh
source bench/lib.sh
parse 1 "$@"
declare -A few=([thread]=500) many=([thread]=2500)
options[full]=report_at_exit=0:max_recording=2048

# resident WAY KIND COUNT: KiB with all of them there.
resident() {
	rm -rf "$work/recording"
	SNARL_OPTIONS=${options[$1]:-} timeout 120 env ${library[$1]:+LD_PRELOAD="${library[$1]}"} \
		"$B/bench/objects" "$2" "$3" | cut -d' ' -f5
}

# measure KIND COUNT: prints {bare, full, tables} at this count, resident memory in KiB.
measure() {
	local bare full
	bare=$(resident bare "$1" "$2")
	full=$(resident full "$1" "$2")
	"$B/bench/tables" "$work/recording/"*.snarl > "$work/tables" && [[ -n $bare && -n $full ]] &&
		jq -nR --argjson bare "$bare" --argjson full "$full" '{$bare, $full, tables:
			[inputs | split(" ") | select(length == 4 and .[0] != "unrecorded")
			| {name: .[0], size: (.[1] | tonumber), used: (.[2] | tonumber)}]}' "$work/tables"
}

for kind in lock rwlock spin cond sem edge context stack thread; do
	wanted "$kind" || continue
	counts=("${few[$kind]:-20000}" "${many[$kind]:-100000}")
	if ! measure "$kind" "${counts[0]}" > "$work/few.json" ||
		! measure "$kind" "${counts[1]}" > "$work/many.json"; then
		failed "$kind"
		continue
	fi
	jq -n --arg kind "$kind" --argjson few "${counts[0]}" --argjson many "${counts[1]}" \
		--slurpfile a "$work/few.json" --slurpfile b "$work/many.json" '
		($many - $few) as $n | [$a[0].tables, $b[0].tables] | transpose
		| map({name: .[0].name, size: .[0].size, records: ((.[1].used - .[0].used) / $n)}
			| select(.records > 0.01)) as $tables
		| {$kind, counts: [$few, $many], recording_bytes: ($tables | map(.size * .records) | add // 0),
			resident_bytes: ((($b[0].full - $b[0].bare) - ($a[0].full - $a[0].bare)) * 1024 / $n), $tables}'
done | jq -s . | write_json
bench/table.sh "$output"
