/* SPDX-License-Identifier: Apache-2.0
 *
 * The main thread is not in the ring, but waits for a lock that a thread of the ring holds: it can
 * never return either. */
// expect: deadlock confirmed
// hangs
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t third = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static pid_t main_tid;

static void *left(void *unused)
{
	pthread_mutex_lock(&third);
	pthread_mutex_lock(&a);
	turn_next();
	await_blocked(&main_tid);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&b);
	return unused;
}

static void *right(void *unused)
{
	pthread_mutex_lock(&b);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&a);
	return unused;
}

int main(void)
{
	pthread_t one, two;
	pthread_barrier_init(&both, NULL, 2);
	START(&one, left, NULL);
	START(&two, right, NULL);
	turn_await(1);
	publish_tid(&main_tid);
	pthread_mutex_lock(&third);
	puts("never");
	return 0;
}
