#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/long.sh [KIND…]
#
# An hour's worth of coming and going in minutes: bench/churn makes and destroys ten million locks (an
# hour at 2,800 a second) and 200,000 threads (55 a second), alone and within an outer lock.  The
# recording's size and the resident memory over time are flat when records are reclaimed; also as
# a plot, docs/long.svg.  EVENTS=100000 (threads: a fiftieth) makes it shorter.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=bench/lib.sh
source bench/lib.sh
parse 1 "$@"
events=${EVENTS:-10000000} samples=40

# once WAY KIND EVENTS: the lines of churn.
once() {
	rm -rf "$work/recording"
	SNARL_OPTIONS=${options[$1]:-} timeout "${LIMIT:-60}" \
		env ${library[$1]:+LD_PRELOAD="${library[$1]}"} "$B/bench/churn" "$2" "$3" "$samples"
}

for kind in mutex mutex-nested plain plain-nested rwlock-nested cond sem thread thread-locks detached; do
	wanted "$kind" || continue
	count=$events
	case $kind in
	thread* | detached) count=$((events / 50)) ;;
	esac
	once bare "$kind" "$count" > "$work/bare" || failed "$kind (bare)"
	# What is cut off by the time limit still shows where it was going.
	once full "$kind" "$count" > "$work/full" || say "$kind: ended early ($?)"
	"$B/bench/tables" "$work/recording/"*.snarl | sed -n 's/^unrecorded //p' > "$work/unrecorded"
	jq -n --arg kind "$kind" --rawfile bare "$work/bare" --rawfile full "$work/full" \
		--rawfile lost "$work/unrecorded" '
		def lines: split("\n") | map(select(. != "") | split(" ") | map(tonumber? // .));
		def each: .[-1] | .[1] * 1e9 / .[0];
		($full | lines) as $samples
		| {$kind, events: $samples[-1][0], bare_ns: ($bare | lines | each), full_ns: ($samples | each),
			samples: ($samples | map({events: .[0], seconds: .[1], resident: .[2], recording: .[3]})),
			unrecorded: ($lost | lines | map({(.[0]): .[1]}) | add // {})}'
done | jq -s . | write_json
bench/table.sh "$output"
[[ $output != "$part" ]] || bench/plot.sh "$part"
