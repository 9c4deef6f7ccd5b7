/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole story of a lost wakeup: the worker looks at the state under the mutex, the main thread
 * changes it and signals without the mutex before the worker sleeps; three idle workers sleep on
 * another condition meanwhile, as they should. */
// expect: lost-wakeup confirmed
// hangs
// stdout: -
// json: .findings[0].stacks | any(.role == "signalled" and .with_mutex == false)
// json: .findings[0].stacks | map(.more // 0) | add == 2
// json: .findings[0].stacks | map(select(.when) | .role)[:2] == ["signalled", "waits"]
// json: .findings[0].stacks | map(select(.when) | .when)[:2] | .[0] < .[1]
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t idle_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready_changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static int ready, stop;
static pid_t tid[3];

static void *idle(void *own)
{
	pthread_mutex_lock(&idle_mutex);
	publish_tid(own);
	while (!stop)
		pthread_cond_wait(&work, &idle_mutex);
	pthread_mutex_unlock(&idle_mutex);
	return NULL;
}

static void *worker(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	int seen = __atomic_load_n(&ready, __ATOMIC_RELAXED);
	turn_next();
	turn_await(2);
	if (!seen)
		pthread_cond_wait(&ready_changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t pool[3], thread;
	for (int i = 0; i < 3; i++) {
		START(&pool[i], idle, &tid[i]);
		await_blocked(&tid[i]);
	}
	START(&thread, worker, NULL);
	turn_await(1);
	__atomic_store_n(&ready, 1, __ATOMIC_RELAXED);
	pthread_cond_signal(&ready_changed);
	turn_next();
	JOIN(thread);
	puts("done");
	return 0;
}
