#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/table.sh PART
#
# $RESULTS/PART.json as Markdown.
set -u
cd "$(dirname "$0")/.." || exit
RESULTS=${RESULTS:-${B:-$PWD/build}/bench}
exec jq -r -L bench -f bench/table.jq "$RESULTS/$1.json"
