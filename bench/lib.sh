# shellcheck shell=bash disable=SC2034 # what it sets is for those who source it
# SPDX-License-Identifier: Apache-2.0
#
# What the parts of the benchmark share: the ways of running a program, the cost of a run, the samples
# and what becomes of them.  Sourced by the scripts of this folder, after cd to the top.
#
# A part is run as PART.sh [-r ROUNDS] [CASE…].  It takes samples, each a line
#	CASE UNIT ROUND WAY VALUE
# in $work/samples, and conclude() makes of them $RESULTS/PART.json (PART-some.json where cases are given)
# and the table on standard output.
export B=${B:-$PWD/build} LC_ALL=C
RESULTS=${RESULTS:-$B/bench}
work=$(mktemp -d)
server=
part=${0##*/}
part=${part%.sh}
export work

finish() {
	local status=$?
	[[ -z $server ]] || kill -TERM "$server" 2> /dev/null
	[[ ! -e $work/failed ]] || status=1
	rm -rf "$work" ${scratch:+"$scratch"}
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# What preloads what, with which options.  The tools of Valgrind run the program instead.
declare -A library=([pass]=$B/bench/passthrough.so [full]=$B/libsnarl.so [site]=$B/libsnarl.so
	[reported]=$B/libsnarl.so)
declare -A options=([full]=report_at_exit=0 [site]=report_at_exit=0:stacks=site [reported]="")
declare -A tool=([helgrind]="valgrind --tool=helgrind --log-file=/dev/null"
	[drd]="valgrind --tool=drd --log-file=/dev/null")
export SNARL_OUTPUT=$work/recording TSAN_OPTIONS="report_bugs=0:exitcode=0"

say() {
	echo "bench: $*" >&2
}

# What could not be measured is told and left out of the tables, and is the script's failure at its end.
failed() {
	say "$* failed"
	: > "$work/failed"
}

# parse DEFAULT-ROUNDS ARGUMENT…: sets rounds and cases.
parse() {
	rounds=${ROUNDS:-$1}
	shift
	if [[ ${1:-} == -r ]]; then
		rounds=$2
		shift 2
	fi
	cases=("$@")
	# What leaves cases out must not take the place of the whole.
	output=$part
	((${#cases[@]} == 0)) || output=$part-some
	if [[ ! -e $B/libsnarl.so || ! -e $B/bench/churn ]]; then
		say "$B is not built: make bench-programs"
		exit 1
	fi
	mkdir -p "$RESULTS"
	load_before=$(cut -d' ' -f1 /proc/loadavg)
	: > "$work/samples"
}

# wanted CASE: whether it is among the arguments, or there were none.
wanted() {
	local name
	((${#cases[@]})) || return 0
	for name in "${cases[@]}"; do
		[[ $name == "$1" ]] && return 0
	done
	return 1
}

# there PROGRAM…: whether all are installed; says so once where not.
there() {
	local program
	for program in "$@"; do
		command -v "$program" > /dev/null && continue
		((${round:-0})) || say "$program is not installed, left out (scripts/setup all)"
		return 1
	done
}

# turns ROUND WAY…: the order of the ways in this round: there and back, so that a machine that grows
# slower or faster all the time favours none.
turns() {
	local round=$1 i
	shift
	if ((round % 2)); then
		for ((i = $#; i > 0; i--)); do
			echo "${!i}"
		done
	else
		printf '%s\n' "$@"
	fi
}

sample() {
	echo "$*" >> "$work/samples"
}

# prepare WAY REPEAT COMMAND…: sets running to what runs it that way and writes its cost to $work/cost.
prepare() {
	local way=$1 repeat=$2 before=() preload=()
	shift 2
	rm -rf "$work/recording" "$work/cost"
	[[ -z ${library[$way]:-} ]] || preload=(-p "${library[$way]}")
	[[ -z ${tool[$way]:-} ]] || read -ra before <<< "${tool[$way]}"
	running=(env "SNARL_OPTIONS=${options[$way]:-}" "$B/bench/cpu" -r "$repeat" "${preload[@]}" "$work/cost"
		"${before[@]}" "$@")
}

# What the last run cost: sets cpu, wall (seconds) and kib; fails when it wrote nothing.
costs() {
	cpu='' wall='' kib=''
	[[ -e $work/cost ]] && read -r cpu wall kib < "$work/cost"
}

# cost WAY COMMAND…: runs it and takes its costs; the status is the command's.
cost() {
	prepare "$1" 1 "${@:2}"
	timeout "${LIMIT:-120}" "${running[@]}" && costs
}

# Space on disk of the recordings of the last run, KiB.
recording_kib() {
	[[ -d $work/recording ]] && du -sk "$work/recording" | cut -f1
}

# pinned COMMAND…: on the last processor, where there are several.
pinned() {
	if command -v taskset > /dev/null; then
		taskset -c "$(($(nproc) - 1))" "$@"
	else
		"$@"
	fi
}

# What the figures depend on, as JSON.
machine() {
	local cpu hypervisor distribution
	hypervisor=$(LC_ALL=C lscpu | sed -n 's/^Hypervisor vendor: *//p')
	cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
	# shellcheck source=/dev/null
	distribution=$(. /etc/os-release && echo "$PRETTY_NAME")
	jq -n --arg cpu "$cpu" --arg hypervisor "${hypervisor:-none}" --argjson cores "$(nproc)" --arg kernel "$(uname -sr)" \
		--arg memory "$(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)" \
		--arg system "$distribution" --arg libc "$(getconf GNU_LIBC_VERSION)" \
		--arg compiler "$("${CC:-gcc}" --version | head -n 1)" \
		--arg valgrind "$(valgrind --version 2> /dev/null)" \
		--argjson before "$load_before" --argjson after "$(cut -d' ' -f1 /proc/loadavg)" \
		'{$cpu, $hypervisor, $cores, $memory, $kernel, $system, $libc, $compiler, $valgrind,
			load: {$before, $after}}'
}

# write_json < RESULTS: $RESULTS/$output.json, with what it takes to repeat them.
write_json() {
	local command='' name
	for name in EVENTS MOST FINDINGS MEGABYTES LENGTH WAYS LIMIT; do
		[[ -z ${!name:-} ]] || command+="$name='${!name}' "
	done
	command+="bench/$part.sh -r $rounds${cases[*]:+ ${cases[*]}}"
	jq --arg part "$part" --arg command "$command" \
		--argjson machine "$(machine)" --argjson rounds "$rounds" \
		'{$part, $command, $rounds, $machine, results: .}' > "$work/result.json" &&
		mv "$work/result.json" "$RESULTS/$output.json"
	jq -e '.results | length > 0' "$RESULTS/$output.json" > /dev/null || failed "$part: nothing measured; it"
}

# conclude: the samples become results.
conclude() {
	jq -nR -f bench/samples.jq "$work/samples" | write_json
	bench/table.sh "$output"
	echo "bench: $RESULTS/$output.json" >&2
}
