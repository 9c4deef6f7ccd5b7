/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads take two locks in opposite orders with trylock and back off when it fails. */
// variants: normal recursive errorcheck adaptive rwlock spin mtx
// expect: silent
#include "locks.h"

static struct lock a, b;

static void *back_off(void *number)
{
	struct lock *first = number ? &b : &a, *second = number ? &a : &b;
	for (int i = 0; i < 200; i++) {
		for (;;) {
			lock_take(first);
			if (lock_try(second) == 0)
				break;
			lock_drop(first);
			sched_yield();
		}
		lock_drop(second);
		lock_drop(first);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	lock_init(&a, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_init(&b, a.kind);
	for (long i = 0; i < 2; i++)
		START(&threads[i], back_off, (void *)i);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
