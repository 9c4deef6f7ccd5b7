/* SPDX-License-Identifier: Apache-2.0
 *
 * Two readers of one rwlock both wait to write it. */
// expect: deadlock confirmed
// expect: self-deadlock confirmed
// count: some
// hangs
#include "case.h"

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both;

static void *upgrade(void *unused)
{
	pthread_rwlock_rdlock(&rwlock);
	pthread_barrier_wait(&both);
	pthread_rwlock_wrlock(&rwlock);
	return unused;
}

int main(void)
{
	pthread_t threads[2];
	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++)
		START(&threads[i], upgrade, NULL);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("never");
	return 0;
}
