#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/plot.sh growth|long
#
# $RESULTS/growth.json or long.json as $RESULTS/growth.svg or long.svg, by gnuplot.
set -u
cd "$(dirname "$0")/.." || exit
RESULTS=${RESULTS:-${B:-$PWD/build}/bench}
if ! command -v gnuplot > /dev/null; then
	echo "bench: gnuplot is not installed, no plot (scripts/setup all)" >&2
	exit 0
fi
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

# A file per kind: columns for bench/$1.gnuplot.
case $1 in
growth)
	jq -r '.results[] | [.kind, .count, .bare.first, .full.first, .bare.again, .full.again,
		.recording_bytes, .report_seconds] | map(. // "-") | @tsv' "$RESULTS/growth.json"
	;;
long)
	jq -r '.results[] | .kind as $kind | .events as $all | .samples[]
		| [$kind, .events / $all * 100, .recording / 1024, .resident / 1024] | @tsv' "$RESULTS/long.json"
	;;
esac | awk -F '\t' -v into="$data" '{ file = into "/" $1; sub(/^[^\t]*\t/, ""); print > file }'
(cd "$data" && echo -- *) > "$data.kinds"
gnuplot -e "data='$data'; kinds='$(sed 's/^-- //' "$data.kinds")'; set output '$RESULTS/$1.svg'" \
	"bench/$1.gnuplot"
rm -f "$data.kinds"
