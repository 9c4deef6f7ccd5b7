# SPDX-License-Identifier: Apache-2.0
#
# Lines "CASE UNIT ROUND WAY VALUE" become a list of {case, unit, ways: {WAY: …}}, in the order in which
# they first come.  Of a way: median, low and high of its values; with a bare run in the same round
# also ratio, ratio_low and ratio_high of the quotients of each round, and the median difference (more).
def median: sort | if length == 0 then null
	elif length % 2 == 1 then .[(length - 1) / 2]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def digits: if . == null then null else . * 1e6 | round / 1e6 end;

def spread: {median: (median | digits), low: (min | digits), high: (max | digits), rounds: length};

def against($bare): [.[] | select($bare[.round] != null and $bare[.round] > 0)
		| {q: (.value / $bare[.round]), d: (.value - $bare[.round])}]
	| if length == 0 then {} else {
		ratio: ([.[].q] | median | digits), ratio_low: ([.[].q] | min | digits),
		ratio_high: ([.[].q] | max | digits), more: ([.[].d] | median | digits)} end;

[inputs | split(" ") | select(length == 5)
	| {case: .[0], unit: .[1], round: .[2], way: .[3], value: (.[4] | tonumber)}]
| . as $all
| [.[] | {case, unit}] | to_entries | group_by(.value) | map(.[0]) | sort_by(.key) | map(.value)
| map(. as $what
	| [$all[] | select(.case == $what.case and .unit == $what.unit)] as $mine
	| ([$mine[] | select(.way == "bare") | {(.round): .value}] | add // {}) as $bare
	| . + {ways: ([$mine[].way] | unique | map(. as $way
		| [$mine[] | select(.way == $way)] as $runs
		| {($way): (([$runs[].value] | spread)
			+ (if $way == "bare" then {} else ($runs | against($bare)) end))}) | add)})
