/* SPDX-License-Identifier: Apache-2.0
 *
 * Two locks that are taken in one order at six places and in the other at one are one finding, with
 * the other places in it; so are those of a ring of three. Another pair is a finding of its own. */
// variants: pair three
// expect: lock-order-inversion predicted
// expect: lock-order-inversion predicted
// json: len(findings) == 2 and len(findings[0].sites or findings[1].sites) == 5
// json: sum(len(f.sites or []) for f in findings) == 5
// json: all(roles(s) for f in findings for s in f.sites or [])
// text: at other places, too:
// text: called by step[1-6]\)
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER, d = PTHREAD_MUTEX_INITIALIZER;

static inline __attribute__((always_inline)) void nest(pthread_mutex_t *outer,
						       pthread_mutex_t *inner)
{
	pthread_mutex_lock(outer);
	pthread_mutex_lock(inner);
	pthread_mutex_unlock(inner);
	pthread_mutex_unlock(outer);
}

static pthread_mutex_t *last = &a;

static void *backward(void *unused)
{
	turn_await(1);
	nest(&b, last);
	nest(&d, &c);
	turn_next();
	return unused;
}

static void *between(void *unused)
{
	turn_await(2);
	nest(&c, &a);
	return unused;
}

#define STEP(n)                                                                                    \
	static __attribute__((noinline)) void step##n(void)                                        \
	{                                                                                          \
		nest(&a, &b);                                                                      \
		__asm__ volatile("");                                                              \
	}
STEP(1)
STEP(2)
STEP(3)
STEP(4)
STEP(5)
STEP(6)

static void *forward(void *unused)
{
	step1();
	step2();
	step3();
	step4();
	step5();
	step6();
	nest(&c, &d);
	turn_next();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two, three;
	int is_three = argc > 1 && !strcmp(argv[1], "three");
	if (is_three)
		last = &c;
	START(&one, forward, NULL);
	START(&two, backward, NULL);
	if (is_three)
		START(&three, between, NULL);
	JOIN(one);
	JOIN(two);
	if (is_three)
		JOIN(three);
	puts("done");
	return 5;
}
