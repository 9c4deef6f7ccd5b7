#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A script that starts hundreds of small processes: those with nothing to tell leave no recording, and
# the program itself does.
. "${BASH_SOURCE%/*}/../e2e/lib.sh"

bounded "$SNARL" run -o "$WORK/run" -- \
	sh -c 'for i in $(seq 150); do sh -c true; /bin/true; done; exit 4' >"$WORK/out" 2>"$WORK/err"
same "many processes: status" 4 $?
same "many processes: stderr" "" "$(cat "$WORK/err")"
same "many processes: recordings" 1 "$(find "$WORK/run" -name '[0-9]*.snarl' | wc -l)"
