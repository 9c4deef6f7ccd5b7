/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread holds a lock while another one forks, and the child does what is right: it does not
 * touch the lock, only tries it, initialises it anew, or executes another program; or handlers of
 * pthread_atfork hold all locks over the fork; or the lock is shared and its holder unlocks it. */
// variants: untouched try timed init static destroy exec handlers shared free
// expect: silent
#include "locks.h"
#include <sys/mman.h>
#include <sys/wait.h>

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *shared;
static const char *how;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void take_all(void)
{
	pthread_mutex_lock(&held);
}

static void drop_all(void)
{
	pthread_mutex_unlock(&held);
}

static void *keeper(void *unused)
{
	int keeps = !is("handlers") && !is("free");
	pthread_mutex_lock(&held);
	if (!keeps)
		pthread_mutex_unlock(&held);
	turn_next();
	turn_await(2);
	if (keeps)
		pthread_mutex_unlock(&held);
	return unused;
}

static void *takes(void *mutex)
{
	for (int i = 0; i < 100; i++) {
		CHECK(pthread_mutex_lock(mutex) == 0);
		sched_yield();
		CHECK(pthread_mutex_unlock(mutex) == 0);
	}
	return NULL;
}

/* Threads of the child contend for a lock that is the child's own by now. */
static void contend(pthread_mutex_t *mutex)
{
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		START(&threads[i], takes, mutex);
	for (int i = 0; i < 3; i++)
		JOIN(threads[i]);
}

static void child(void)
{
	static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
	struct timespec limit = soon(CLOCK_REALTIME, 20);
	if (is("untouched"))
		free(malloc(100000));
	if (is("try"))
		CHECK(pthread_mutex_trylock(&held) == EBUSY);
	if (is("timed"))
		CHECK(pthread_mutex_timedlock(&held, &limit) == ETIMEDOUT);
	if (is("exec"))
		execl("/bin/true", "true", (char *)NULL);
	if (is("destroy"))
		pthread_mutex_destroy(&held);
	if (is("init") || is("destroy"))
		CHECK(pthread_mutex_init(&held, NULL) == 0);
	if (is("static"))
		held = fresh;
	if (is("init") || is("static") || is("destroy") || is("handlers") || is("free"))
		contend(&held);
	contend(&other);
}

static void fork_and_wait(void)
{
	int status;
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		child();
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* The holder is of another process, and will unlock. */
static void share(void)
{
	int status;
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		struct timespec limit = soon(CLOCK_REALTIME, 20000);
		CHECK(pthread_mutex_timedlock(shared, &limit) == 0);
		CHECK(pthread_mutex_unlock(shared) == 0);
		takes(shared);
		exit(0);
	}
	turn_next();
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void make_shared(void)
{
	pthread_mutexattr_t attr;
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	CHECK(pthread_mutex_init(shared, &attr) == 0);
}

static void *keeper_shared(void *unused)
{
	pthread_mutex_lock(shared);
	turn_next();
	turn_await(2);
	pthread_mutex_unlock(shared);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	how = argc > 1 ? argv[1] : "untouched";
	if (is("shared")) {
		make_shared();
		START(&thread, keeper_shared, NULL);
		turn_await(1);
		share();
	} else {
		if (is("handlers"))
			CHECK(pthread_atfork(take_all, drop_all, drop_all) == 0);
		START(&thread, keeper, NULL);
		turn_await(1);
		fork_and_wait();
		turn_next();
	}
	JOIN(thread);
	puts("done");
	return 7;
}
