# SPDX-License-Identifier: Apache-2.0
# A process that is killed: the status is the shell's, and the recording tells who held what and who
# waited, also of one that was only preloaded.
holder=$PROGRAMS/guest/holder

# child_of PID : its first child, once it has said "ready" on the file.
await_ready() {
	local i
	for i in $(seq 300); do
		grep -q ready "$1" 2>/dev/null && return
		sleep 0.05
	done
	return 1
}
child_of() { cat /proc/"$1"/task/*/children | awk '{print $1}'; }

for signal in KILL TERM SEGV; do
	rm -rf "$WORK/run" "$WORK/ready"
	"$SNARL" run -o "$WORK/run" -- "$holder" >"$WORK/ready" 2>"$WORK/err" &
	snarl_pid=$!
	check "killed $signal: started" await_ready "$WORK/ready"
	kill -$signal "$(child_of $snarl_pid)"
	wait $snarl_pid 2>/dev/null
	status=$?
	same "killed $signal: status" $((128 + $(kill -l $signal))) $status
	"$SNARL" report --threads "$WORK/run" >"$WORK/threads" 2>&1
	check "killed $signal: the report names the holder's frame" grep -q takes_it "$WORK/threads"
	check "killed $signal: the report names the waiter's frame" grep -q waits_here "$WORK/threads"
	check "killed $signal: no finding" jq -e '.findings == []' "$WORK/run/report.json"
	check "killed $signal: how it ended" jq -e --argjson n "$(kill -l $signal)" \
		'.processes[0].ended == {"how": "signal", "status": $n}' "$WORK/run/report.json"
done

rm -f "$WORK/ready"
LD_PRELOAD=$SHIM SNARL_OUTPUT=$WORK/bare SNARL_COMMAND=$SNARL "$holder" >"$WORK/ready" 2>"$WORK/err" &
pid=$!
check "killed bare: started" await_ready "$WORK/ready"
kill -KILL $pid
wait $pid 2>/dev/null
same "killed bare: status" 137 $?
"$SNARL" report --threads "$WORK/bare" >"$WORK/threads" 2>&1
check "killed bare: the report names the holder's frame" grep -q takes_it "$WORK/threads"
check "killed bare: the report names the waiter's frame" grep -q waits_here "$WORK/threads"

# Signals to the command are the program's.  (Not INT and HUP: a job in the
# background, or under nohup, ignores them.)
for signal in TERM USR1 USR2; do
	rm -rf "$WORK/run" "$WORK/ready"
	"$SNARL" run -o "$WORK/run" -- sh -c 'trap "echo got it; exit 9" '$signal'
		echo ready; for i in $(seq 400); do sleep 0.05; done' >"$WORK/ready" 2>"$WORK/err" &
	snarl_pid=$!
	check "signal $signal: started" await_ready "$WORK/ready"
	kill -$signal $snarl_pid
	wait $snarl_pid 2>/dev/null
	status=$?
	same "signal $signal is forwarded" 9 $status
done
