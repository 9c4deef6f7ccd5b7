/* SPDX-License-Identifier: Apache-2.0
 *
 * Wakeups that are no herd: a broadcast after which all go on, a signal for each piece of work, and
 * broadcasts to one waiter. */
// variants: all signal single
// options: herd_broadcasts=20:herd_percent=60
// expect: silent
#include "case.h"

#define WAITERS 6
#define ROUNDS 60

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int work, waiting, done;

static void *take_work(void *unused)
{
	CHECK(pthread_mutex_lock(&m) == 0);
	while (!done) {
		while (!work && !done) {
			waiting++;
			CHECK(pthread_cond_wait(&changed, &m) == 0);
			waiting--;
		}
		if (work)
			work--;
		/* Each takes one piece of a round. */
		CHECK(pthread_mutex_unlock(&m) == 0);
		sched_yield();
		CHECK(pthread_mutex_lock(&m) == 0);
	}
	CHECK(pthread_mutex_unlock(&m) == 0);
	return unused;
}

static void await_all(int waiters)
{
	for (;;) {
		CHECK(pthread_mutex_lock(&m) == 0);
		if (waiting == waiters && !work)
			return;
		CHECK(pthread_mutex_unlock(&m) == 0);
		sched_yield();
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "all";
	int waiters = strcmp(how, "single") ? WAITERS : 1, one = !strcmp(how, "signal");
	pthread_t threads[WAITERS];
	for (int i = 0; i < waiters; i++)
		START(&threads[i], take_work, NULL);
	for (int i = 0; i <= ROUNDS; i++) {
		await_all(waiters);
		done = i == ROUNDS;
		work = done ? 0 : one ? 1 : waiters;
		if (one && !done)
			CHECK(pthread_cond_signal(&changed) == 0);
		else
			CHECK(pthread_cond_broadcast(&changed) == 0);
		CHECK(pthread_mutex_unlock(&m) == 0);
	}
	for (int i = 0; i < waiters; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
