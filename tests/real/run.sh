#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Real programs under snarl: each runs bare and under `snarl run`, must print and end the same, and
# must give no finding that is confirmed or predicted.  Arguments pick some (tests/real/run.sh pigz
# redis); without any, all run.  Closes with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit
export B=${B:-$PWD/build} LC_ALL=C
work=$(mktemp -d)
server=
# shellcheck source=tests/real/lib.sh
source tests/real/lib.sh
export work snarl

finish() {
	[[ -z $server ]] || kill -KILL "$server" 2> /dev/null
	if [[ -n ${KEEP:-} ]]; then
		echo "kept: $work"
	else
		rm -rf "$work"
	fi
}
trap finish EXIT

# About 12 MB that compresses, and is the same on every machine.
data() {
	[[ -e $work/data ]] ||
		awk 'BEGIN { for (i = 0; i < 300000; i++) { x = (x * 1103515245 + 12345) % 2147483648;
			print i, x, "the quick brown fox", x % 97 } }' > "$work/data"
}

test_pigz() {
	want pigz || return
	data
	same pigz pigz pigz -n -p 4 -b 128 -c "$work/data"
	pigz -n -p 4 -b 128 -c "$work/data" > "$work/data.gz"
	same unpigz pigz pigz -d -c "$work/data.gz"
}

test_xz() {
	want xz || return
	data
	same xz xz xz -1 -T 2 --block-size=1MiB -c "$work/data"
	xz -1 -T 2 --block-size=1MiB -c "$work/data" > "$work/data.xz"
	same unxz xz xz -d -T 2 -c "$work/data.xz"
}

test_zstd() {
	want zstd || return
	data
	same zstd zstd zstd -q -6 -T2 -B1048576 -c "$work/data"
	zstd -q -6 -T2 -B1048576 -c "$work/data" > "$work/data.zst"
	same unzstd zstd zstd -q -d -c "$work/data.zst"
}

sysbench_threads() {
	sysbench threads --threads=4 --events=400 --time=0 --thread-yields=100 run |
		grep -E 'total number of events|Number of threads'
	return "${PIPESTATUS[0]}"
}

sysbench_mutex() {
	sysbench mutex --threads=4 --mutex-num=64 --mutex-locks=5000 --mutex-loops=100 run |
		grep -E 'total number of events|Number of threads'
	return "${PIPESTATUS[0]}"
}

test_sysbench() {
	want sysbench || return
	export -f sysbench_threads sysbench_mutex
	same sysbench-threads sysbench bash -c sysbench_threads
	same sysbench-mutex sysbench bash -c sysbench_mutex
}

# What db_bench prints are times: only the names of what it ran can be compared.
rocksdb() {
	rm -rf "$1"
	db_bench --db="$1" --benchmarks=fillrandom,readrandom,readwhilewriting,compact --num=5000 \
		--threads=4 --write_buffer_size=262144 --max_background_jobs=4 --compression_type=none \
		2> /dev/null | grep -oE '^[a-z]+ +:' | sort
	return "${PIPESTATUS[0]}"
}

test_rocksdb() {
	want db_bench || return
	export -f rocksdb
	same rocksdb db_bench bash -c 'rocksdb "$1"' bash "$work/db"
}

test_python() {
	want python3 || return
	local python=/usr/bin/python3
	[[ -x $python ]] || python=python3
	same python python "$python" tests/real/threads.py
}

# Searches and packs a repository of our own making, both with several threads.
git_work() {
	git -c grep.threads=4 grep -c fox
	git -c pack.threads=4 -c core.multiPackIndex=false repack -q -a -d -f
	git -c index.threads=4 status --short
	git fsck --full 2>&1
	git log --format=%s | cksum
}

test_git() {
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	want git || return
	local i
	git init -q "$work/repository"
	for ((i = 0; i < 300; i++)); do
		echo "file $i: the quick brown fox $((i * i))" > "$work/repository/file$i"
	done
	git -C "$work/repository" add .
	git -C "$work/repository" -c user.name=snarl -c user.email=snarl@example.org commit -q -m first
	export -f git_work
	same git git bash -c 'cd "$1" && git_work' bash "$work/repository"
}

test_pool() {
	if [[ ! -x $B/tests/real/pool ]]; then
		mkdir -p "$B/tests/real"
		"${CXX:-g++}" -std=c++17 -O2 -g -o "$B/tests/real/pool" tests/real/pool.cc -lpthread
	fi
	same pool pool "$B/tests/real/pool"
}

memcached_load() {
	"$B/tests/real/load" "$1" 6 4 3000
}

test_memcached() {
	want memcached || return
	if [[ ! -x $B/tests/real/load ]]; then
		mkdir -p "$B/tests/real"
		"${CC:-gcc}" -D_GNU_SOURCE -O2 -g -o "$B/tests/real/load" tests/real/load.c -lpthread
	fi
	local user=nobody
	((EUID == 0)) || user=$(id -un)
	serve memcached memcached_load memcached -t 4 -p @PORT@ -U 0 -l 127.0.0.1 -u "$user"
}

redis_load() {
	local i
	redis-benchmark -p "$1" -n 8000 -c 30 -P 4 -q -t set,get,incr,lpush,mset > /dev/null 2>&1
	echo "benchmark: status $?"
	for ((i = 0; i < 500; i++)); do
		echo "set key:$i value$i"
		echo "incrby counter $i"
		echo "rpush list $i"
	done | redis-cli -p "$1" | cksum
	printf 'get key:123\nget counter\nllen list\nunlink list\nflushall async\ndbsize\n' | redis-cli -p "$1"
}

test_redis() {
	want redis-server redis-cli redis-benchmark || return
	serve redis redis_load redis-server --port @PORT@ --bind 127.0.0.1 --io-threads 4 \
		--io-threads-do-reads yes --save '' --appendonly no --dir "$work"
}

# An empty MariaDB server's data folder in $work/db; as root it belongs to nobody, as whom the server runs.
mariadb_make() {
	mkdir "$work/db"
	chmod 755 "$work"
	((EUID != 0)) || chown nobody "$work/db"
	mariadb-install-db --no-defaults --user="$1" --datadir="$work/db" --skip-test-db \
		--auth-root-authentication-method=normal > "$work/mariadb.made" 2>&1
}

# Transactions of two clients at a time, which want some of the same rows, then the sums.
mariadb_load() {
	local sql=(mariadb --no-defaults -h 127.0.0.1 -P "$1" -u root -N -B) i client clients=()
	"${sql[@]}" -e 'DROP DATABASE IF EXISTS snarl; CREATE DATABASE snarl;
		CREATE TABLE snarl.t (id INT PRIMARY KEY, n INT) ENGINE=InnoDB;
		INSERT INTO snarl.t VALUES (0, 0), (1, 0), (2, 0), (3, 0)'
	for client in 1 2; do
		for ((i = 0; i < 2000; i++)); do
			echo "BEGIN; UPDATE snarl.t SET n = n + 1 WHERE id = $((i % 2));"
			echo "UPDATE snarl.t SET n = n + $client WHERE id = $((1 + client)); COMMIT;"
		done | timeout 20 "${sql[@]}" &
		clients+=($!)
	done
	for client in "${clients[@]}"; do
		wait "$client" || echo "a client ended with $?"
	done
	"${sql[@]}" -e 'SELECT id, n FROM snarl.t ORDER BY id; CHECK TABLE snarl.t; SELECT SUM(n) FROM snarl.t'
}

# Optional: too large to be installed for the tests alone.
test_mariadb() {
	local program user=nobody
	for program in mariadbd mariadb mariadb-install-db; do
		command -v "$program" > /dev/null && continue
		echo "skip $program is not installed (optional)"
		return
	done
	((EUID == 0)) || user=$(id -un)
	mariadb_make "$user" || {
		fail "mariadb: no data folder"
		tail -n 5 "$work/mariadb.made"
		return
	}
	serve mariadb mariadb_load mariadbd --no-defaults --user="$user" --datadir="$work/db" --port=@PORT@ \
		--bind-address=127.0.0.1 --socket="$work/db/socket" --innodb-buffer-pool-size=32M
}

(($#)) || set -- pool pigz xz zstd python git sysbench rocksdb memcached redis mariadb
for name in "$@"; do
	"test_$name"
done
((skipped == 0)) || echo "$skipped skipped"
echo "$passed passed, $failed failed"
((failed == 0))
