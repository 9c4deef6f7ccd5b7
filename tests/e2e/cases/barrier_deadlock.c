/* SPDX-License-Identifier: Apache-2.0
 *
 * A barrier for four at which only three arrive: at once, in the third round, or where the missing
 * one waits for a lock that one of the others holds, or is in the destroy of the barrier. */
// variants: missing third lock destroy
// expect: deadlock confirmed
// expect[third]: deadlock confirmed
// expect[destroy]: deadlock confirmed
// count[destroy]: some
// expect[destroy]: destroy-while-waited confirmed
// hangs
// stdout: -
// json[missing]: any(o.type == "barrier" for o in f.objects)
// text[missing]: arrive
#include "case.h"

#define COUNT 4

static pthread_barrier_t barrier;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *how;
static pid_t tid[COUNT];

static int is(const char *name)
{
	return !strcmp(how, name);
}

__attribute__((noinline)) static void arrive(void)
{
	pthread_barrier_wait(&barrier);
	__asm__ volatile("");
}

static void *worker(void *p)
{
	long me = (long)p;
	if (is("lock") && me == 0) {
		pthread_mutex_lock(&mutex);
		turn_next();
	}
	if (is("third")) {
		arrive();
		arrive();
		if (me == COUNT - 1)
			return NULL;
	}
	publish_tid(&tid[me]);
	arrive();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[COUNT];
	int threads;
	how = argc > 1 ? argv[1] : "missing";
	threads = is("third") ? COUNT : COUNT - 1;
	pthread_barrier_init(&barrier, NULL, COUNT);
	for (long i = 0; i < threads; i++)
		START(&thread[i], worker, (void *)i);
	if (is("destroy")) {
		for (int i = 0; i < threads; i++)
			await_blocked(&tid[i]);
		pthread_barrier_destroy(&barrier);
	}
	if (is("lock")) {
		turn_await(1);
		pthread_mutex_lock(&mutex);
		arrive();
	}
	for (int i = 0; i < threads; i++)
		JOIN(thread[i]);
	puts("never");
	return 0;
}
