/* SPDX-License-Identifier: Apache-2.0
 *
 * On the heap a held lock that is initialised again may be another object in the same memory: that
 * is suspicious only, unless a thread sleeps in it. */
// variants: alone awaited
// expect: reinit-in-use suspect
// expect[awaited]: reinit-in-use confirmed
// expect[awaited]: leaked-worker suspect
// stdout: done
// status[alone]: 5
// hangs
#include "case.h"

static pthread_mutex_t *mutex;
static pid_t tid;

static void *waiter(void *unused)
{
	publish_tid(&tid);
	pthread_mutex_lock(mutex);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	struct {
		char pad[64];
		pthread_mutex_t mutex;
	} *object = calloc(1, sizeof *object);
	CHECK(object);
	mutex = &object->mutex;
	CHECK(pthread_mutex_init(mutex, NULL) == 0);
	pthread_mutex_lock(mutex);
	if (argc > 1 && !strcmp(argv[1], "awaited")) {
		START(&thread, waiter, NULL);
		await_blocked(&tid);
	}
	CHECK(pthread_mutex_init(mutex, NULL) == 0);
	puts("done");
	fflush(stdout);
	_exit(5);
}
