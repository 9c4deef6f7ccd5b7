/* SPDX-License-Identifier: Apache-2.0
 *
 * A consumer sleeps on a condition with a lock that its producer needs before it can signal again.
 * The main thread, which has never signalled, sleeps for a time: it may yet come, so it is a
 * suspect, told when the time is up. */
// expect: deadlock suspect
// mode: run
// hangs
// stdout: -
// status: 124
// run-arguments: --timeout 4
// text: waits for condition variable 'changed' \(C1\), woken last by T3
// json: "ever woke a waiter of these is asleep itself" in f.why
// json: [t.id for t in f.threads] == ["T2", "T3"]
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int produced;
static pid_t tid;

static void *consumer(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&outer);
	pthread_mutex_lock(&mutex);
	publish_tid(&tid);
	while (produced < 2) {
		pthread_cond_wait(&changed, &mutex);
		turn_next();
	}
	return NULL;
}

static void *producer(void *unused)
{
	(void)unused;
	await_blocked(&tid);
	pthread_mutex_lock(&mutex);
	produced++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
	turn_await(1);
	pthread_mutex_lock(&outer);
	return NULL;
}

int main(void)
{
	pthread_t thread[2];
	START(&thread[0], consumer, NULL);
	START(&thread[1], producer, NULL);
	for (;;)
		sleep(1000);
}
