/* SPDX-License-Identifier: Apache-2.0
 *
 * A condition variable, semaphore or barrier is destroyed while a thread sleeps in it.  glibc's
 * destroy of a condition and of a barrier then waits for the sleeper: nobody is left to wake it. */
// variants: cond cond-timed cnd sem sem-timed barrier
// expect: destroy-while-waited confirmed
// expect[cond]: destroy-while-waited confirmed
// expect[cond]: deadlock confirmed
// expect[cnd]: destroy-while-waited confirmed
// expect[cnd]: deadlock confirmed
// expect[barrier]: destroy-while-waited confirmed
// expect[barrier]: deadlock confirmed
// hangs
// stdout: -
// stdout[cond-timed]: done
// stdout[sem]: done
// stdout[sem-timed]: done
// json: {"destroyed", "waits"} <= {s.role for s in stacks}
#include "case.h"
#include <threads.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static mtx_t mtx;
static cnd_t cnd;
static sem_t semaphore;
static pthread_barrier_t barrier;
static pid_t sleeper_tid;

static void sleep_in(const char *how)
{
	struct timespec limit = soon(CLOCK_REALTIME, 1500);
	if (!strcmp(how, "sem"))
		CHECK(sem_wait(&semaphore) == 0);
	else if (!strcmp(how, "sem-timed"))
		sem_timedwait(&semaphore, &limit);
	else if (!strcmp(how, "barrier"))
		pthread_barrier_wait(&barrier);
	else if (!strcmp(how, "cnd"))
		mtx_lock(&mtx), cnd_wait(&cnd, &mtx);
	else if (!strcmp(how, "cond"))
		pthread_mutex_lock(&mutex), pthread_cond_wait(&cond, &mutex);
	else
		pthread_mutex_lock(&mutex), pthread_cond_timedwait(&cond, &mutex, &limit);
}

static void *sleeper(void *how)
{
	publish_tid(&sleeper_tid);
	sleep_in(how);
	if (!strncmp(how, "cond", 4))
		pthread_mutex_unlock(&mutex);
	return NULL;
}

static void destroy(const char *how)
{
	if (!strncmp(how, "sem", 3))
		sem_destroy(&semaphore);
	else if (!strcmp(how, "barrier"))
		pthread_barrier_destroy(&barrier);
	else if (!strcmp(how, "cnd"))
		cnd_destroy(&cnd);
	else
		pthread_cond_destroy(&cond);
}

int main(int argc, char **argv)
{
	char *how = argc > 1 ? argv[1] : "cond";
	pthread_t thread;
	CHECK(sem_init(&semaphore, 0, 0) == 0 && pthread_barrier_init(&barrier, NULL, 2) == 0);
	CHECK(mtx_init(&mtx, mtx_plain) == thrd_success && cnd_init(&cnd) == thrd_success);
	START(&thread, sleeper, how);
	await_blocked(&sleeper_tid);
	destroy(how);
	if (!strcmp(how, "sem")) {
		/* glibc forgets nothing: it can still be woken. */
		sem_post(&semaphore);
	}
	JOIN(thread);
	puts("done");
	return 5;
}
