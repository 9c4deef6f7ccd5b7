# SPDX-License-Identifier: Apache-2.0
# Static and setuid programs ignore a preload: the command says so, and passes their status on.
printf 'int main(void) { return 6; }\n' >"$WORK/small.c"
gcc -static -o "$WORK/static" "$WORK/small.c" 2>"$WORK/gcc.err"
run_snarl "$WORK/static" >"$WORK/out" 2>"$WORK/err"
same "static program: status" 6 $?
check "static program: says that it was not watched" grep -qi 'static' "$WORK/err"

gcc -o "$WORK/setuid" "$WORK/small.c" 2>"$WORK/gcc.err"
if [ "$(id -u)" = 0 ]; then
	chown nobody "$WORK/setuid" && chmod u+s "$WORK/setuid"
	run_snarl "$WORK/setuid" >"$WORK/out" 2>"$WORK/err"
	same "setuid program: status" 6 $?
	check "setuid program: says that it was not watched" grep -qi 'setuid\|set-user' "$WORK/err"
fi

# A shell script that starts a static program: its own process is watched, and nothing fails.
printf '#!/bin/sh\n"$1"\nexit 3\n' >"$WORK/script" && chmod +x "$WORK/script"
run_snarl "$WORK/script" "$WORK/static" >"$WORK/out" 2>"$WORK/err"
same "script with a static child: status" 3 $?

run_snarl "$WORK/no-such-program" >"$WORK/out" 2>"$WORK/err"
same "no such program: status" 127 $?
run_snarl "$WORK/small.c" >"$WORK/out" 2>"$WORK/err"
same "not executable: status" 126 $?
