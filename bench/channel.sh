#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/channel.sh [-r ROUNDS] [-v] [handoff|stream|crowd|select|detector]…
#
# The channel library (A) against another way (B), run in turns A B A B …, since a machine's speed
# drifts: against a queue of mutex and conditions, against Go where a toolchain is installed,
# select over 8 channels against select over 2, and the library bare against the same program with the
# detector preloaded, and with a library preloaded that is empty.  Each round's B is divided by its own A;
# printed are the medians in ns per operation and the median of these ratios with the lowest and the
# highest.  -v prints the two commands of each row.
# docs/performance-channel.md explains the figures.
set -u
cd "$(dirname "$0")/.." || exit
export B=${B:-$PWD/build} LC_ALL=C
rounds=7 verbose=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
while [[ ${1:-} == -* ]]; do
	case $1 in
	-r)
		rounds=$2
		shift
		;;
	-v) verbose=1 ;;
	*)
		echo "bench: no option $1" >&2
		exit 2
		;;
	esac
	shift
done
make -s B="$B" "$B/bench/channel" "$B/libsnarl.so" || exit
go=
if command -v go > /dev/null; then
	GOCACHE=$work/cache GOFLAGS=-mod=mod go build -o "$work/channel_go" bench/channel_go.go && go=$work/channel_go
fi
[[ -n $go ]] || echo "bench: no Go toolchain, its comparisons are left out" >&2

# compare NAME "COMMAND A" "COMMAND B": a row of the table, B/A.
compare() {
	local round a b
	[[ -z $verbose ]] || printf '# A: %s\n# B: %s\n' "$2" "$3"
	: > "$work/pairs"
	for ((round = 0; round < rounds; round++)); do
		a=$(timeout 100 $2) && b=$(timeout 100 $3) || {
			echo "bench: $1 failed" >&2
			return
		}
		echo "$a $b" >> "$work/pairs"
	done
	printf '%-44s %s\n' "$1" "$(summary)"
}

summary() {
	awk '
	function sorted(v, n,    i, j, x) {
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
				x = v[j]; v[j] = v[j - 1]; v[j - 1] = x
			}
	}
	function median(v, n) {
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	{ a[NR] = $1; b[NR] = $2; r[NR] = $2 / $1 }
	END {
		sorted(a, NR); sorted(b, NR); sorted(r, NR)
		printf "%10.1f %10.1f %8.2f  (%.2f..%.2f)", median(a, NR), median(b, NR), median(r, NR), r[1], r[NR]
	}' "$work/pairs"
}

ours=$B/bench/channel
handoff() {
	compare "handoff, own cores: mutex+cond" "$ours handoff library --pin" "$ours handoff mutex --pin"
	compare "handoff, free: mutex+cond" "$ours handoff library" "$ours handoff mutex"
	[[ -n $go ]] || return
	compare "handoff, own threads: Go, LockOSThread" "$ours handoff library --pin" "$go handoff-locked"
	compare "handoff, free: Go, GOMAXPROCS=2" "$ours handoff library" "$go handoff"
}

stream() {
	compare "buffered 1:1, own cores: mutex+cond" "$ours stream library --pin" "$ours stream mutex --pin"
	compare "buffered 1:1, free: mutex+cond" "$ours stream library" "$ours stream mutex"
	[[ -n $go ]] || return
	compare "buffered 1:1, free: Go, GOMAXPROCS=2" "$ours stream library" "$go stream"
}

crowd() {
	compare "buffered 4:4: mutex+cond" "$ours crowd library" "$ours crowd mutex"
	[[ -n $go ]] || return
	compare "buffered 4:4: Go, GOMAXPROCS=2" "$ours crowd library" "$go crowd"
}

choose() {
	compare "select over 2 ready: over 8 ready" "$ours select2 library" "$ours select8 library"
	[[ -n $go ]] || return
	compare "select over 2 ready: Go" "$ours select2 library" "$go select2"
	compare "select over 8 ready: Go" "$ours select8 library" "$go select8"
}

# What the detector costs where it is preloaded, and that a preloaded library by itself costs nothing.
# Reports are left out: another process makes them.
detector() {
	local what shim="env LD_PRELOAD=$B/libsnarl.so SNARL_OPTIONS=report_at_exit=0 SNARL_OUTPUT=$work/recording"
	for what in "pair library" "select2 library" "select8 library" "handoff library --pin" \
		"stream library --pin" "crowd library"; do
		compare "$what: with libsnarl" "$ours $what" "$shim $ours $what"
	done
	: | "${CC:-gcc}" -shared -x c -o "$work/empty.so" - &&
		compare "pair library: with an empty library" "$ours pair library" "env LD_PRELOAD=$work/empty.so $ours pair library"
}

printf '%-44s %10s %10s %8s\n' "the library (A): the other (B)" "A ns" "B ns" "B/A"
(($#)) || set -- handoff stream crowd select detector
for what in "$@"; do
	case $what in
	handoff | stream | crowd | detector) "$what" ;;
	select) choose ;;
	*)
		echo "bench: no measurement $what" >&2
		exit 2
		;;
	esac
done
