/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads of one place that are alive when the process ends are one finding, whatever each does and
 * in whichever process of the run it was; those of another place are another one. */
// variants: mixed forked two
// options: fail_on=never
// expect: leaked-worker suspect
// expect[two]: leaked-worker suspect
// expect[two]: early-exit suspect
// expect[forked bare]: leaked-worker suspect
// json[mixed]: f.count == 4 and matches("4 threads created in pool .*: 2 blocked, 2 working", f.message)
// json[mixed]: len(f.threads) == 4 and sum(s.role == "waits" for s in f.stacks) == 2
// json[forked run]: f.count == 8
// json[two]: len({x.id for x in findings}) == 2 and [x.count for x in findings] == [4, 1]
#include "case.h"
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static sem_t more;
static pid_t tid[4];

__attribute__((noinline)) static void first_place(void)
{
	pthread_mutex_lock(&mutex);
	publish_tid(&tid[0]);
	for (;;)
		pthread_cond_wait(&work, &mutex);
}

__attribute__((noinline)) static void second_place(void)
{
	publish_tid(&tid[1]);
	for (;;)
		sem_wait(&more);
}

static void *worker(void *number)
{
	if (number == (void *)0)
		first_place();
	if (number == (void *)1)
		second_place();
	publish_tid(&tid[(long)number]);
	for (;;)
		pause();
	return NULL;
}

__attribute__((noinline)) static void pool(void)
{
	pthread_t thread;
	for (long i = 0; i < 4; i++)
		START(&thread, worker, (void *)i);
	await_blocked(&tid[0]);
	await_blocked(&tid[1]);
	while (!__atomic_load_n(&tid[2], __ATOMIC_ACQUIRE) ||
	       !__atomic_load_n(&tid[3], __ATOMIC_ACQUIRE))
		sched_yield();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "mixed";
	pthread_t thread;
	int status;
	sem_init(&more, 0, 0);
	if (!strcmp(how, "forked") && fork() == 0) {
		pool();
		exit(0);
	}
	if (!strcmp(how, "forked"))
		CHECK(wait(&status) > 0 && status == 0);
	pool();
	if (!strcmp(how, "two"))
		START(&thread, worker, (void *)2);
	puts("done");
	return 0;
}
