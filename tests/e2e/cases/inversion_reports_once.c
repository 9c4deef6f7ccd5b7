/* SPDX-License-Identifier: Apache-2.0
 *
 * The same inversion a thousand times over, by two threads that alternate, is one finding. */
// expect: lock-order-inversion predicted
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *number)
{
	int mine = (int)(long)number;
	for (int i = 0; i < 1000; i++) {
		turn_await(2 * i + mine + 1);
		pthread_mutex_lock(mine ? &a : &b);
		pthread_mutex_lock(mine ? &b : &a);
		pthread_mutex_unlock(mine ? &b : &a);
		pthread_mutex_unlock(mine ? &a : &b);
		turn_next();
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	for (long i = 0; i < 2; i++)
		START(&threads[i], worker, (void *)i);
	turn_next();
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("done");
	return 0;
}
