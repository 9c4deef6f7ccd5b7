/* SPDX-License-Identifier: Apache-2.0
 *
 * A condition wait gives the mutex up and takes it again while another lock is held: that is an
 * order of its own. */
// expect: lock-order-inversion predicted
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ready;

/* Takes mutex, then other, and in the wait mutex again while it holds other. */
static void *waiter(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&other);
	turn_next();
	while (!ready)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&other);
	pthread_mutex_unlock(&mutex);
	turn_next();
	return unused;
}

/* Takes mutex, then other. */
static void *user(void *unused)
{
	turn_await(2);
	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&other);
	pthread_mutex_unlock(&other);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	pthread_t one, two;
	START(&one, waiter, NULL);
	START(&two, user, NULL);
	turn_await(1);
	pthread_mutex_lock(&mutex);
	ready = 1;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
	JOIN(one);
	JOIN(two);
	puts("done");
	return 0;
}
