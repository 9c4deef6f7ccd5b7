# SPDX-License-Identifier: Apache-2.0
# Programs of the system: same output, same status, nothing said.
seq 20000 | sort -R --random-source=/bin/sh >"$WORK/numbers"

# as_itself COMMAND… : stdin is the file of numbers.
as_itself() {
	local want got how name
	command -v "$1" >/dev/null || return 0
	name=$(basename "$1")
	want=$("$@" <"$WORK/numbers" 2>/dev/null | md5sum; echo "status ${PIPESTATUS[0]}")
	for how in shimmed run_snarl; do
		rm -rf "$WORK/run"
		got=$($how "$@" <"$WORK/numbers" 2>"$WORK/err" | md5sum; echo "status ${PIPESTATUS[0]}")
		same "$name ($how)" "$want" "$got"
		same "$name says nothing ($how)" "" "$(head -c 300 "$WORK/err")"
	done
}

as_itself true
as_itself false
as_itself sort -n --parallel=4 -S 64K
# xz leaves its workers blocked at exit: a suspicion is right there, so only what it does is compared.
SNARL_OPTIONS=leaks=off as_itself xz -T2 -c
as_itself gzip -nc
as_itself sh -c 'cat | head -3; exit 5'
as_itself bash -c 'for i in 1 2 3; do (echo $i) & wait; done; exit 4'
as_itself perl -e 'print reverse <>; exit 6'
as_itself python3 -c 'import threading, sys
ts = [threading.Thread(target=lambda: sum(range(1000))) for _ in range(8)]
[t.start() for t in ts]; [t.join() for t in ts]; print(len(sys.stdin.read())); sys.exit(3)'
as_itself gcc -O1 -x c -c -o /dev/null /dev/null
as_itself jq -n '[range(10)]'
as_itself env -i PATH="$PATH" sh -c 'echo clean'
