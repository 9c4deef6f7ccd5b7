/* SPDX-License-Identifier: Apache-2.0
 *
 * The signal comes, under the mutex, before anybody waits; then a thread takes the mutex and waits
 * without looking at any state. */
// expect: lost-wakeup confirmed
// hangs
// stdout: -
// json: "does not look at any state" in f.why
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *waiter(void *unused)
{
	(void)unused;
	turn_await(1);
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	START(&thread, waiter, NULL);
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	turn_next();
	JOIN(thread);
	return 0;
}
