/* SPDX-License-Identifier: Apache-2.0
 *
 * The main thread takes the locks while the worker is alive, neither before its creation nor after
 * its join: nothing orders them. */
// expect: lock-order-inversion predicted
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *backward(void *unused)
{
	turn_await(1);
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return unused;
}

int main(void)
{
	pthread_t two;
	START(&two, backward, NULL);
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	turn_next();
	JOIN(two);
	puts("done");
	return 0;
}
