/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring of three through locks of three types: mutex, rwlock, spin lock. */
// expect: lock-order-inversion predicted
// json: sorted(o.type for o in f.objects) == ["mutex", "rwlock", "spin lock"]
#include "locks.h"

static struct lock locks[3];

static void *member(void *number)
{
	int i = (int)(long)number;
	turn_await(i + 1);
	lock_take(&locks[i]);
	lock_take(&locks[(i + 1) % 3]);
	lock_drop(&locks[(i + 1) % 3]);
	lock_drop(&locks[i]);
	turn_next();
	return NULL;
}

int main(void)
{
	pthread_t threads[3];
	lock_init(&locks[0], NORMAL);
	lock_init(&locks[1], RWLOCK);
	lock_init(&locks[2], SPIN);
	for (long i = 0; i < 3; i++)
		START(&threads[i], member, (void *)i);
	turn_next();
	for (int i = 0; i < 3; i++)
		JOIN(threads[i]);
	puts("done");
	return 0;
}
