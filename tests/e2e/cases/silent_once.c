/* SPDX-License-Identifier: Apache-2.0
 *
 * Once controls as correct programs use them: called again under locks that the routine takes, when
 * it is done; asked for by many at once; tried again after cancellation; left by the thread's end;
 * forked in; in memory that is used again and again; nested in one order. */
// variants: done contended cancelled ended forked reused nested mutex_order
// expect: silent
#include "case.h"
#include <sys/wait.h>
#include <threads.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t control = PTHREAD_ONCE_INIT, inner = PTHREAD_ONCE_INIT;
static once_flag flag = ONCE_FLAG_INIT;
static int runs, after;
static pid_t tid;

static void lock_in_routine(void)
{
	pthread_mutex_lock(&mutex);
	runs++;
	pthread_mutex_unlock(&mutex);
}

/* The other order, but of a call that can wait for nobody any more. */
static void *call_when_done(void *unused)
{
	(void)unused;
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		pthread_once(&control, lock_in_routine);
		call_once(&flag, lock_in_routine);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void done(void)
{
	pthread_t threads[2];
	pthread_once(&control, lock_in_routine);
	call_once(&flag, lock_in_routine);
	for (int i = 0; i < 2; i++)
		START(&threads[i], call_when_done, NULL);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	CHECK(runs == 2);
}

static pthread_once_t many[2000];
static pthread_barrier_t start;

static void *ask_for_all(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&start);
	for (int i = 0; i < 2000; i++)
		pthread_once(&many[i], lock_in_routine);
	return NULL;
}

static void contended(void)
{
	pthread_t threads[4];
	pthread_barrier_init(&start, NULL, 4);
	for (int i = 0; i < 4; i++)
		START(&threads[i], ask_for_all, NULL);
	for (int i = 0; i < 4; i++)
		JOIN(threads[i]);
	CHECK(runs == 2000);
}

static void wait_to_be_cancelled(void)
{
	if (runs++)
		return;
	publish_tid(&tid);
	for (;;)
		pause();
}

static void *runner(void *unused)
{
	(void)unused;
	pthread_once(&control, wait_to_be_cancelled);
	return NULL;
}

static void *second_runner(void *unused)
{
	(void)unused;
	publish_tid(&after);
	pthread_once(&control, wait_to_be_cancelled);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void cancelled(void)
{
	pthread_t first, second;
	START(&first, runner, NULL);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sched_yield();
	START(&second, second_runner, NULL);
	await_blocked(&after);
	CHECK(pthread_cancel(first) == 0);
	JOIN(first);
	JOIN(second);
	CHECK(runs == 2);
}

static void end_here(void)
{
	if (runs++ == 0)
		pthread_exit(NULL);
}

static void *ender(void *unused)
{
	(void)unused;
	pthread_once(&control, end_here);
	return NULL;
}

static void ended(void)
{
	pthread_t thread;
	START(&thread, ender, NULL);
	JOIN(thread);
	pthread_once(&control, end_here);
	CHECK(runs == 2);
}

static void fork_in_routine(void)
{
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child) {
		/* Only the parent's routine runs; the child's control begins anew. */
		lock_in_routine();
		return;
	}
	int status;
	CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void *keep_running(void *unused)
{
	(void)unused;
	pthread_once(&inner, wait_to_be_cancelled);
	return NULL;
}

static void forked(void)
{
	pthread_t thread;
	START(&thread, keep_running, NULL);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sched_yield();
	pid_t parent = getpid();
	pthread_once(&control, fork_in_routine);
	if (getpid() != parent) {
		pthread_once(&control, lock_in_routine);
		pthread_once(&inner, lock_in_routine); /* the parent's thread was in it */
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
		exit(0);
	}
	CHECK(pthread_cancel(thread) == 0);
	JOIN(thread);
}

/* Each time another control, often at the address of the last one. */
static void *make_many(void *unused)
{
	(void)unused;
	for (int i = 0; i < 20000; i++) {
		pthread_once_t *own = calloc(1, 64 + (size_t)(i % 7) * 16);
		pthread_once(own, lock_in_routine);
		free(own);
	}
	return NULL;
}

static void reused(void)
{
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		START(&threads[i], make_many, NULL);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	CHECK(runs == 40000);
}

static void call_inner(void)
{
	pthread_once(&inner, lock_in_routine);
}

static void *call_nested(void *unused)
{
	(void)unused;
	pthread_once(&control, call_inner);
	pthread_once(&inner, lock_in_routine);
	return NULL;
}

static void nested(void)
{
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		START(&threads[i], call_nested, NULL);
	for (int i = 0; i < 3; i++)
		JOIN(threads[i]);
	CHECK(runs == 1);
}

static void count(void)
{
	runs++;
}

/* Under the mutex always, and the routine takes none. */
static void *call_locked(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	pthread_once(&control, count);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void mutex_order(void)
{
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		START(&threads[i], call_locked, NULL);
	for (int i = 0; i < 3; i++)
		JOIN(threads[i]);
	CHECK(runs == 1);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} variants[] = {{"done", done},     {"contended", contended},    {"cancelled", cancelled},
			{"ended", ended},   {"forked", forked},          {"reused", reused},
			{"nested", nested}, {"mutex_order", mutex_order}};
	for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
		if (argc == 2 && !strcmp(argv[1], variants[i].name)) {
			variants[i].run();
			puts("done");
			return 0;
		}
	return 3;
}
