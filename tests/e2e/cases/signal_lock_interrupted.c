/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal handler takes a lock that the code which it interrupted holds: both wait for ever. */
// variants: normal adaptive rwlock spin mtx nested
// expect: signal-unsafe-lock confirmed
// hangs
// status: 66
// text: on_signal
// text: on_signal  .*\n +#\d  <signal handler called>\n
// text: works
// json: "<signal handler called>" in [x.function for x in stacks[1].frames]
// json: [s.role for s in stacks] == ["holds", "waits"]
#include "locks.h"
#include <signal.h>

static struct lock lock;
static int nested;

static __attribute__((noinline)) void takes(void)
{
	/* glibc tells a writer that it would wait for itself, so the reader writes. */
	if (lock.kind == RWLOCK)
		pthread_rwlock_wrlock(&lock.rwlock);
	else
		lock_take(&lock);
	puts("never");
}

static void on_signal(int number)
{
	if (nested && number == SIGUSR1)
		raise(SIGUSR2);
	takes();
}

static __attribute__((noinline)) void works(void)
{
	if (lock.kind == RWLOCK)
		pthread_rwlock_rdlock(&lock.rwlock);
	else
		lock_take(&lock);
	raise(SIGUSR1);
	lock_drop(&lock);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "normal";
	nested = !strcmp(kind, "nested");
	lock_init(&lock, lock_kind(nested ? "normal" : kind));
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, on_signal);
	works();
	return 0;
}
