#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/short.sh		(make bench)
#
# A look in about two minutes: all micro cases, start and end, and a few programs, in few rounds.  Prints
# the tables; the documents stay as they are.
set -u
cd "$(dirname "$0")/.." || exit
export B=${B:-$PWD/build}
export RESULTS=$B/bench/short
mkdir -p "$RESULTS"
bench/micro.sh -r 3
bench/start.sh -r 3
bench/programs.sh -r 3 pigz sysbench-mutex pool memcached
