#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/run.sh [-r ROUNDS] [micro|programs|start|CASE]…
#
# What the shim costs.  Each thing is run in turns: bare (A), with the shim (B), with the shim and
# stacks=site (C), A B C A B C …, since a machine's speed drifts; each B and C is divided by its own
# round's A, and the table shows the median of these ratios with the lowest and the highest.  Micro
# cases are in ns per operation; programs in CPU seconds, theirs alone and not their clients'.  Writes
# the table to standard output and to $B/bench/results.json.  docs/performance.md explains the figures.
set -u
cd "$(dirname "$0")/.." || exit
export B=${B:-$PWD/build} LC_ALL=C
library=$B/libsnarl.so
rounds=5
work=$(mktemp -d)
server=
finish() {
	[[ -z $server ]] || kill -TERM "$server" 2> /dev/null
	rm -rf "$work"
}
trap finish EXIT

if [[ ${1:-} == -r ]]; then
	rounds=$2
	shift 2
fi
ways=(bare full site)

# Sets up the environment of a way; the library itself is preloaded by bench/cpu or env.
declare -A options=(
	[bare]=""
	[full]=report_at_exit=0
	[site]=report_at_exit=0:stacks=site
)

# cost WAY COMMAND…: runs it that way; its CPU seconds, wall seconds and KiB go to $work/cost.
cost() {
	local way=$1 preload=()
	shift
	[[ $way == bare ]] || preload=(-p "$library")
	SNARL_OPTIONS=${options[$way]} SNARL_OUTPUT=$work/recording \
		"$B/bench/cpu" "${preload[@]}" "$work/cost" "$@"
}

# --- micro ---
micro_once() {
	local way=$1 pin=() preload=()
	shift
	# One core for what has one thread: moving it about is noise.
	[[ $1 == many ]] || (($(nproc) < 2)) || pin=(taskset -c 1)
	[[ $way == bare ]] || preload=("LD_PRELOAD=$library")
	"${pin[@]}" env SNARL_OPTIONS="${options[$way]}" SNARL_OUTPUT="$work/recording" "${preload[@]}" \
		"$B/bench/lock" "$@"
}

micro() {
	local round way
	for ((round = 0; round < rounds; round++)); do
		for way in "${ways[@]}"; do
			{
				micro_once "$way" "$1"
				micro_once "$way" "$2"
			} | sed "s/^/ns $round $way /" >> "$work/all"
			rm -rf "$work/recording"*
		done
	done
}

# --- programs: each function runs one of them once, as way $1 ---
data() {
	[[ -e $work/data ]] ||
		awk 'BEGIN { for (i = 0; i < 400000; i++) { x = (x * 1103515245 + 12345) % 2147483648;
			print i, x, "the quick brown fox", x % 97 } }' > "$work/data"
}

program_pigz() {
	data
	cost "$1" pigz -6 -p 4 -c "$work/data" > /dev/null
}

program_xz() {
	data
	cost "$1" xz -0 -T 2 --block-size=1MiB -c "$work/data" > /dev/null
}

program_zstd() {
	data
	cost "$1" zstd -q -8 -T2 -B1048576 -c "$work/data" > /dev/null
}

program_sysbench_threads() {
	cost "$1" sysbench threads --threads=4 --events=12000 --time=0 --thread-yields=50 run > /dev/null
}

program_sysbench_mutex() {
	cost "$1" sysbench mutex --threads=4 --mutex-num=4096 --mutex-locks=1000000 --mutex-loops=0 run \
		> /dev/null
}

program_db_bench() {
	cost "$1" db_bench --db="$work/db" --benchmarks=fillrandom,readrandom --num=25000 --threads=2 \
		--compression_type=none > /dev/null 2>&1
	rm -rf "$work/db"
}

# serve WAY LOAD PROGRAM…: the CPU time of the server while LOAD (called with the port) runs.
serve() {
	local way=$1 load=$2 port tries preload=()
	shift 2
	port=$((20000 + RANDOM % 12000))
	[[ $way == bare ]] || preload=(-p "$library")
	SNARL_OPTIONS=${options[$way]} SNARL_OUTPUT=$work/recording \
		"$B/bench/cpu" "${preload[@]}" "$work/cost" "${@//@PORT@/$port}" > /dev/null 2>&1 &
	server=$!
	for ((tries = 0; tries < 100; tries++)); do
		(exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && break
		sleep 0.05
	done
	"$load" "$port" > /dev/null 2>&1
	kill -TERM "$server"
	wait "$server"
	server=
}

memcached_load() {
	"$B/tests/real/load" "$1" 4 8 5000
}

program_memcached() {
	serve "$1" memcached_load memcached -t 4 -p @PORT@ -U 0 -l 127.0.0.1 -u "$(id -un)"
}

redis_load() {
	redis-benchmark -p "$1" -n 40000 -c 40 -P 4 -q -t set,get
}

program_redis() {
	serve "$1" redis_load redis-server --port @PORT@ --bind 127.0.0.1 --io-threads 2 \
		--io-threads-do-reads yes --save '' --appendonly no --dir "$work"
}

start_once() {
	local i
	for ((i = 0; i < 50; i++)); do
		/bin/true
	done
}

# Start-up and end: a shell that runs /bin/true 50 times.
program_true_50() {
	export -f start_once
	cost "$1" bash -c start_once
}

programs() {
	local round way name
	declare -A of=([program_pigz]=pigz [program_xz]=xz [program_zstd]=zstd [program_db_bench]=db_bench
		[program_sysbench_threads]=sysbench [program_sysbench_mutex]=sysbench
		[program_memcached]=memcached [program_redis]=redis-server [program_true_50]=true)
	for ((round = 0; round < rounds; round++)); do
		for name in "$@"; do
			if ! command -v "${of[$name]}" > /dev/null; then
				((round)) || echo "bench: ${of[$name]} is not installed, left out" >&2
				continue
			fi
			for way in "${ways[@]}"; do
				rm -f "$work/cost"
				"$name" "$way"
				record "$round" "$way" "${name#program_}"
				rm -rf "$work/recording"*
			done
		done
	done
}

# Appends what $work/cost says: CPU seconds, and the memory as a line of its own.
record() {
	local cpu kib _
	[[ -e $work/cost ]] || return
	read -r cpu _ kib < "$work/cost"
	echo "s $1 $2 $3 $cpu" >> "$work/all"
	echo "KiB $1 $2 $3 $kib" >> "$work/all"
}

# --- the table ---
table() {
	awk -v ways="${ways[*]}" -v json="$B/bench/results.json" '
	function median(values, n,    i, j, v) {
		for (i = 2; i <= n; i++) {
			v = values[i]
			for (j = i - 1; j > 0 && values[j] > v; j--)
				values[j + 1] = values[j]
			values[j + 1] = v
		}
		return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
	}
	{
		key = $1 " " $4
		if (!(key in seen)) {
			seen[key] = 1
			keys[++count] = key
		}
		value[key, $2, $3] = $5
		if ($2 > last)
			last = $2
	}
	END {
		ways_count = split(ways, way, " ")
		printf "%-22s %-4s %12s", "case", "unit", way[1]
		for (w = 2; w <= ways_count; w++)
			printf "  %-26s", way[w] ": ratio (low..high)"
		print ""
		printf "[" > json
		for (k = 1; k <= count; k++) {
			split(keys[k], part, " ")
			n = 0
			for (r = 0; r <= last; r++)
				if ((keys[k], r, way[1]) in value)
					bare[++n] = value[keys[k], r, way[1]]
			middle = median(bare, n)
			printf "%-22s %-4s %12.3f", part[2], part[1], middle
			printf "%s\n{\"case\":\"%s\",\"unit\":\"%s\",\"bare\":%.6f", (k > 1 ? "," : ""), part[2], part[1],
				middle > json
			for (w = 2; w <= ways_count; w++) {
				n = 0
				for (r = 0; r <= last; r++) {
					if (!((keys[k], r, way[w]) in value) || !(value[keys[k], r, way[1]] > 0))
						continue
					ratio[++n] = value[keys[k], r, way[w]] / value[keys[k], r, way[1]]
				}
				if (!n)
					continue
				middle = median(ratio, n)
				printf "  %-26s", sprintf("%.3f (%.2f..%.2f)", middle, ratio[1], ratio[n])
				printf ",\"%s\":{\"ratio\":%.4f,\"low\":%.4f,\"high\":%.4f,\"rounds\":%d}", way[w], middle,
					ratio[1], ratio[n], n > json
			}
			print ""
			printf "}" > json
		}
		printf "\n]\n" > json
	}' "$work/all"
}

[[ -e $library ]] || {
	echo "bench: $library is not there; run make first" >&2
	exit 1
}
mkdir -p "$B/bench"
: > "$work/all"
all_programs=(program_true_50 program_pigz program_xz program_zstd program_sysbench_threads
	program_sysbench_mutex program_db_bench program_memcached program_redis)
(($#)) || set -- micro programs
for what in "$@"; do
	case $what in
	micro) micro one many ;;
	programs) programs "${all_programs[@]}" ;;
	start) programs program_true_50 ;;
	*)
		if declare -F "program_$what" > /dev/null; then
			programs "program_$what"
		else
			micro "$what" none
		fi
		;;
	esac
done
table
