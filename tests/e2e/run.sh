#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the end-to-end tests: the cases, the hostile guests, the kernels of real bugs and the examples.
#
#   tests/e2e/run.sh [FILTER…]      from the project's root; a filter is part of a case's name
#   B=folder  build folder (build)     JOBS=n  cases at a time (2)     DEADLINE=seconds  for each run (60)
#   UPDATE=1  write the golden reports and those in the examples' comments anew; read them afterwards
#
# A case is a C or C++ program whose head says what is expected of it, in comments:
#   // expect: KIND VERDICT       once for each finding that must be there; no others may be
#   // expect: silent             no finding, and stdout, stderr and status as without the detector
#   // count: any | some          any: repeats are one; some: at least one of them, no other
#   // status: N | own            under the detector; default 66 with a finding that fails, else own
#   // stdout: TEXT               what it must print, `-` for nothing; default what it prints by itself
#   // hangs                      it cannot be run by itself; `// hangs[WORD]`: this variant cannot
#   // stuck: THREAD waits OBJECT  by names, or the type of what has none: all who wait in findings
#   // stuck: THREAD holds OBJECT  one of those who hold something
#   // mode: run | bare | both    under `snarl run`, under LD_PRELOAD alone; default both
#   // variants: WORD…            it is run once with each word as its argument
#   // options: KEY=VALUE:…       SNARL_OPTIONS    // run-arguments: …   for `snarl run`
#   // json: EXPRESSION           jq must find it true of the report    // text: REGEX  of the text
# `// expect[WORD]: …` is for that variant, or that mode, only, `[VARIANT MODE]` for both; it replaces
# the general one (json and text add to it).  tests/guest/NAME.sh and tests/e2e/cases/NAME.sh are scripts that print ok lines themselves.
. tests/e2e/lib.sh

# An example says by its name which finding it gives; three of the verdicts are not "confirmed".
example_expects() {
	local kind=${base//_/-}
	case $kind in
	lock-order-inversion) echo "$kind predicted" ;;
	leaked-worker | early-exit | api-error | signal-without-mutex) echo "$kind suspect" ;;
	blocking-under-lock | priority-inversion | starvation | livelock | thundering-herd | unbounded-threads)
		echo "$kind suspect" ;;
	*) echo "$kind confirmed" ;;
	esac
}

# said KEY : the values of a directive of $source for this variant and mode.
said() {
	local special general
	[[ $source$1 = examples/*expect && $source != examples/*/* ]] && example_expects && return
	special=$(sed -n "s,^// $1\[$variant $mode\]: \?,,p" "$source")
	[ -n "$special" ] || special=$(sed -n "s,^// $1\[\($variant\|$mode\)\]: \?,,p" "$source")
	general=$(sed -n "s,^// $1: \?,,p" "$source")
	case $1 in
	json | text) printf '%s\n%s\n' "$general" "$special" | sed '/^$/d' ;;
	*) if [ -n "$special" ]; then echo "$special"; else echo "$general"; fi ;;
	esac
}

# What was written to stderr, without bash's own remark on a command that a signal ended.
stderr_of() { tr -d "\0" <"$1" | sed "/lib\.sh: line [0-9]*: \+[0-9]\+ /d"; }

is_silent() { [ -z "$expected" ] || [ "$expected" = silent ]; }

hangs() { grep -Eq "^// hangs(\[$variant\])?( |$)" "$source" || [[ $source = examples/*deadlock.c || $source = examples/lost_wakeup.c || $source = examples/fork_with_lock_held.c || $source = examples/signal_unsafe_lock.c ]]; }

# What the program does without the detector.
run_plain() {
	bounded "$program" $argument >"$WORK/plain.out" 2>"$WORK/plain.err" </dev/null
	own=$?
}

run_shimmed() {
	local options
	options=$(said options)
	rm -rf "$WORK/data"
	if [ "$mode" = run ]; then
		SNARL_OPTIONS=$options bounded "$SNARL" run -o "$WORK/data" $(said run-arguments) -- \
			"$program" $argument >"$WORK/out" 2>"$WORK/err" </dev/null
	else
		mkdir -p "$WORK/data"
		SNARL_OPTIONS=$options SNARL_OUTPUT=$WORK/data SNARL_COMMAND=$SNARL LD_PRELOAD=$SHIM \
			bounded "$program" $argument >"$WORK/out" 2>"$WORK/err" </dev/null
	fi
	status=$?
}

check_status() {
	local want
	want=$(said status)
	if [ -z "$want" ]; then
		want=own
		grep -Eq 'confirmed|predicted' <<<"$expected" && want=66
	fi
	[ "$want" = own ] && want=$own
	same "$name status" "$want" "$status"
}

check_output() {
	local want
	want=$(said stdout)
	if [ "$want" = - ]; then
		want=
	elif [ -z "$want" ] && [ -f "$WORK/plain.out" ]; then
		want=$(cat "$WORK/plain.out")
	fi
	same "$name stdout" "$want" "$(cat "$WORK/out")"
	if is_silent; then
		local stderr=
		[ -f "$WORK/plain.err" ] && stderr=$(stderr_of "$WORK/plain.err")
		same "$name stderr" "$stderr" "$(stderr_of "$WORK/err")"
	fi
}

check_findings() {
	local found want
	if [ "$mode" = run ]; then
		cp "$WORK/data/report.json" "$WORK/json" 2>"$WORK/json.err" || rm -f "$WORK/json"
	else
		SNARL_OPTIONS=$(said options) json "$WORK/data" >"$WORK/json" 2>"$WORK/json.err"
	fi
	found=$(jq -r '.findings[] | "\(.kind) \(.verdict)"' "$WORK/json" 2>&1 | sort)
	[ -s "$WORK/json" ] || found="no report: $(head -c 300 "$WORK/json.err")"
	want=$(is_silent || sort <<<"$expected")
	case $(said count) in
	any) found=$(uniq <<<"$found") ;;
	some) [ -n "$found" ] && [ -z "$(grep -vxF "$want" <<<"$found")" ] && want=$found ;;
	esac
	same "$name findings" "$want" "$found"
}

# All parts of the role, a line each: THREAD ROLE OBJECT.
parts() {
	jq -r --arg role "$1" '.findings[] | . as $f | .stacks[] | select(.role == $role) |
		(.thread as $t | $f.threads[] | select(.id == $t) | .name // .id) + " \($role) " +
		(.object as $o | [$f.objects[], ($f.threads[] | .type = "thread")] | map(select(.id == $o))[0] |
			.name // .type // "nothing")' "$WORK/json" | sort -u
}

# The whole set of the stuck must be told, and nobody else; of what they hold, what matters here.
check_stuck() {
	local want held
	want=$(said stuck)
	[ -n "$want" ] || return
	same "$name stuck" "$(grep ' waits ' <<<"$want" | sort)" "$(parts waits)"
	while read -r held; do
		check "$name: $held" grep -qxF "$held" <(parts holds)
	done < <(grep ' holds ' <<<"$want")
}

check_report() {
	local expression regex
	while read -r expression; do
		check "$name json: $expression" jq -e "$expression" "$WORK/json"
	done < <(said json)
	while read -r regex; do
		check "$name text: $regex" grep -Eq -- "$regex" "$WORK/err"
	done < <(said text)
	check_stuck
	if ! is_silent; then
		# Threads of a whole program that live at its end are told unasked only beside other findings.
		for kind in $(jq -r '.findings | if all(.verdict == "suspect" and
			(.kind == "leaked-worker" or .kind == "early-exit")) and $status != 66
			then [] else . end | .[].kind' --argjson status "$status" "$WORK/json" 2>/dev/null | sort -u); do
			check "$name text names $kind" grep -q -- "$kind" "$WORK/err"
		done
	fi
}

filtered() { LC_ALL=C sed -f tests/e2e/filter.sed "$1"; }

# The whole report against the one that a person has read; only of the first variant, by `snarl run`.
check_golden() {
	local golden=tests/e2e/golden/$base.txt
	if [[ $source = *cases/* ]] && [ -f "$golden" ] && [ "$mode" = run ] && [ "$variant" = "$first" ]; then
		[ -n "$UPDATE" ] && filtered "$WORK/err" >"$golden"
		same "$name golden" "$(cat "$golden")" "$(filtered "$WORK/err")"
	fi
}

# Lines that fit into a comment; what goes on is indented deeper.
wrapped() {
	awk '{
		match($0, /^ */); indent = sprintf("%" (RLENGTH + 4) "s", "")
		while (length($0) > 92) {
			cut = 92
			while (cut > RLENGTH + 4 && substr($0, cut, 1) != " ") cut--
			print substr($0, 1, cut - 1); $0 = indent substr($0, cut + 1)
		}
		print
	}' | sed 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# The report in an example's opening or closing comment, between "It reports:" and the end of the comment.
comment_report() { sed -n '/^ \* It reports:$/,/^ \*\/$/{/It reports:$/d;/^ \*\/$/d;s/^ \*$//;s/^ \* \{0,3\}//;p}' "$source"; }

# Puts the report into the comment; twice, since that moves the lines that the report names.
update_comment() {
	filtered "$WORK/err" | wrapped | sed 's/^/ *   /;s/ *$//' >"$WORK/comment"
	sed -i -e "/^ \* It reports:$/,/^ \*\/$/{/It reports:$/r $WORK/comment
		/It reports:$/!{/^ \*\/$/!d}}" "$source"
}

check_example() {
	[[ $source = examples/* && $mode = run ]] || return
	[ -n "$UPDATE" ] && update_comment
	same "$name report as in its comment" "$(comment_report)" "$(filtered "$WORK/err" | wrapped)"
}

run_mode() {
	expected=$(said expect)
	name="$base${variant:+ $variant} ($mode)"
	run_shimmed
	check_status
	check_output
	[ "$(said report)" = none ] && return
	check_findings
	check_report
	check_golden
	check_example
}

run_variant() {
	local modes
	modes=$(sed -n 's,^// mode: ,,p' "$source")
	[ "$modes" = none ] && return
	argument=$variant
	rm -f "$WORK"/plain.*
	if hangs; then own=; else run_plain; fi
	[ "${modes:-both}" = both ] && modes="run bare"
	for mode in $modes; do
		run_mode
	done
}

# one SOURCE : a case with all its variants, or a script.
one() {
	source=$1
	base=$(basename "${source%.*}")
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/snarl-e2e.XXXXXX")
	program=$PROGRAMS/$(basename "$(dirname "$source")")/$base
	if [ "${source##*.}" = sh ]; then
		. "$source"
	else
		local variants
		variants=$(sed -n 's,^// variants: ,,p' "$source")
		variants=${variants//$'\n'/ }
		first=${variants%% *}
		for variant in ${variants:-""}; do
			run_variant
		done
	fi 2>&1
	chmod -R u+w "$WORK" && rm -rf "$WORK"
}

selected() {
	local file filter
	for file in tests/e2e/cases/*.{c,cc,sh} tests/guest/*.{c,cc,sh} tests/kernels/*.c examples/*.c examples/channel/*.c; do
		[ -f "$file" ] && [[ $file != *.so.c ]] || continue
		[ $# -eq 0 ] && echo "$file"
		for filter in "$@"; do
			[[ $file = *$filter* ]] && echo "$file" && break
		done
	done
}

main() {
	local results
	results=$(mktemp)
	if ! make -s -k -j2 -f tests/e2e/Makefile B="$B"; then
		not_ok "all programs build" | tee "$results"
	fi
	selected "$@" | xargs -P "${JOBS:-2}" -I{} bash -c 'lines=$("$0" --one {}); printf "%s\n" "$lines"' "$0" |
		tee -a "$results"
	passed=$(grep -c '^ok ' "$results")
	failed=$(grep -c '^not ok ' "$results")
	rm -f "$results"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

if [ "$1" = --one ]; then one "$2"; else main "$@"; fi; exit
