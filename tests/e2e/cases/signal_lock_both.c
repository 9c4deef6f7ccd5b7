/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal handler takes a lock that its thread then takes outside of handlers, with the signal let
 * in.  It does not happen to interrupt the holder this time. */
// variants: normal adaptive rwlock spin mtx jumps
// expect: signal-unsafe-lock suspect
// status: own
#include "locks.h"
#include <signal.h>

static struct lock lock;

static __attribute__((noinline)) void counts(int number)
{
	static int signals;
	lock_take(&lock);
	signals += number;
	lock_drop(&lock);
}

static void on_signal(int number)
{
	counts(number);
	__asm__ volatile("" ::: "memory");
}

/* Its frame is gone when the lock is taken. */
static void jumps(int number)
{
	counts(number);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "normal";
	int jump = !strcmp(kind, "jumps");
	lock_init(&lock, lock_kind(jump ? "normal" : kind));
	signal(SIGUSR1, jump ? jumps : on_signal);
	lock_take(&lock);
	lock_drop(&lock);
	for (int i = 0; i < 3; i++)
		raise(SIGUSR1);
	lock_take(&lock);
	lock_drop(&lock);
	return 7;
}
