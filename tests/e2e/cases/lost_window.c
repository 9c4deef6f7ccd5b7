/* SPDX-License-Identifier: Apache-2.0
 *
 * A waiter looks at the state under the mutex; before it waits, another thread changes the state
 * and signals without the mutex.  Nobody hears the signal, and the waiter sleeps for ever. */
// expect: lost-wakeup confirmed
// expect[main-waits]: lost-wakeup confirmed
// variants: signal broadcast c11 main-waits
// hangs
// stdout: -
// json: "never held the mutex" in f.why
// json: {"checked", "signalled", "waits"} <= set(roles(f))
// json: any(s.role == "signalled" and s.frames[0].function == "wake" for s in f.stacks)
#include "case.h"
#include <threads.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static mtx_t mtx;
static cnd_t cnd;
static const char *variant;
static int ready;

static int is(const char *name)
{
	return !strcmp(variant, name);
}

__attribute__((noinline)) static void wake(void)
{
	turn_await(1);
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	if (is("c11"))
		cnd_signal(&cnd);
	else if (is("broadcast"))
		pthread_cond_broadcast(&cond);
	else
		pthread_cond_signal(&cond);
	turn_next();
}

static void *waker(void *unused)
{
	(void)unused;
	wake();
	return NULL;
}

static void wait_c11(void)
{
	mtx_lock(&mtx);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) {
		turn_next();
		turn_await(2);
		cnd_wait(&cnd, &mtx);
	}
	mtx_unlock(&mtx);
}

static void *waiter(void *unused)
{
	(void)unused;
	if (is("c11")) {
		wait_c11();
		return NULL;
	}
	pthread_mutex_lock(&mutex);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) {
		turn_next();
		turn_await(2);
		pthread_cond_wait(&cond, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	variant = argc > 1 ? argv[1] : "signal";
	mtx_init(&mtx, mtx_plain);
	cnd_init(&cnd);
	if (is("main-waits")) {
		START(&thread, waker, NULL);
		waiter(NULL);
	} else {
		START(&thread, waiter, NULL);
		wake();
	}
	JOIN(thread);
	return 0;
}
