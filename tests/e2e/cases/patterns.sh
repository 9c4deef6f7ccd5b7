# SPDX-License-Identifier: Apache-2.0
# Every pattern's example uses the channel library rightly: nothing is found in any of them.
for source in examples/patterns/*.c; do
	pattern=$(basename "$source" .c)
	if ! "${CC:-gcc}" -std=gnu17 -g -O1 -Iinclude -o "$WORK/$pattern" "$source" -L"$B" -lsnarl-channel \
		-Wl,-rpath,"$(realpath "$B")" -lpthread; then
		not_ok "pattern $pattern builds"
		continue
	fi
	run_snarl "$WORK/$pattern" >"$WORK/out" 2>"$WORK/err" </dev/null
	same "pattern $pattern status" 0 $?
	same "pattern $pattern is silent" "" "$(cat "$WORK/err")"
	same "pattern $pattern findings" 0 "$(jq '.findings | length' "$WORK/run/report.json" 2>&1)"
done
