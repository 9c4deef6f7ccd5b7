/* SPDX-License-Identifier: Apache-2.0
 *
 * A parent forks while it holds locks that processes share. They are the parent's, not the child's:
 * the child waits for them until the parent gives them up. */
// expect: silent
// variants: mutex rwlock
#include "case.h"
#include <sys/mman.h>
#include <sys/wait.h>

struct shared {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	pid_t child;
};

static struct shared *make_shared(void)
{
	struct shared *s =
		mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(s != MAP_FAILED);
	pthread_mutexattr_t m;
	pthread_mutexattr_init(&m);
	pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->mutex, &m);
	pthread_rwlockattr_t r;
	pthread_rwlockattr_init(&r);
	pthread_rwlockattr_setpshared(&r, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(&s->rwlock, &r);
	return s;
}

static void lock(struct shared *s, int rw)
{
	CHECK((rw ? pthread_rwlock_wrlock(&s->rwlock) : pthread_mutex_lock(&s->mutex)) == 0);
}

static void unlock(struct shared *s, int rw)
{
	CHECK((rw ? pthread_rwlock_unlock(&s->rwlock) : pthread_mutex_unlock(&s->mutex)) == 0);
}

/* Until the child sleeps, as the kernel says. */
static void await_asleep(pid_t child)
{
	char path[64], line[128];
	snprintf(path, sizeof path, "/proc/%d/syscall", (int)child);
	for (;; sched_yield()) {
		FILE *f = fopen(path, "r");
		CHECK(f);
		if (fgets(line, sizeof line, f) && !strncmp(line, "202 ", 4)) {
			fclose(f);
			return;
		}
		fclose(f);
	}
}

int main(int argc, char **argv)
{
	int rw = argc > 1 && !strcmp(argv[1], "rwlock"), status;
	struct shared *s = make_shared();
	lock(s, rw);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		lock(s, rw);
		unlock(s, rw);
		_exit(0);
	}
	await_asleep(child);
	unlock(s, rw);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	puts("done");
	return 0;
}
