/* SPDX-License-Identifier: Apache-2.0
 *
 * A deadlock by on_deadlock=continue of which the main thread is a part: the time limit of the
 * command ends it, and the report tells all the same. */
// mode: run
// run-arguments: --timeout 2
// options: on_deadlock=continue
// expect: deadlock confirmed
// status: 124
// hangs
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *other(void *unused)
{
	pthread_mutex_lock(&b);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&a);
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_barrier_init(&both, NULL, 2);
	START(&thread, other, NULL);
	pthread_mutex_lock(&a);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&b);
	puts("never");
	return 0;
}
