# SPDX-License-Identifier: Apache-2.0
# What the runner and the scripts in tests/guest share.  Sourced by bash, from the project's root.
B=${B:-build}
SHIM=$(realpath "$B")/libsnarl.so
SNARL=$(realpath "$B")/snarl
PROGRAMS=$(realpath "$B")/e2e
DEADLINE=${DEADLINE:-60}

ok() { printf 'ok %s\n' "$*"; }
not_ok() { printf 'not ok %s\n' "$*"; }

# check NAME COMMAND… : one line, by the command's status.
check() {
	local name=$1
	shift
	if "$@" >/dev/null 2>&1; then ok "$name"; else not_ok "$name"; fi
}

# same NAME EXPECTED GOT : as check, and shows what differs.
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		printf '#   expected: %s\n#   got: %s\n' "${2//$'\n'/$'\n'#     }" "${3//$'\n'/$'\n'#     }"
	fi
}

# bounded COMMAND… : the command with a deadline; 124 or 137 when it was missed.
bounded() { timeout -k 5 "$DEADLINE" "$@"; }

# shimmed COMMAND… : the command with the detector preloaded, its recordings in $WORK/bare.
shimmed() { bounded env LD_PRELOAD="$SHIM" SNARL_OUTPUT="$WORK/bare" SNARL_COMMAND="$SNARL" "$@"; }

# run_snarl COMMAND… : the command under `snarl run`, its recordings in $WORK/run.
run_snarl() { bounded "$SNARL" run -o "$WORK/run" -- "$@"; }

# json FOLDER : the report on its recordings.
json() { bounded "$SNARL" report -f json "$1"; }
