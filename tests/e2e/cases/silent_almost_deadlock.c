/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring of waits in which one wait has a time limit, or is a trylock loop: it resolves itself. */
// variants: timed try join
// expect: silent
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static const char *how;
static pid_t blocked_tid;

static void *patient(void *unused)
{
	pthread_mutex_lock(&b);
	pthread_barrier_wait(&both);
	publish_tid(&blocked_tid);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return unused;
}

static void *worker(void *unused)
{
	publish_tid(&blocked_tid);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	return unused;
}

/* Joins, for a moment only, a worker that needs the lock held here. */
static void timed_join(void)
{
	pthread_t thread;
	pthread_mutex_lock(&a);
	START(&thread, worker, NULL);
	await_blocked(&blocked_tid);
	struct timespec limit = soon(CLOCK_REALTIME, 20);
	CHECK(pthread_timedjoin_np(thread, NULL, &limit) == ETIMEDOUT);
	pthread_mutex_unlock(&a);
	JOIN(thread);
}

static void ring(void)
{
	pthread_t thread;
	pthread_barrier_init(&both, NULL, 2);
	START(&thread, patient, NULL);
	pthread_mutex_lock(&a);
	pthread_barrier_wait(&both);
	await_blocked(&blocked_tid);
	if (!strcmp(how, "timed")) {
		struct timespec limit = soon(CLOCK_REALTIME, 20);
		CHECK(pthread_mutex_timedlock(&b, &limit) == ETIMEDOUT);
	} else {
		for (int i = 0; i < 100; i++)
			CHECK(pthread_mutex_trylock(&b) == EBUSY);
	}
	pthread_mutex_unlock(&a);
	JOIN(thread);
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "timed";
	if (!strcmp(how, "join"))
		timed_join();
	else
		ring();
	puts("done");
	return 7;
}
