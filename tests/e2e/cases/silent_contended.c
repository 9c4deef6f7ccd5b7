/* SPDX-License-Identifier: Apache-2.0
 *
 * Much contention, all in one order: threads wait for each other all the time, nobody for ever. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer spin mtx
// variants: mtx-timed mtx-recursive
// expect: silent
#include "locks.h"

static struct lock a, b;
static long count;

static void *worker(void *unused)
{
	for (int i = 0; i < 2000; i++) {
		lock_take(&a);
		lock_take(&b);
		if (i % 100 == 0)
			sched_yield();
		count++;
		lock_drop(&b);
		lock_drop(&a);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[4];
	lock_init(&a, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_init(&b, a.kind);
	for (int i = 0; i < 4; i++)
		START(&threads[i], worker, NULL);
	for (int i = 0; i < 4; i++)
		JOIN(threads[i]);
	printf("%ld\n", count);
	return 7;
}
