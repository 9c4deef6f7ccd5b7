# SPDX-License-Identifier: Apache-2.0
# Limits on files, memory, descriptors and stack, a full disk, a folder that cannot be written: the
# program runs as by itself; what was not recorded is counted, or one line says that nothing was.
grows=$PROGRAMS/guest/recording_grows

# limited NAME LIMIT COMMAND… : stdout and status under this limit, alone and with the detector.
limited() {
	local name=$1 limit=$2
	shift 2
	for how in shimmed run_snarl; do
		rm -rf "$WORK/run" "$WORK/bare"
		got=$(ulimit -S $limit && $how "$@" 2>"$WORK/err"; echo "status $?")
		same "$name ($how)" "$(bash -c 'ulimit -S '"$limit"'; "$@"; echo "status $?"' - "$@" 2>/dev/null)" "$got"
	done
}

limited "no limit" "-c 0" "$grows"
limited "file size 0" "-f 0" "$grows"
limited "file size 64 KiB" "-f 64" "$grows"
limited "file size 1 MiB" "-f 1024" "$grows"
check "file size: the report counts what was not recorded" \
	jq -e '.unrecorded | add > 0' "$WORK/run/report.json"
limited "16 descriptors" "-n 16" "$grows"
limited "5 descriptors" "-n 5" "$grows"
limited "8 MiB of stack" "-s 8192" "$grows"
limited "unlimited stack" "-s unlimited" "$grows"
limited "address space 3 GiB" "-v 3000000" "$grows"
limited "address space 200 MiB" "-v 200000" "$grows"
limited "address space 40 MiB" "-v 40000" "$grows"
limited "locked memory 0" "-l 0" "$grows"

# A real but tiny disk.
if [ "$(id -u)" = 0 ] && mkdir -p "$WORK/disk" && mount -t tmpfs -o size=128k none "$WORK/disk" 2>/dev/null; then
	got=$(bounded env LD_PRELOAD="$SHIM" SNARL_OUTPUT="$WORK/disk/data" SNARL_COMMAND="$SNARL" "$grows" 2>"$WORK/err"
		echo "status $?")
	same "disk full (preloaded)" "done"$'\n'"status 7" "$got"
	rm -rf "$WORK"/disk/*
	got=$(bounded "$SNARL" run -o "$WORK/disk/data" -- "$grows" 2>"$WORK/err"; echo "status $?")
	same "disk full (run)" "done"$'\n'"status 7" "$got"
	umount "$WORK/disk"
fi

# A folder that does not exist and cannot be made.
got=$(bounded env LD_PRELOAD="$SHIM" SNARL_OUTPUT=/proc/no/such SNARL_COMMAND="$SNARL" "$grows" 2>"$WORK/err"; echo "status $?")
same "no place for the recording" "done"$'\n'"status 7" "$got"

# A program that gives its privileges away can still be recorded and reported.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$WORK"
	got=$(run_snarl setpriv --reuid=65534 --regid=65534 --clear-groups "$grows" 2>"$WORK/err"; echo "status $?")
	same "privileges dropped" "done"$'\n'"status 7" "$got"
fi
