/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads fork while others lock; the children lock, create threads, fork again and end.  Handlers
 * of pthread_atfork hold a lock over the fork. */
// expect: silent
#include "case.h"
#include <sys/wait.h>

static pthread_mutex_t guarded = PTHREAD_MUTEX_INITIALIZER, busy = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mine = PTHREAD_MUTEX_INITIALIZER;
static int stop;
static long prepared, in_parent, in_child;

static void prepare(void)
{
	pthread_mutex_lock(&guarded);
	prepared++;
}

static void parent(void)
{
	in_parent++;
	pthread_mutex_unlock(&guarded);
}

static void child(void)
{
	in_child++;
	pthread_mutex_unlock(&guarded);
}

static void *locks_all_the_time(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		pthread_mutex_lock(&busy);
		pthread_mutex_unlock(&busy);
		pthread_mutex_lock(&guarded);
		pthread_mutex_unlock(&guarded);
		sched_yield();
	}
	return unused;
}

static void *in_child_thread(void *unused)
{
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&mine);
		pthread_mutex_unlock(&mine);
	}
	return unused;
}

static int child_main(int depth)
{
	pthread_t threads[2];
	struct timespec limit = soon(CLOCK_REALTIME, 5000);
	for (int i = 0; i < 2; i++)
		START(&threads[i], in_child_thread, NULL);
	CHECK(pthread_mutex_timedlock(&guarded, &limit) == 0);
	CHECK(pthread_mutex_unlock(&guarded) == 0);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	if (depth) {
		int status;
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (!pid)
			_exit(child_main(depth - 1));
		CHECK(waitpid(pid, &status, 0) == pid && status == 0x2a00);
	}
	return 42;
}

static void *forks(void *number)
{
	for (int i = 0; i < 5; i++) {
		int status;
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (!pid) {
			int result = child_main(1);
			if (number)
				exit(result);
			_exit(result);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0x2a00);
	}
	return NULL;
}

int main(void)
{
	pthread_t lockers[2], forkers[2];
	CHECK(pthread_atfork(prepare, parent, child) == 0);
	for (int i = 0; i < 2; i++)
		START(&lockers[i], locks_all_the_time, NULL);
	for (long i = 0; i < 2; i++)
		START(&forkers[i], forks, (void *)i);
	for (int i = 0; i < 2; i++)
		JOIN(forkers[i]);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		JOIN(lockers[i]);
	printf("%ld %ld %ld\n", prepared, in_parent, in_child);
	return 7;
}
