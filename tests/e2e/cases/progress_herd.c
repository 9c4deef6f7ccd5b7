/* SPDX-License-Identifier: Apache-2.0
 *
 * Each piece of work is announced by a broadcast: one of the waiters takes it, all others find
 * nothing and go back to sleep.  "destroyed": the condition is gone when the process ends. */
// variants: static destroyed
// options: herd_broadcasts=20:herd_percent=60
// expect: thundering-herd suspect
// json: roles(f) == ["signalled", "subject", "woken"]
#include "case.h"

#define WAITERS 6
#define PIECES 60

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int work, waiting, looks, done;

static void *take_work(void *unused)
{
	CHECK(pthread_mutex_lock(&m) == 0);
	while (!done) {
		while (!work && !done) {
			waiting++;
			CHECK(pthread_cond_wait(&changed, &m) == 0);
			waiting--;
			looks++;
		}
		/* Taken with the mutex given up in between, so that it is no going back. */
		if (work) {
			work--;
			CHECK(pthread_mutex_unlock(&m) == 0);
			CHECK(pthread_mutex_lock(&m) == 0);
		}
	}
	CHECK(pthread_mutex_unlock(&m) == 0);
	return unused;
}

/* Returns with the mutex held, when all workers have looked so often and wait for more. */
static void await_all(int least_looks)
{
	for (;;) {
		CHECK(pthread_mutex_lock(&m) == 0);
		if (waiting == WAITERS && !work && looks >= least_looks)
			return;
		CHECK(pthread_mutex_unlock(&m) == 0);
		sched_yield();
	}
}

int main(int argc, char **argv)
{
	pthread_t threads[WAITERS];
	for (int i = 0; i < WAITERS; i++)
		START(&threads[i], take_work, NULL);
	for (int i = 0; i <= PIECES; i++) {
		await_all(i * WAITERS);
		if (i < PIECES)
			work = 1;
		else
			done = 1;
		CHECK(pthread_cond_broadcast(&changed) == 0);
		CHECK(pthread_mutex_unlock(&m) == 0);
	}
	for (int i = 0; i < WAITERS; i++)
		JOIN(threads[i]);
	if (argc > 1 && !strcmp(argv[1], "destroyed"))
		CHECK(pthread_cond_destroy(&changed) == 0);
	puts("done");
	return 7;
}
