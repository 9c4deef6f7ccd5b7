/* SPDX-License-Identifier: Apache-2.0
 *
 * Two workers are stuck for good while the main thread goes on and ends: what happens then is the
 * choice of on_deadlock. */
// variants: auto continue exit abort
// expect: deadlock confirmed
// count: some
// hangs
// options[auto]: on_deadlock=auto
// options[continue]: on_deadlock=continue
// options[exit]: on_deadlock=exit
// options[abort]: on_deadlock=abort
// status[auto]: 66
// status[continue]: 66
// status[exit]: 66
// status[abort run]: 66
// status[abort bare]: 134
// stdout[auto]: main went on
// stdout[continue]: main went on
// stdout[exit]: -
// stdout[abort]: -
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static pid_t tids[2];

static void *member(void *number)
{
	pthread_mutex_t *mine = number ? &b : &a, *theirs = number ? &a : &b;
	publish_tid(&tids[(long)number]);
	pthread_mutex_lock(mine);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(theirs);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	pthread_barrier_init(&both, NULL, 2);
	for (long i = 0; i < 2; i++)
		START(&thread, member, (void *)i);
	/* The barrier may block one of them for a moment; twice both is sure. */
	for (int i = 0; i < 50; i++) {
		await_blocked(&tids[0]);
		await_blocked(&tids[1]);
	}
	/* The report is printed by the thread that closes the ring; it is over when both sleep. */
	puts("main went on");
	return 5;
}
