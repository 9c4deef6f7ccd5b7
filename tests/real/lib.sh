# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the tests of real programs share: running one bare and under snarl, comparing, starting and
# stopping a server, and judging the report.  Sourced by run.sh; everything is written to $work.
passed=0 failed=0 skipped=0
snarl=$B/snarl
: "${work:?is set by run.sh}"

pass() {
	passed=$((passed + 1))
	echo "ok   $1"
}

fail() {
	failed=$((failed + 1))
	echo "FAIL $1"
}

# want PROGRAM…: whether all are there; where not, a failure in CI and a skipped line elsewhere.
want() {
	local program
	for program in "$@"; do
		command -v "$program" > /dev/null && continue
		if [[ -n ${CI:-} ]]; then
			fail "$program is not installed"
		else
			skipped=$((skipped + 1))
			echo "skip $program is not installed (scripts/setup check)"
		fi
		return 1
	done
}

# under NAME COMMAND…: runs it under snarl, which keeps its data in $work/NAME.data.
under() {
	local name=$1
	shift
	"$snarl" run --quiet --fail-on never -f json -o "$work/$name.data" -- "$@"
}

# silent NAME PROGRAM: NAME's report covers PROGRAM, and no finding in it is confirmed or predicted, but
# for those of known.txt.
silent() {
	local report=$work/$1.data/report.json found
	if ! jq -e --arg program "$2" '.schema == "snarl-report/1" and any(.processes[];
		any(.exe, .arguments[0]; tostring | split("/")[-1] | startswith($program)))' \
		"$report" > /dev/null; then
		fail "$1: no report, or one that does not cover $2"
		return
	fi
	found=$(jq -r '.findings[] | select(.verdict == "confirmed" or .verdict == "predicted")
		| [.verdict, .kind, .message] | @tsv' "$report" | unknown "$1")
	jq -r '.unrecorded | to_entries[] | select(.value != 0) | "     unrecorded: \(.key) \(.value)"' "$report"
	if [[ -n $found ]]; then
		fail "$1: findings in a correct program"
		sed 's/^/     /' <<< "$found"
		jq '[.findings[] | select(.verdict != "suspect")][0:2]' "$report" | head -n 150
	else
		pass "$1: nothing found"
	fi
}

# Passes on the findings (verdict, kind, message) that known.txt does not list for program $1.
unknown() {
	local verdict kind message program known_kind part known
	while IFS=$'\t' read -r verdict kind message; do
		known=0
		while read -r program known_kind part; do
			[[ $program == "$1" && $kind == "$known_kind" && $message == *"$part"* ]] && known=1
		done < tests/real/known.txt
		((known)) || printf '%s %s: %s\n' "$verdict" "$kind" "$message"
	done
}

# same NAME PROGRAM COMMAND…: output, errors and status are the same bare and under snarl, and it is
# silent.  PROGRAM is what COMMAND runs in the end, which the report must cover.
same() {
	local name=$1 program=$2 bare_status status
	shift 2
	timeout -k 5 120 "$@" > "$work/$name.bare" 2> "$work/$name.bare.err" < /dev/null
	bare_status=$?
	timeout -k 5 240 bash -c "$(declare -f under)"'; under "$@"' bash "$name" "$@" \
		> "$work/$name.out" 2> "$work/$name.err" < /dev/null
	status=$?
	if ((status != bare_status)); then
		fail "$name: status $status, bare $bare_status"
		tail -n 5 "$work/$name.err"
	elif ! cmp -s "$work/$name.bare" "$work/$name.out"; then
		fail "$name: output differs: $(cksum < "$work/$name.bare") / $(cksum < "$work/$name.out")"
	elif ! cmp -s "$work/$name.bare.err" "$work/$name.err"; then
		fail "$name: standard error differs"
		diff "$work/$name.bare.err" "$work/$name.err" | head -n 5
	else
		pass "$name: same output and status ($status)"
	fi
	silent "$name" "$program"
}

# A TCP port of 127.0.0.1 on which nobody answers.
free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		(exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || break
	done
	echo "$port"
}

# start PORT COMMAND…: starts a server and waits until it answers; its process is $server.
start() {
	local port=$1 tries
	shift
	"$@" > "$work/server.log" 2>&1 < /dev/null &
	server=$!
	for ((tries = 0; tries < 200; tries++)); do
		(exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && return 0
		kill -0 "$server" 2> /dev/null || break
		sleep 0.05
	done
	echo "     the server does not answer; its last words:"
	tail -n 5 "$work/server.log"
	return 1
}

# Ends $server by SIGTERM, by SIGKILL after 20 s; its status is $server_status.
stop() {
	local tries
	kill -TERM "$server" 2> /dev/null
	for ((tries = 0; tries < 200; tries++)); do
		kill -0 "$server" 2> /dev/null || break
		sleep 0.1
	done
	kill -KILL "$server" 2> /dev/null && echo "     the server did not end on SIGTERM"
	wait "$server" 2> /dev/null
	server_status=$?
	server=
}

# serve NAME LOAD PROGRAM ARGUMENT…: LOAD (a function, called with the port) prints the same for a bare server
# and for one under snarl, both end alike on SIGTERM, and it is silent.  @PORT@ stands for the port.
serve() {
	local name=$1 load=$2 program=$3 way port bare_status status
	shift 2
	for way in bare out; do
		port=$(free_port)
		if [[ $way == bare ]]; then
			start "$port" "${@//@PORT@/$port}"
		else
			start "$port" "$snarl" run --quiet --fail-on never -f json -o "$work/$name.data" \
				-- "${@//@PORT@/$port}"
		fi || {
			fail "$name: did not start ($way)"
			stop
			return
		}
		"$load" "$port" > "$work/$name.$way" 2>&1
		stop
		[[ $way == bare ]] && bare_status=$server_status || status=$server_status
	done
	if ((status != bare_status)); then
		fail "$name: status $status, bare $bare_status"
	elif ! cmp -s "$work/$name.bare" "$work/$name.out"; then
		fail "$name: answers differ"
		diff "$work/$name.bare" "$work/$name.out" | head -n 10
	else
		pass "$name: same answers and status ($status): $(tail -n 1 "$work/$name.out")"
	fi
	silent "$name" "$program"
}
