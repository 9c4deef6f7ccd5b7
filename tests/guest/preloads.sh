# SPDX-License-Identifier: Apache-2.0
# Together with other preloads, whose allocators lock inside of us and we inside of them; and with malloc
# tunables.
jemalloc=$(ls /usr/lib/*/libjemalloc.so.2 2>/dev/null | head -1)
gcc -O1 -fno-builtin -shared -fPIC -o "$WORK/allocator.so" tests/guest/allocator.so.c
for program in guest/cxx_threads guest/dlopen_dlclose guest/many_threads guest/fork_in_threads cases/silent_contended; do
	argument=
	[ $program = cases/silent_contended ] && argument=normal
	want=$("$PROGRAMS/$program" $argument 2>/dev/null; echo "status $?")
	if [ -n "$jemalloc" ]; then
		for preload in "$SHIM $jemalloc" "$jemalloc $SHIM"; do
			got=$(bounded env LD_PRELOAD="$preload" SNARL_OUTPUT="$WORK/bare" SNARL_COMMAND="$SNARL" \
				"$PROGRAMS/$program" $argument 2>"$WORK/err"; echo "status $?")
			same "jemalloc $([ "${preload%%.so*}" = "${jemalloc%%.so*}" ] && echo before || echo after) us: $program" "$want" "$got"
		done
	fi
	for preload in "$SHIM $WORK/allocator.so" "$WORK/allocator.so $SHIM"; do
		got=$(bounded env LD_PRELOAD="$preload" SNARL_OUTPUT="$WORK/bare" SNARL_COMMAND="$SNARL" \
			"$PROGRAMS/$program" $argument 2>"$WORK/err"; echo "status $?")
		same "allocator $([ "${preload##*/}" = allocator.so ] && echo after || echo before) us: $program" "$want" "$got"
	done
	for tunables in glibc.malloc.perturb=85 glibc.malloc.tcache_count=0 glibc.rtld.optional_static_tls=0 \
		glibc.pthread.mutex_spin_count=5000 glibc.pthread.rseq=0 glibc.elision.enable=1; do
		got=$(GLIBC_TUNABLES=$tunables shimmed "$PROGRAMS/$program" $argument 2>"$WORK/err"; echo "status $?")
		same "tunable $tunables: $program" "$want" "$got"
	done
done
