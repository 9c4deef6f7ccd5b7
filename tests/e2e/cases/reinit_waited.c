/* SPDX-License-Identifier: Apache-2.0
 *
 * A condition variable, semaphore or barrier is initialised again while a thread sleeps in it, or
 * anything else is initialised there. */
// variants: cond cnd sem barrier mutex-over-sem
// expect: reinit-in-use confirmed
// expect: leaked-worker suspect
// json: {"destroyed", "waits"} <= {s.role for s in stacks}
// hangs
// stdout: done
#include "case.h"
#include <threads.h>

static union {
	pthread_cond_t cond;
	cnd_t cnd;
	sem_t semaphore;
	pthread_barrier_t barrier;
	pthread_mutex_t mutex;
} o;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static mtx_t mtx;
static pid_t tid;
static const char *how;

static void *sleeper(void *unused)
{
	publish_tid(&tid);
	if (!strcmp(how, "cond"))
		pthread_mutex_lock(&mutex), pthread_cond_wait(&o.cond, &mutex);
	else if (!strcmp(how, "cnd"))
		mtx_lock(&mtx), cnd_wait(&o.cnd, &mtx);
	else if (!strcmp(how, "barrier"))
		pthread_barrier_wait(&o.barrier);
	else
		sem_wait(&o.semaphore);
	return unused;
}

static void init(const char *what)
{
	if (!strcmp(what, "cond"))
		pthread_cond_init(&o.cond, NULL);
	else if (!strcmp(what, "cnd"))
		cnd_init(&o.cnd);
	else if (!strcmp(what, "barrier"))
		pthread_barrier_init(&o.barrier, NULL, 2);
	else
		sem_init(&o.semaphore, 0, 0);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	how = argc > 1 ? argv[1] : "cond";
	CHECK(mtx_init(&mtx, mtx_plain) == thrd_success);
	init(how);
	START(&thread, sleeper, NULL);
	await_blocked(&tid);
	if (!strcmp(how, "mutex-over-sem"))
		pthread_mutex_init(&o.mutex, NULL);
	else
		init(how);
	puts("done");
	fflush(stdout);
	_exit(5);
}
