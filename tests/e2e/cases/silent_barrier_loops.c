/* SPDX-License-Identifier: Apache-2.0
 *
 * Barriers in loops: four threads and one barrier, of whom one is told each round that it is the
 * last; more threads than the barrier takes; and a barrier for each round, destroyed by the first
 * that comes out while the others may still be inside. */
// expect: silent
// variants: loop more destroy
#include "case.h"

#define THREADS 4
#define ROUNDS 20000

struct round {
	pthread_barrier_t barrier;
	int destroyed;
};

static const char *how;
static pthread_barrier_t barrier;
static struct round round_of[ROUNDS / 10];
static int serials, tickets;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void count(int result)
{
	CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
	if (result)
		__atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED);
}

static void *one_barrier(void *unused)
{
	for (int i = 0; i < ROUNDS; i++)
		count(pthread_barrier_wait(&barrier));
	return unused;
}

/* As many arrivals as there are places in all rounds, whoever makes them. */
static void *more_threads(void *unused)
{
	while (__atomic_fetch_add(&tickets, 1, __ATOMIC_RELAXED) < ROUNDS)
		count(pthread_barrier_wait(&barrier));
	return unused;
}

static void *many_barriers(void *unused)
{
	for (int i = 0; i < ROUNDS / 10; i++) {
		struct round *r = &round_of[i];
		count(pthread_barrier_wait(&r->barrier));
		if (!__atomic_exchange_n(&r->destroyed, 1, __ATOMIC_ACQ_REL))
			CHECK(pthread_barrier_destroy(&r->barrier) == 0);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	how = argc > 1 ? argv[1] : "loop";
	CHECK(pthread_barrier_init(&barrier, NULL, is("more") ? THREADS / 2 : THREADS) == 0);
	for (int i = 0; i < ROUNDS / 10; i++)
		CHECK(pthread_barrier_init(&round_of[i].barrier, NULL, THREADS) == 0);
	for (int i = 0; i < THREADS; i++)
		START(&thread[i],
		      is("destroy") ? many_barriers
		      : is("more")  ? more_threads
				    : one_barrier,
		      NULL);
	for (int i = 0; i < THREADS; i++)
		JOIN(thread[i]);
	CHECK(pthread_barrier_destroy(&barrier) == 0);
	printf("%d\n", serials);
	return 8;
}
