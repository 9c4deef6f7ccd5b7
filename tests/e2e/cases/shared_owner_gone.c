/* SPDX-License-Identifier: Apache-2.0
 *
 * The process that holds a lock which processes share has ended without unlocking it, and another
 * one waits for it for ever: the owner is in one recording, the waiter in another.  The owner is a
 * second thread (`thread`), was killed (`killed`), left by _exit (others); it took the lock in its
 * parent's memory, in a file that it has mapped itself (`file`), by an rwlock (`rwlock`).  In
 * `child` a child waits, and its parent, which waits for that one, goes on.
 */
// mode: run
// variants: exited thread killed file rwlock child
// hangs
// expect: deadlock confirmed
// status: 66
// json: f.why.startswith("the lock lies in memory that processes share")
// json: roles(f) == ["waits", "holds"] and len(f.threads) == 2
// json: any(x.function == "want" for x in f.stacks[0].frames)
// json: any(x.function == "take" for x in f.stacks[1].frames)
// text: which T\d.* of process \d+ held when it ended: it can never go on
// stdout[child]: went on
#include "case.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct shared {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	int taken;
};

static struct shared *s;
static const char *variant;
static int file = -1;

static int is(const char *name)
{
	return !strcmp(variant, name);
}

static void make(void)
{
	pthread_mutexattr_t m;
	pthread_rwlockattr_t r;

	file = memfd_create("shared", MFD_CLOEXEC);
	CHECK(file >= 0 && !ftruncate(file, 3 * 4096));
	s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 4096);
	CHECK(s != MAP_FAILED);
	pthread_mutexattr_init(&m);
	pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->mutex, &m);
	pthread_rwlockattr_init(&r);
	pthread_rwlockattr_setpshared(&r, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(&s->rwlock, &r);
}

static __attribute__((noinline)) void *take(void *arg)
{
	CHECK((is("rwlock") ? pthread_rwlock_wrlock(&s->rwlock) : pthread_mutex_lock(&s->mutex)) ==
	      0);
	__atomic_store_n(&s->taken, 1, __ATOMIC_RELEASE);
	if (is("thread") || is("killed"))
		pause();
	return arg;
}

static __attribute__((noinline)) void want(void)
{
	if (is("rwlock"))
		pthread_rwlock_rdlock(&s->rwlock);
	else
		pthread_mutex_lock(&s->mutex);
	__atomic_store_n(&s->taken, 2, __ATOMIC_RELEASE);
}

static void owner(void)
{
	pthread_t t;

	/* At another address, by another mapping. */
	if (is("file"))
		s = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) + 4096;
	if (!is("thread"))
		take(NULL);
	else
		START(&t, take, NULL);
	while (is("thread"))
		pause();
	_exit(0);
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	CHECK(argc == 2);
	variant = argv[1];
	make();
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		owner();
	while (!__atomic_load_n(&s->taken, __ATOMIC_ACQUIRE))
		sched_yield();
	if (is("thread") || is("killed"))
		kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	if (!is("child")) {
		want();
		return 0;
	}
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		want();
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	puts("went on");
	return 0;
}
