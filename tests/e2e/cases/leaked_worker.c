/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker is still blocked when the process ends. */
// variants: suspect plain strict off detached
// expect: leaked-worker suspect
// expect[strict]: leaked-worker confirmed
// expect[off]: silent
// status: own
// status[suspect]: 66
// status[strict]: 66
// options[suspect]: fail_on=suspect
// options[strict]: leaks=strict
// options[off]: leaks=off
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pid_t tid;

static void *worker(void *unused)
{
	pthread_mutex_lock(&mutex);
	publish_tid(&tid);
	for (;;)
		pthread_cond_wait(&work, &mutex);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	START(&thread, worker, NULL);
	if (argc > 1 && !strcmp(argv[1], "detached"))
		pthread_detach(thread);
	await_blocked(&tid);
	puts("done");
	return 5;
}
