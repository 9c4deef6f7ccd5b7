#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/full.sh		(make bench-full)
#
# Runs the parts of the benchmark, each of which can be run alone as well (bench/PART.sh), and puts their
# tables and plots into docs/.  Takes about twenty minutes; nothing else should run meanwhile.
# PARTS="micro memory" picks some, ROUNDS=3 has all of them run as many rounds,
# DOCS=folder takes another performance.md.
set -u
cd "$(dirname "$0")/.." || exit
export B=${B:-$PWD/build}
read -ra parts <<< "${PARTS:-micro start programs peers memory growth long report}"
status=0
for part in "${parts[@]}"; do
	echo "bench: $part, $(date +%T)" >&2
	rm -f "$B/bench/$part.json"
	timeout 1200 "bench/$part.sh" || {
		echo "bench: $part failed" >&2
		status=1
	}
done
bench/document.sh "${parts[@]}" || status=1
exit "$status"
