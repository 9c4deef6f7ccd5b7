/* SPDX-License-Identifier: Apache-2.0
 *
 * Coroutines of ucontext on stacks of their own, which take and give up locks and switch in
 * between; the stacks are freed and made anew. */
// expect: silent
#include "case.h"
#include <ucontext.h>

enum { SIZE = 64 * 1024 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t across = PTHREAD_MUTEX_INITIALIZER;
static ucontext_t home, routine;
static long steps;

static void body(void)
{
	for (int i = 0; i < 10; i++) {
		pthread_mutex_lock(&a);
		pthread_mutex_lock(&b);
		steps++;
		pthread_mutex_unlock(&b);
		pthread_mutex_unlock(&a);
		pthread_mutex_lock(&across);
		swapcontext(&routine, &home);
		pthread_mutex_unlock(&across);
	}
}

int main(void)
{
	for (volatile int round = 0; round < 20; round++) {
		char *stack = malloc(SIZE);
		CHECK(getcontext(&routine) == 0);
		routine.uc_stack.ss_sp = stack;
		routine.uc_stack.ss_size = SIZE;
		routine.uc_link = &home;
		makecontext(&routine, body, 0);
		for (int i = 0; i < 11; i++)
			CHECK(swapcontext(&home, &routine) == 0);
		free(stack);
	}
	printf("%ld\n", steps);
	return 7;
}
