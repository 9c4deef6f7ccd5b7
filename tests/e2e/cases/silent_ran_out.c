/* SPDX-License-Identifier: Apache-2.0
 *
 * Timed waits that run out though a signal came before, and that are as they should be: a thread
 * that works now and then and is only hurried by signals (`flusher`), one that sleeps in such a
 * wait once, whatever comes of it (`sleep`), one that looks at the state first (`state`), and one
 * that is told again until it hears (`again`).
 */
// variants: flusher sleep state again
// expect: silent
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static volatile int other_state = 1, flushed, wait_again;
static const char *variant;

static int is(const char *name)
{
	return !strcmp(variant, name);
}

static void *teller(void *arg)
{
	for (int i = 0; i < (is("again") ? 3 : 1); i++) {
		pthread_mutex_lock(&mutex);
		pthread_cond_signal(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

static void *flusher(void *arg)
{
	for (int i = 0; i < 3; i++) {
		struct timespec limit = soon(CLOCK_REALTIME, 20);

		pthread_mutex_lock(&mutex);
		int error = pthread_cond_timedwait(&cond, &mutex, &limit);
		pthread_mutex_unlock(&mutex);
		CHECK(error == 0 || error == ETIMEDOUT);
		flushed++;
	}
	return arg;
}

static void *sleeper(void *arg)
{
	struct timespec limit = soon(CLOCK_REALTIME, 20);

	pthread_mutex_lock(&mutex);
	pthread_cond_timedwait(&cond, &mutex, &limit);
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void *looker(void *arg)
{
	struct timespec limit = soon(CLOCK_REALTIME, 20);
	int error = 0;

	pthread_mutex_lock(&mutex);
	if (other_state || is("again"))
		error = pthread_cond_timedwait(&cond, &mutex, &limit);
	pthread_mutex_unlock(&mutex);
	if (error == ETIMEDOUT)
		wait_again = 1;
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t;

	CHECK(argc == 2);
	variant = argv[1];
	START(&t, teller, NULL);
	JOIN(t);
	START(&t, is("flusher") ? flusher : is("sleep") ? sleeper : looker, NULL);
	JOIN(t);
	puts("done");
	return 0;
}
