/* SPDX-License-Identifier: Apache-2.0
 *
 * A process-shared lock in shared memory, held here and wanted again: another process releases it.
 * Whether the owner may do so is not asked: nobody is stuck. */
// variants: mutex rwlock
// expect: silent
#include "case.h"
#include <sys/mman.h>
#include <sys/wait.h>

static struct shared {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
} * s;
static int mutex;

static void make(void)
{
	pthread_mutexattr_t m;
	pthread_rwlockattr_t r;
	s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(s != MAP_FAILED);
	pthread_mutexattr_init(&m);
	pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->mutex, &m);
	pthread_rwlockattr_init(&r);
	pthread_rwlockattr_setpshared(&r, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(&s->rwlock, &r);
}

/* Whether the parent's only thread sleeps in a futex wait. */
static int parent_sleeps(void)
{
	char path[64];
	long number = -1;
	snprintf(path, sizeof path, "/proc/%d/syscall", (int)getppid());
	FILE *f = fopen(path, "r");
	CHECK(f && fscanf(f, "%ld", &number) >= 0);
	fclose(f);
	return number == 202;
}

static void release(void)
{
	while (!parent_sleeps())
		sched_yield();
	if (mutex)
		pthread_mutex_unlock(&s->mutex);
	else
		pthread_rwlock_unlock(&s->rwlock);
	_exit(0);
}

int main(int argc, char **argv)
{
	mutex = argc > 1 && !strcmp(argv[1], "mutex");
	make();
	CHECK((mutex ? pthread_mutex_lock(&s->mutex) : pthread_rwlock_rdlock(&s->rwlock)) == 0);
	pid_t child = fork();
	if (!child)
		release();
	CHECK((mutex ? pthread_mutex_lock(&s->mutex) : pthread_rwlock_wrlock(&s->rwlock)) == 0);
	CHECK(waitpid(child, NULL, 0) == child);
	puts("done");
	fflush(stdout);
	_exit(7);
}
