/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread is cancelled in a once routine, or ends there, in code without unwind tables: glibc
 * resets the control by clean-up handlers that need none, and the next caller runs. */
// variants: cancel exit c11
// expect: silent
// cflags: -fno-exceptions -fno-asynchronous-unwind-tables
#include "case.h"
#include <threads.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static once_flag flag = ONCE_FLAG_INIT;
static pid_t second_tid;
static int c11, leaves, ran;

static void sleeps(void)
{
	turn_next();
	if (leaves) {
		await_blocked(&second_tid);
		pthread_exit(NULL);
	}
	for (;;)
		pause();
}

static void quick(void)
{
	ran++;
}

static void *first(void *unused)
{
	if (c11)
		call_once(&flag, sleeps);
	else
		pthread_once(&once, sleeps);
	return unused;
}

static void *second(void *unused)
{
	publish_tid(&second_tid);
	if (c11)
		call_once(&flag, quick);
	else
		pthread_once(&once, quick);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t a, b;
	c11 = argc > 1 && !strcmp(argv[1], "c11");
	leaves = argc > 1 && !strcmp(argv[1], "exit");
	START(&a, first, NULL);
	turn_await(1);
	START(&b, second, NULL);
	if (!leaves) {
		await_blocked(&second_tid);
		CHECK(pthread_cancel(a) == 0);
	}
	JOIN(a);
	JOIN(b);
	CHECK(ran == 1);
	puts("done");
	return 7;
}
