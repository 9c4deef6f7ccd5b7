/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread joins a worker while it holds the lock that the worker needs. */
// variants: lock-first join-first tail
// expect: deadlock confirmed
// hangs
// json: len(f.threads) == 2
// text: worker
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pid_t joiner_tid, worker_tid;
static int worker_last;

static void *worker(void *unused)
{
	publish_tid(&worker_tid);
	if (worker_last)
		await_blocked(&joiner_tid);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *joiner(void *unused)
{
	pthread_t thread;
	publish_tid(&joiner_tid);
	pthread_mutex_lock(&mutex);
	START(&thread, worker, NULL);
	if (!worker_last)
		await_blocked(&worker_tid);
	JOIN(thread);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	pthread_t thread;
	worker_last = !strcmp(how, "join-first");
	if (!strcmp(how, "tail")) {
		joiner(NULL);
	} else {
		START(&thread, joiner, NULL);
		JOIN(thread);
	}
	puts("never");
	return 0;
}
