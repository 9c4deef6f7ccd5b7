# SPDX-License-Identifier: Apache-2.0
# Ways of loading: linked instead of preloaded, bound at once, audited by nothing, loaded twice.
program=$PROGRAMS/cases/silent_consistent
for how in LD_BIND_NOW=1 LD_PRELOAD="$SHIM:$SHIM"; do
	got=$(bounded env LD_PRELOAD="$SHIM" $how SNARL_OUTPUT="$WORK/bare" SNARL_COMMAND="$SNARL" "$program" normal 2>&1
		echo "status $?")
	same "${how%%/*}" "done"$'\n'"status 5" "$got"
done
gcc -g -O1 -pthread -D_GNU_SOURCE -Itests/e2e -o "$WORK/linked" tests/e2e/cases/inversion_2.c \
	-Wl,--no-as-needed "$SHIM" -Wl,-rpath,"$(dirname "$SHIM")"
got=$(bounded env SNARL_OUTPUT="$WORK/linked.data" SNARL_COMMAND="$SNARL" "$WORK/linked" normal 2>"$WORK/err"; echo "status $?")
same "linked: status" "done"$'\n'"status 66" "$got"
check "linked: report" grep -q lock-order-inversion "$WORK/err"
rm -rf "$WORK/run"
got=$(run_snarl "$WORK/linked" normal 2>"$WORK/err"; echo "status $?")
same "linked and run: status" "done"$'\n'"status 66" "$got"
