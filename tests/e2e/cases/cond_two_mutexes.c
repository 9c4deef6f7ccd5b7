/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads wait for one condition at the same time, each with a mutex of its own. */
// variants: pthread timed c11
// expect: cond-two-mutexes confirmed
// text: first_waiter
// json: roles(f) == ["called", "holds", "waits", "acquired"]
#include "case.h"
#include <threads.h>

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, two = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static mtx_t mtx_one, mtx_two;
static cnd_t cnd;
static int c11, ready;
static pid_t tid;

static void *first_waiter(void *unused)
{
	publish_tid(&tid);
	if (c11) {
		mtx_lock(&mtx_one);
		while (!ready)
			cnd_wait(&cnd, &mtx_one);
		mtx_unlock(&mtx_one);
		return unused;
	}
	pthread_mutex_lock(&one);
	while (!ready)
		pthread_cond_wait(&cond, &one);
	pthread_mutex_unlock(&one);
	return unused;
}

static __attribute__((noinline)) void wait_with_other(void)
{
	struct timespec limit = soon(CLOCK_REALTIME, 20);
	if (c11) {
		mtx_lock(&mtx_two);
		cnd_timedwait(&cnd, &mtx_two, &limit);
		mtx_unlock(&mtx_two);
		return;
	}
	pthread_mutex_lock(&two);
	pthread_cond_timedwait(&cond, &two, &limit);
	pthread_mutex_unlock(&two);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	c11 = argc > 1 && !strcmp(argv[1], "c11");
	CHECK(mtx_init(&mtx_one, mtx_plain) == thrd_success && cnd_init(&cnd) == thrd_success);
	CHECK(mtx_init(&mtx_two, mtx_plain) == thrd_success);
	START(&thread, first_waiter, NULL);
	await_blocked(&tid);
	wait_with_other();
	pthread_mutex_lock(&one);
	mtx_lock(&mtx_one);
	ready = 1;
	pthread_cond_signal(&cond);
	cnd_signal(&cnd);
	mtx_unlock(&mtx_one);
	pthread_mutex_unlock(&one);
	JOIN(thread);
	puts("done");
	return 5;
}
