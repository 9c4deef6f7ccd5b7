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

# A clock of another's, which locks: it is not ours to ask for the time.
cat > "$WORK/clock.so.c" <<'C'
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int clock_gettime(clockid_t clock, struct timespec *t)
{
	pthread_mutex_lock(&mutex);
	int result = (int)syscall(SYS_clock_gettime, clock, t);
	t->tv_sec += 1000000;
	pthread_mutex_unlock(&mutex);
	return result;
}
C
gcc -O1 -shared -fPIC -o "$WORK/clock.so" "$WORK/clock.so.c"
for program in guest/cxx_threads guest/many_threads cases/silent_contended; do
	argument=
	[ $program = cases/silent_contended ] && argument=normal
	for preload in "$SHIM $WORK/clock.so" "$WORK/clock.so $SHIM"; do
		want=$(LD_PRELOAD="$WORK/clock.so" "$PROGRAMS/$program" $argument 2>/dev/null; echo "status $?")
		got=$(bounded env LD_PRELOAD="$preload" SNARL_OUTPUT="$WORK/bare" SNARL_COMMAND="$SNARL" \
			"$PROGRAMS/$program" $argument 2>"$WORK/err"; echo "status $?")
		same "clock $([ "${preload##*/}" = clock.so ] && echo after || echo before) us: $program" "$want" "$got"
	done
done
