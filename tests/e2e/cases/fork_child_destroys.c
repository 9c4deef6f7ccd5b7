/* SPDX-License-Identifier: Apache-2.0
 *
 * A forked child destroys its copy of a condition, or of a barrier, on which a thread of the parent
 * waits: the C library waits for a waiter that the child has not got.  Only the child is ended, and
 * main, which waits for it, goes on; also where the child has a second thread.
 */
// mode: run
// variants: alone thread barrier
// hangs
// expect: deadlock confirmed
// status: 66
// stdout: went on
// json: "sleeps without a time limit" in f.why
// json: any(x.function == "leave" for s in f.stacks for x in s.frames)
#include "locks.h"
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static int waiting, stop;
static pid_t tid;

static void *comer(void *arg)
{
	publish_tid(&tid);
	pthread_barrier_wait(&barrier);
	return arg;
}

static void *waiter(void *arg)
{
	pthread_mutex_lock(&mutex);
	waiting = 1;
	while (!stop)
		pthread_cond_wait(&wake, &mutex);
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void *leave(void *arg)
{
	if (arg)
		pthread_barrier_destroy(&barrier);
	else
		pthread_cond_destroy(&wake);
	return arg;
}

static void child(const char *variant)
{
	pthread_t t;

	if (strcmp(variant, "thread"))
		leave(strcmp(variant, "barrier") ? NULL : &barrier);
	START(&t, leave, NULL);
	JOIN(t);
	_exit(3);
}

static void tell_to_stop(void)
{
	pthread_mutex_lock(&mutex);
	stop = 1;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&mutex);
}

int main(int argc, char **argv)
{
	int seen = 0, status;
	pthread_t t, u;
	pid_t pid;

	CHECK(argc == 2);
	pthread_barrier_init(&barrier, NULL, 2);
	START(&u, comer, NULL);
	await_blocked(&tid);
	START(&t, waiter, NULL);
	while (!seen) {
		pthread_mutex_lock(&mutex);
		seen = waiting;
		pthread_mutex_unlock(&mutex);
	}
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		child(argv[1]);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGKILL);
	tell_to_stop();
	pthread_barrier_wait(&barrier);
	JOIN(t);
	JOIN(u);
	puts("went on");
	return 0;
}
