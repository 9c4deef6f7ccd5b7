/* SPDX-License-Identifier: Apache-2.0
 *
 * Two locks in opposite orders, and a barrier that does not keep the orders apart: both in one
 * phase; both in some phases of ten thousand, in a rhythm or once; a barrier that only one of the
 * threads passes; one that takes fewer threads than use it, so that its rounds are luck. */
// variants: phase every seventh once one-sided fewer
// expect: lock-order-inversion predicted
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static const char *how;
static int rounds;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void take(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
	pthread_mutex_lock(outer);
	pthread_mutex_lock(inner);
	pthread_mutex_unlock(inner);
	pthread_mutex_unlock(outer);
}

/* The order of the second thread comes after that of the first: none ever blocks. */
static void conflict(int i, int backward)
{
	if (backward)
		turn_await(2 * i + 1);
	take(backward ? &b : &a, backward ? &a : &b);
	turn_next();
	turn_reached(2 * i + 2);
}

static int is_backward(int i)
{
	return is("every") || (is("seventh") && i % 7 == 3) || (is("once") && i == rounds / 2);
}

static void *loop(void *p)
{
	int backward = p != NULL;
	for (int i = 0; i < rounds; i++) {
		if (backward && !is_backward(i)) {
			turn_await(2 * i + 1);
			turn_next();
		} else {
			conflict(i, backward);
		}
		turn_reached(2 * i + 2);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void *phases(void *p)
{
	int backward = p != NULL;
	pthread_barrier_wait(&barrier);
	conflict(0, backward);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void *one_sided(void *p)
{
	int backward = p != NULL;
	if (backward)
		turn_await(1);
	if (backward || is("fewer"))
		pthread_barrier_wait(&barrier);
	conflict(0, backward);
	return NULL;
}

/* With one barrier for two of three threads another schedule lets the first two out together. */
static void *third(void *unused)
{
	turn_await(1);
	pthread_barrier_wait(&barrier);
	return unused;
}

static void *second_of_three(void *unused)
{
	conflict(0, 0);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two, three;
	how = argc > 1 ? argv[1] : "phase";
	rounds = 10000;
	int single = is("one-sided") || is("fewer");
	pthread_barrier_init(&barrier, NULL, is("one-sided") ? 1 : 2);
	void *(*routine)(void *) = is("phase") ? phases : single ? one_sided : loop;
	START(&one, is("fewer") ? second_of_three : routine, NULL);
	START(&two, routine, (void *)1);
	if (is("fewer"))
		START(&three, third, NULL);
	JOIN(one);
	JOIN(two);
	if (is("fewer"))
		JOIN(three);
	puts("done");
	return 2;
}
