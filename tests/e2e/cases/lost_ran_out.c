/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal comes, under the mutex, before anybody waits; then a thread takes the mutex and waits,
 * with a time limit, without a look at any state, and gives up when its time has run out.
 */
// variants: main thread
// expect: lost-wakeup predicted
// status: 66
// json: roles(f) == ["signalled", "checked", "waits"]
// text: slept until its time ran out on condition variable 'cond' \(C1\): the signal of T2
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *teller(void *arg)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void *waiter(void *arg)
{
	struct timespec limit = soon(CLOCK_REALTIME, 20);
	int error;

	pthread_mutex_lock(&mutex);
	error = pthread_cond_timedwait(&cond, &mutex, &limit);
	pthread_mutex_unlock(&mutex);
	if (error == ETIMEDOUT)
		puts("gave up");
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t;

	CHECK(argc == 2);
	START(&t, teller, NULL);
	JOIN(t);
	if (!strcmp(argv[1], "main")) {
		waiter(NULL);
		return 0;
	}
	START(&t, waiter, NULL);
	JOIN(t);
	return 0;
}
