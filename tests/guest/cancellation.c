/* SPDX-License-Identifier: Apache-2.0
 *
 * Cancellation inside condition waits, joins, semaphores, of threads in contention, asynchronous
 * too; the clean-up handlers find the mutex held. */
// expect: silent
// variants: cond timed clock sem join async mutex
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t nothing;
static const char *how;
static pid_t tid, helper_tid;
static pthread_t helper;

static void unlock(void *unused)
{
	(void)unused;
	CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
}

static void *waits_for_semaphore(void *unused)
{
	publish_tid(&helper_tid);
	while (sem_wait(&nothing) != 0)
		;
	return unused;
}

static void wait_somehow(void)
{
	struct timespec limit;
	if (!strcmp(how, "cond"))
		pthread_cond_wait(&never, &mutex);
	if (!strcmp(how, "timed")) {
		limit = soon(CLOCK_REALTIME, 60000);
		pthread_cond_timedwait(&never, &mutex, &limit);
	}
	if (!strcmp(how, "clock")) {
		limit = soon(CLOCK_MONOTONIC, 60000);
		pthread_cond_clockwait(&never, &mutex, CLOCK_MONOTONIC, &limit);
	}
	if (!strcmp(how, "sem"))
		sem_wait(&nothing);
	if (!strcmp(how, "join"))
		pthread_join(helper, NULL);
}

static void *worker(void *unused)
{
	publish_tid(&tid);
	if (!strcmp(how, "async")) {
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
		turn_next();
		for (;;)
			;
	}
	if (!strcmp(how, "mutex")) {
		/* A mutex is no cancellation point: it is taken, and the cancellation comes later.
		 */
		pthread_mutex_lock(&mutex);
		pthread_cleanup_push(unlock, NULL);
		pthread_testcancel();
		CHECK(0);
		pthread_cleanup_pop(1);
	}
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, NULL);
	for (;;)
		wait_somehow();
	pthread_cleanup_pop(1);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	void *result;
	how = argc > 1 ? argv[1] : "cond";
	int contended = !strcmp(how, "mutex"), joins = !strcmp(how, "join");
	sem_init(&nothing, 0, 0);
	if (joins)
		START(&helper, waits_for_semaphore, NULL);
	if (contended)
		pthread_mutex_lock(&mutex);
	START(&thread, worker, NULL);
	if (!strcmp(how, "async"))
		turn_await(1);
	else
		await_blocked(&tid);
	CHECK(pthread_cancel(thread) == 0);
	if (contended)
		pthread_mutex_unlock(&mutex);
	CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
	CHECK(pthread_mutex_trylock(&mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	if (joins) {
		sem_post(&nothing);
		JOIN(helper);
	}
	puts("done");
	return 7;
}
