/* SPDX-License-Identifier: Apache-2.0
 *
 * One place starts a thread now and then, all along the run, and none of them ever ends. */
// options: unbounded_threads=20:leaks=off
// expect: unbounded-threads suspect
// json: roles(f) == ["created"]
#include "case.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void *stay(void *tid)
{
	publish_tid(tid);
	CHECK(pthread_mutex_lock(&m) == 0);
	for (;;)
		CHECK(pthread_cond_wait(&never, &m) == 0);
	return NULL;
}

int main(void)
{
	static pid_t tids[24];
	for (int i = 0; i < 24; i++) {
		pthread_t thread;
		START(&thread, stay, &tids[i]);
		CHECK(pthread_detach(thread) == 0);
		await_blocked(&tids[i]);
		usleep(10000);
	}
	puts("done");
	exit(7);
}
