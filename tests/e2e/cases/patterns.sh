# SPDX-License-Identifier: Apache-2.0
# Every pattern's example uses the channel library rightly, and so does the program in README.md: nothing
# is found in any of them.
sed -n '/^    #include <snarl_channel.h>/,/^    }$/s/^    //p;/^## Map/q' README.md >"$WORK/readme.c"
sed -n '/^    int main/,/^    }$/s/^    //p' README.md >>"$WORK/readme.c"
for source in examples/patterns/*.c "$WORK/readme.c"; do
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
