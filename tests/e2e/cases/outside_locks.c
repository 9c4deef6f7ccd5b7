/* SPDX-License-Identifier: Apache-2.0
 *
 * Everybody sleeps for good in the C library, and no mutex is in it: two threads that have each
 * locked a stream which the other one wants; main, which destroys a condition or a barrier on which
 * a thread waits that nobody wakes.
 */
// mode: run
// mode: run
// variants: streams condition barrier
// hangs
// status: 66
// expect: deadlock confirmed
// expect[condition]: destroy-while-waited confirmed
// expect[condition]: deadlock confirmed
// expect[barrier]: destroy-while-waited confirmed
// expect[barrier]: deadlock confirmed
// json[streams]: len([s for s in f.stacks if s.role == "waits"]) == 3
// json[streams]: any(x.function == "first" for s in f.stacks for x in s.frames)
// json[condition]: any(x.function == "destroy" for s in f.stacks for x in s.frames)
// json[barrier]: any(x.function == "destroy" for s in f.stacks for x in s.frames)
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static FILE *streams[2];
static const char *variant;
static pid_t tid;

static void *first(void *arg)
{
	flockfile(streams[0]);
	turn_next();
	turn_reached(2);
	putc('x', streams[1]);
	funlockfile(streams[0]);
	return arg;
}

static void *second(void *arg)
{
	flockfile(streams[1]);
	turn_next();
	turn_reached(2);
	putc('x', streams[0]);
	funlockfile(streams[1]);
	return arg;
}

static void *waiter(void *arg)
{
	pthread_mutex_lock(&mutex);
	publish_tid(&tid);
	if (!strcmp(variant, "condition"))
		pthread_cond_wait(&condition, &mutex);
	else
		pthread_barrier_wait(&barrier);
	return arg;
}

static void destroy(void)
{
	if (!strcmp(variant, "condition"))
		pthread_cond_destroy(&condition);
	else
		pthread_barrier_destroy(&barrier);
}

int main(int argc, char **argv)
{
	pthread_t a, b;

	CHECK(argc == 2);
	variant = argv[1];
	pthread_barrier_init(&barrier, NULL, 2);
	if (strcmp(variant, "streams")) {
		START(&a, waiter, NULL);
		await_blocked(&tid);
		destroy();
		puts("never");
		return 0;
	}
	streams[0] = tmpfile();
	streams[1] = tmpfile();
	CHECK(streams[0] && streams[1]);
	START(&a, first, NULL);
	START(&b, second, NULL);
	JOIN(a);
	JOIN(b);
	return 0;
}
