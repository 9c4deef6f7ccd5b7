/* SPDX-License-Identifier: Apache-2.0
 *
 * Many threads of one place that live at the end, and are no sign of unbounded growth: a pool that
 * was made at the start, and a server of which one thread has ended. */
// variants: pool ends
// options: unbounded_threads=20:leaks=off
// expect: silent
#include "case.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int leaves;

static void *stay(void *tid)
{
	if (leaves) {
		publish_tid(tid);
		return NULL;
	}
	publish_tid(tid);
	CHECK(pthread_mutex_lock(&m) == 0);
	for (;;)
		CHECK(pthread_cond_wait(&never, &m) == 0);
	return NULL;
}

int main(int argc, char **argv)
{
	static pid_t tids[24];
	int pool = argc < 2 || !strcmp(argv[1], "pool");
	for (int i = 0; i < 24; i++) {
		pthread_t thread;
		__atomic_store_n(&leaves, !pool && i == 5, __ATOMIC_SEQ_CST);
		START(&thread, stay, &tids[i]);
		CHECK(pthread_detach(thread) == 0);
		if (leaves)
			await_gone(&tids[i]);
		else
			await_blocked(&tids[i]);
		if (!pool)
			usleep(10000);
	}
	if (pool)
		usleep(600000);
	puts("done");
	exit(7);
}
