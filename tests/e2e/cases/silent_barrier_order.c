/* SPDX-License-Identifier: Apache-2.0
 *
 * Two locks in opposite orders, by threads that a barrier keeps in different phases: before and
 * after it; in odd and even rounds of ten thousand; at random, but never in one round; and with one
 * barrier at the beginning and one at the end of the workers' part. */
// variants: two-phases odd-even random start-end modes
// expect: silent
#include "case.h"

#define THREADS 3
#define ROUNDS 10000

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start, end;
static const char *how;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void take(int backward)
{
	pthread_mutex_t *outer = backward ? &b : &a, *inner = backward ? &a : &b;
	pthread_mutex_lock(outer);
	pthread_mutex_lock(inner);
	pthread_mutex_unlock(inner);
	pthread_mutex_unlock(outer);
}

static unsigned random_of(int i)
{
	unsigned x = (unsigned)i * 2654435761u;
	return (x ^ x >> 15) >> 7 & 1;
}

/* Which order a thread may take in this round; -1 for none. */
static int order_of(long me, int i)
{
	if (is("odd-even"))
		return me == i % 2 ? i % 2 : -1;
	if (is("random"))
		return (int)random_of(i) == (int)(me & 1) ? (int)(me & 1) : -1;
	return (int)random_of(i);
}

static void *worker(void *p)
{
	long me = (long)p;
	if (is("two-phases")) {
		take(0);
		pthread_barrier_wait(&start);
		take(1);
		return NULL;
	}
	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&start);
		if (is("start-end")) {
			if (me)
				take(0);
			pthread_barrier_wait(&end);
			if (!me)
				take(1);
		} else if (order_of(me, i) >= 0) {
			take(order_of(me, i));
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	how = argc > 1 ? argv[1] : "two-phases";
	pthread_barrier_init(&start, NULL, THREADS);
	pthread_barrier_init(&end, NULL, THREADS);
	for (long i = 0; i < THREADS; i++)
		START(&thread[i], worker, (void *)i);
	for (int i = 0; i < THREADS; i++)
		JOIN(thread[i]);
	puts("done");
	return 9;
}
