/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole story of a lost wakeup: the worker looks at the state under the mutex, the main thread
 * changes it and signals without the mutex before the worker sleeps; three idle workers sleep on
 * another condition meanwhile, as they should. */
// expect: lost-wakeup confirmed
// hangs
// stdout: -
// json: any(s.role == "signalled" and s.with_mutex is False for s in f.stacks)
// json: sum(s.more or 0 for s in f.stacks) == 2
// json: [s.role for s in f.stacks if s.when][:2] == ["signalled", "waits"]
// json: (lambda w: w[0] < w[1])([s.when for s in f.stacks if s.when])
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
