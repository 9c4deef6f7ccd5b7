/* SPDX-License-Identifier: Apache-2.0
 *
 * siglongjmp out of a critical section: out of a signal handler, over frames that held a lock,
 * after which the lock is given up elsewhere. */
// expect: silent
#include "case.h"
#include <setjmp.h>
#include <signal.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf back;

static void handler(int number)
{
	siglongjmp(back, number);
}

static __attribute__((noinline)) void section(int depth)
{
	if (depth) {
		section(depth - 1);
		return;
	}
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	raise(SIGUSR1);
}

static void *worker(void *unused)
{
	for (volatile int i = 0; i < 200; i++) {
		if (sigsetjmp(back, 1) == 0) {
			section(i % 10);
			CHECK(0);
		}
		CHECK(pthread_mutex_unlock(&b) == 0);
		CHECK(pthread_mutex_unlock(&a) == 0);
	}
	return unused;
}

int main(void)
{
	pthread_t thread;
	signal(SIGUSR1, handler);
	worker(NULL);
	START(&thread, worker, NULL);
	JOIN(thread);
	CHECK(pthread_mutex_trylock(&a) == 0);
	CHECK(pthread_mutex_unlock(&a) == 0);
	puts("done");
	return 7;
}
