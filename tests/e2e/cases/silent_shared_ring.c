/* SPDX-License-Identifier: Apache-2.0
 *
 * Two processes wait for each other in locks that they share, and one of them comes out of it: its
 * wait has a time limit (`timed`), or an alarm's handler leaves it (`handler`).
 */
// expect: silent
// variants: timed handler
#include "case.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static struct shared {
	pthread_mutex_t one, other;
	int taken;
} * s;

static sigjmp_buf out;

static void leave(int signal)
{
	(void)signal;
	siglongjmp(out, 1);
}

static void take(pthread_mutex_t *m)
{
	CHECK(pthread_mutex_lock(m) == 0);
	__atomic_add_fetch(&s->taken, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&s->taken, __ATOMIC_ACQUIRE) < 2)
		sched_yield();
}

static void want_for_a_while(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 3;
	CHECK(pthread_mutex_timedlock(&s->other, &t) == ETIMEDOUT);
}

static void want_until_alarm(void)
{
	if (sigsetjmp(out, 1))
		return;
	signal(SIGALRM, leave);
	alarm(3);
	pthread_mutex_lock(&s->other);
}

int main(int argc, char **argv)
{
	pthread_mutexattr_t a;
	int status;
	pid_t pid;

	CHECK(argc == 2);
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(s != MAP_FAILED);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->one, &a);
	pthread_mutex_init(&s->other, &a);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		take(&s->other);
		CHECK(pthread_mutex_lock(&s->one) == 0);
		_exit(7);
	}
	take(&s->one);
	if (!strcmp(argv[1], "timed"))
		want_for_a_while();
	else
		want_until_alarm();
	CHECK(pthread_mutex_unlock(&s->one) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7);
	puts("came out");
	return 0;
}
