/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects are destroyed right after the last wakeup, while those who were woken are still on their
 * way out: glibc allows it for conditions and barriers, and of a semaphore the one that has taken
 * its value is not in it any more. */
// variants: cond cnd barrier sem
// expect: silent
#include "case.h"
#include <threads.h>

#define SLEEPERS 3

struct object {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	mtx_t mtx;
	cnd_t cnd;
	pthread_barrier_t barrier;
	sem_t semaphore;
	int go;
	int in;
};
static struct object object;
static const char *how;
static pid_t tids[SLEEPERS];

static void *sleeper(void *tid)
{
	publish_tid(tid);
	if (!strcmp(how, "cond")) {
		pthread_mutex_lock(&object.mutex);
		while (!object.go)
			pthread_cond_wait(&object.cond, &object.mutex);
		pthread_mutex_unlock(&object.mutex);
	} else if (!strcmp(how, "cnd")) {
		mtx_lock(&object.mtx);
		while (!object.go)
			cnd_wait(&object.cnd, &object.mtx);
		mtx_unlock(&object.mtx);
	} else if (!strcmp(how, "barrier")) {
		pthread_barrier_wait(&object.barrier);
	} else {
		CHECK(sem_wait(&object.semaphore) == 0);
		__atomic_add_fetch(&object.in, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void init(void)
{
	object.go = object.in = 0;
	memset(tids, 0, sizeof tids);
	CHECK(pthread_mutex_init(&object.mutex, NULL) == 0);
	CHECK(pthread_cond_init(&object.cond, NULL) == 0);
	CHECK(mtx_init(&object.mtx, mtx_plain) == thrd_success);
	CHECK(cnd_init(&object.cnd) == thrd_success);
	CHECK(pthread_barrier_init(&object.barrier, NULL, SLEEPERS + 1) == 0);
	CHECK(sem_init(&object.semaphore, 0, 0) == 0);
}

static void wake(void)
{
	if (!strcmp(how, "cond")) {
		pthread_mutex_lock(&object.mutex);
		object.go = 1;
		pthread_cond_broadcast(&object.cond);
		pthread_mutex_unlock(&object.mutex);
	} else if (!strcmp(how, "cnd")) {
		mtx_lock(&object.mtx);
		object.go = 1;
		cnd_broadcast(&object.cnd);
		mtx_unlock(&object.mtx);
	} else if (!strcmp(how, "barrier")) {
		pthread_barrier_wait(&object.barrier);
	} else {
		for (int i = 0; i < SLEEPERS; i++)
			sem_post(&object.semaphore);
		while (__atomic_load_n(&object.in, __ATOMIC_ACQUIRE) != SLEEPERS)
			sched_yield();
	}
}

static void destroy_waited(void)
{
	CHECK(pthread_cond_destroy(&object.cond) == 0);
	cnd_destroy(&object.cnd);
	CHECK(pthread_barrier_destroy(&object.barrier) == 0);
	CHECK(sem_destroy(&object.semaphore) == 0);
}

int main(int argc, char **argv)
{
	pthread_t threads[SLEEPERS];
	how = argc > 1 ? argv[1] : "cond";
	for (int round = 0; round < 20; round++) {
		init();
		for (int i = 0; i < SLEEPERS; i++)
			START(&threads[i], sleeper, &tids[i]);
		for (int i = 0; i < SLEEPERS; i++)
			await_blocked(&tids[i]);
		wake();
		destroy_waited();
		for (int i = 0; i < SLEEPERS; i++)
			JOIN(threads[i]);
		CHECK(pthread_mutex_destroy(&object.mutex) == 0);
		mtx_destroy(&object.mtx);
	}
	puts("done");
	return 7;
}
