/* SPDX-License-Identifier: Apache-2.0
 *
 * Two workers are stuck already when the main thread joins them, or wants a lock that one of them
 * holds: from then on it can never return either. */
// variants: join lock
// expect: deadlock confirmed
// hangs
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static pid_t tids[2];

static void *member(void *number)
{
	pthread_mutex_t *mine = number ? &b : &a, *theirs = number ? &a : &b;
	pthread_mutex_lock(mine);
	pthread_barrier_wait(&both);
	publish_tid(&tids[(long)number]);
	pthread_mutex_lock(theirs);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	pthread_barrier_init(&both, NULL, 2);
	for (long i = 0; i < 2; i++)
		START(&threads[i], member, (void *)i);
	await_blocked(&tids[0]);
	await_blocked(&tids[1]);
	if (argc > 1 && !strcmp(argv[1], "lock"))
		pthread_mutex_lock(&a);
	else
		JOIN(threads[0]);
	puts("never");
	return 0;
}
