#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Keeps the direction of dependencies between folders: each may include only from those listed for it
# here (docs/design.md tells why).  Closes with "N passed, N failed", one test for each folder.
set -u
cd "$(dirname "$0")/.." || exit
declare -A may=(
	[include]="include"
	[base]="include base"
	[graph]="include base graph"
	[detect]="include base graph detect"
	[interpose]="include base graph detect interpose"
	[report]="include base graph detect report"
	[cli]="include base graph detect report cli"
	[channel]="include base channel"
)
passed=0 failed=0

# Whether a file of folder $1 may include "$2"; a name without a folder is a neighbour's or a
# public header.
allowed() {
	local folder
	[[ -e ${file%/*}/$2 ]] && return 0 # of its own folder, below include/ too
	if [[ $2 != */* ]]; then
		[[ -e $1/$2 || -e include/$2 ]]
		return
	fi
	for folder in ${may[$1]}; do
		[[ ${2%%/*} == "$folder" && -e $2 ]] && return 0
	done
	return 1
}

for folder in include base graph detect interpose report cli channel; do
	[[ -d $folder ]] || continue
	bad=0
	while IFS=: read -r file line text; do
		[[ $text =~ \"([^\"]+)\" ]] || continue
		if ! allowed "$folder" "${BASH_REMATCH[1]}"; then
			echo "$file:$line: $folder/ must not include \"${BASH_REMATCH[1]}\""
			bad=1
		fi
	done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$folder" --include='*.[ch]' \
		--include='*.def')
	((bad)) && failed=$((failed + 1)) || passed=$((passed + 1))
done
echo "$passed passed, $failed failed"
((failed == 0))
