/* SPDX-License-Identifier: Apache-2.0
 *
 * Two detached threads: nothing orders them, and their ends are awaited by a semaphore. */
// expect: lock-order-inversion predicted
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t ended;
static pid_t first, second;

static void *forward(void *unused)
{
	publish_tid(&first);
	pthread_detach(pthread_self());
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	sem_post(&ended);
	return unused;
}

static void *backward(void *unused)
{
	publish_tid(&second);
	pthread_detach(pthread_self());
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	sem_post(&ended);
	return unused;
}

int main(void)
{
	pthread_t thread;
	sem_init(&ended, 0, 0);
	START(&thread, forward, NULL);
	sem_wait(&ended);
	START(&thread, backward, NULL);
	sem_wait(&ended);
	await_gone(&first);
	await_gone(&second);
	puts("done");
	return 0;
}
