# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh and its callers set and read them
# SPDX-License-Identifier: Apache-2.0
#
# The whole programs that are measured: program_NAME runs one of them once, in way $1, and leaves its
# cost to be read by costs().  Sourced after lib.sh.  size FULL SMALL is the amount of work; SMALL is for
# tools that take hundreds of times as long (small=1).
declare -A needs=([pigz]=pigz [xz]=xz [zstd]=zstd [sysbench-mutex]=sysbench [sysbench-threads]=sysbench
	[rocksdb]=db_bench [pool]="" [python]=python3 [memcached]=memcached
	[redis]="redis-server redis-benchmark" [mariadb]="mariadbd mariadb mariadb-install-db")
all_programs=(pigz xz zstd sysbench-mutex sysbench-threads rocksdb pool python memcached redis mariadb)
small=0

size() {
	if ((small)); then
		echo "$2"
	else
		echo "$1"
	fi
}

# What the compressors read; the same on every machine.
data() {
	[[ -e $work/data ]] ||
		awk -v lines="$(size 400000 20000)" 'BEGIN { for (i = 0; i < lines; i++) {
			x = (x * 1103515245 + 12345) % 2147483648; print i, x, "the quick brown fox", x % 97 } }' \
			> "$work/data"
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

program_sysbench-mutex() {
	cost "$1" sysbench mutex --threads=4 --mutex-num=4096 --mutex-locks="$(size 4000000 10000)" \
		--mutex-loops=0 run > /dev/null
}

program_sysbench-threads() {
	cost "$1" sysbench threads --threads=4 --events="$(size 12000 200)" --time=0 --thread-yields=50 run \
		> /dev/null
}

program_rocksdb() {
	cost "$1" db_bench --db="$work/rocksdb" --benchmarks=fillrandom,readrandom --threads=2 \
		--num="$(size 25000 1000)" --compression_type=none > /dev/null 2>&1
	local status=$?
	rm -rf "$work/rocksdb"
	return "$status"
}

program_pool() {
	local program=$B/bench/pool
	[[ $1 == tsan ]] && program=$B/bench/pool-tsan
	cost "$1" "$program" "$(size 200000 5000)" > /dev/null
}

program_python() {
	local python=/usr/bin/python3
	[[ -x $python ]] || python=python3
	cost "$1" "$python" bench/threads.py "$(size 20000 500)" > /dev/null
}

# free_port: one of 127.0.0.1 on which nobody answers.
free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		(exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || break
	done
	echo "$port"
}

# answers PORT: waits until the server does, 30 s at most.
answers() {
	local tries
	for ((tries = 0; tries < 600; tries++)); do
		(exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null && return 0
		kill -0 "$server" 2> /dev/null || return 1
		sleep 0.05
	done
	return 1
}

# serve WAY LOAD PROGRAM…: the server's cost while LOAD (called with the port) runs.  @PORT@ stands for
# the port.  The wall time is the load's.
serve() {
	local way=$1 load=$2 port started ended status
	shift 2
	port=$(free_port)
	prepare "$way" 1 "${@//@PORT@/$port}"
	timeout --foreground "${LIMIT:-120}" "${running[@]}" > "$work/server.log" 2>&1 < /dev/null &
	server=$!
	answers "$port" || {
		say "the server does not answer: $(tail -n 1 "$work/server.log")"
		return 1
	}
	started=$EPOCHREALTIME
	"$load" "$port" > "$work/load.log" 2>&1
	status=$?
	ended=$EPOCHREALTIME
	kill -TERM "$server"
	wait "$server"
	server=
	costs && wall=$(difference "$ended" "$started")
	return "$status"
}

difference() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.6f", a - b }'
}

memcached_load() {
	timeout 100 "$B/tests/real/load" "$1" 4 8 "$(size 8000 300)"
}

program_memcached() {
	serve "$1" memcached_load memcached -t 4 -p @PORT@ -U 0 -l 127.0.0.1 \
		-u "$(id -un)"
}

redis_load() {
	timeout 100 redis-benchmark -p "$1" -n "$(size 60000 2000)" -c 40 -P 4 -q -t set,get
}

program_redis() {
	serve "$1" redis_load redis-server --port @PORT@ --bind 127.0.0.1 --io-threads 2 \
		--io-threads-do-reads yes --save '' --appendonly no --dir "$work"
}

# An empty server's data folder; as root it belongs to nobody, as whom the server runs.
mariadb_make() {
	[[ -d $work/mariadb ]] && return 0
	mkdir "$work/mariadb"
	chmod 755 "$work"
	((EUID != 0)) || chown nobody "$work/mariadb"
	mariadb-install-db --no-defaults --user="$1" --datadir="$work/mariadb" --skip-test-db \
		--auth-root-authentication-method=normal > "$work/mariadb.made" 2>&1
}

# Transactions of two clients at a time, which want some of the same rows.
mariadb_load() {
	local sql=(mariadb --no-defaults -h 127.0.0.1 -P "$1" -u root -N -B) i client clients=() status=0 turns
	turns=$(size 3000 50)
	"${sql[@]}" -e 'DROP DATABASE IF EXISTS snarl; CREATE DATABASE snarl;
		CREATE TABLE snarl.t (id INT PRIMARY KEY, n INT) ENGINE=InnoDB;
		INSERT INTO snarl.t VALUES (0, 0), (1, 0), (2, 0), (3, 0)' || return
	for client in 1 2; do
		for ((i = 0; i < turns; i++)); do
			echo "BEGIN; UPDATE snarl.t SET n = n + 1 WHERE id = $((i % 2));"
			echo "UPDATE snarl.t SET n = n + $client WHERE id = $((1 + client)); COMMIT;"
			((i % 10)) || echo "SELECT SUM(n) FROM snarl.t;"
		done > "$work/sql.$client"
		timeout 100 "${sql[@]}" < "$work/sql.$client" &
		clients+=($!)
	done
	for client in "${clients[@]}"; do
		wait "$client" || status=1
	done
	return "$status"
}

program_mariadb() {
	local user=nobody
	((EUID == 0)) || user=$(id -un)
	mariadb_make "$user" || return
	serve "$1" mariadb_load mariadbd --no-defaults --user="$user" --datadir="$work/mariadb" \
		--port=@PORT@ --bind-address=127.0.0.1 --socket="$work/mariadb/socket" \
		--innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=0
}

# take NAME ROUND WAY: one run, and its samples; one whose program is not there, or failed, leaves none.
take() {
	local name=$1 round=$2 way=$3
	# shellcheck disable=SC2086 # needs is a list
	[[ -z ${needs[$name]} ]] || there ${needs[$name]} || return
	if ! "program_$name" "$way" || [[ -z $cpu ]]; then
		failed "$name ($way)"
		stop_server
		return
	fi
	sample "$name" cpu-s "$round" "$way" "$cpu"
	sample "$name" wall-s "$round" "$way" "$wall"
	sample "$name" KiB "$round" "$way" "$kib"
	[[ $way != full ]] || sample "$name" recording-KiB "$round" full "$(recording_kib)"
}

stop_server() {
	[[ -n $server ]] || return
	kill -TERM "$server" 2> /dev/null
	wait "$server"
	server=
}
