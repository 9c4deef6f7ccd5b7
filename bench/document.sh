#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/document.sh PART…
#
# Puts the tables of these parts into docs/performance.md, between the lines "<!-- bench:PART -->" and
# "<!-- end -->", and their plots into docs/; then the table of goals from all results there are.
set -eu
cd "$(dirname "$0")/.." || exit
RESULTS=${RESULTS:-${B:-$PWD/build}/bench}
docs=${DOCS:-docs}
page=$docs/performance.md
# insert NAME: $RESULTS/NAME.md between its two lines.
insert() {
	if ! grep -qxF "<!-- bench:$1 -->" "$page"; then
		echo "bench: $page has no place for $1" >&2
		return
	fi
	awk -v begin="<!-- bench:$1 -->" -v table="$RESULTS/$1.md" '
		$0 == begin { print; while ((getline line < table) > 0) print line; skip = 1 }
		$0 == "<!-- end -->" { skip = 0 }
		!skip' "$page" > "$RESULTS/page.md"
	cp "$RESULTS/page.md" "$page"
}

for part in "$@"; do
	[[ -s $RESULTS/$part.json ]] || continue
	bench/table.sh "$part" > "$RESULTS/$part.md"
	insert "$part"
	[[ ! -e $RESULTS/$part.svg ]] || cp "$RESULTS/$part.svg" "$docs/$part.svg"
done
for part in micro programs start memory; do
	if [[ -s $RESULTS/$part.json ]]; then
		cat "$RESULTS/$part.json"
	else
		echo '{}'
	fi
done | jq -rs -f bench/goals.jq > "$RESULTS/goals.md"
insert goals
