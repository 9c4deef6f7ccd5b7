/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks that processes share and that are waited for while their owner sleeps, lives on in a child
 * to which it has left the lock, or has ended but the mutex is robust; and a semaphore, which
 * nobody owns.  Each is given at last.
 */
// mode: run
// variants: alive handed robust semaphore
// expect: silent
#include "case.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct shared {
	pthread_mutex_t mutex;
	sem_t semaphore;
	int taken;
};

static struct shared *s;
static const char *variant;

static int is(const char *name)
{
	return !strcmp(variant, name);
}

static void make(void)
{
	pthread_mutexattr_t m;

	s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(s != MAP_FAILED);
	pthread_mutexattr_init(&m);
	pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
	if (is("robust"))
		pthread_mutexattr_setrobust(&m, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&s->mutex, &m);
	CHECK(!sem_init(&s->semaphore, 1, 0));
}

/* Longer than any look from outside waits. */
static void release(void)
{
	sleep(3);
	if (is("semaphore"))
		sem_post(&s->semaphore);
	else
		pthread_mutex_unlock(&s->mutex);
}

static void owner(void)
{
	if (!is("semaphore"))
		CHECK(pthread_mutex_lock(&s->mutex) == 0);
	__atomic_store_n(&s->taken, 1, __ATOMIC_RELEASE);
	if (is("alive") || (!is("robust") && !fork()))
		release();
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t pid;

	CHECK(argc == 2);
	variant = argv[1];
	/* Who is left behind is waited for as well: a process that still ran would be told of. */
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	make();
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		owner();
	while (!__atomic_load_n(&s->taken, __ATOMIC_ACQUIRE))
		sched_yield();
	if (!is("alive"))
		CHECK(waitpid(pid, NULL, 0) == pid);
	if (is("semaphore"))
		CHECK(!sem_wait(&s->semaphore));
	else
		CHECK(pthread_mutex_lock(&s->mutex) == (is("robust") ? EOWNERDEAD : 0));
	if (!is("semaphore"))
		pthread_mutex_unlock(&s->mutex);
	while (wait(NULL) > 0)
		continue;
	puts("done");
	return 0;
}
