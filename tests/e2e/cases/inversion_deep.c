/* SPDX-License-Identifier: Apache-2.0
 *
 * The locks are taken forty frames deep, beyond the default stack depth. */
// expect: lock-order-inversion predicted
// text: descend
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static volatile int sink;

static __attribute__((noinline)) void descend(int depth, pthread_mutex_t *first,
					      pthread_mutex_t *second)
{
	if (depth) {
		descend(depth - 1, first, second);
		sink++;
		return;
	}
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

static void *forward(void *unused)
{
	turn_await(1);
	descend(40, &a, &b);
	turn_next();
	return unused;
}

static void *backward(void *unused)
{
	turn_await(2);
	descend(40, &b, &a);
	return unused;
}

int main(void)
{
	pthread_t one, two;
	START(&one, forward, NULL);
	START(&two, backward, NULL);
	turn_next();
	JOIN(one);
	JOIN(two);
	puts("done");
	return 0;
}
