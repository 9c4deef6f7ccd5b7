/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread runs a once routine and waits there for another one, which waits for the routine's end:
 * for a mutex that the other holds, for the other's end, or in the routine of a second control.
 * One more thread sleeps for good and so nothing but the ring itself can tell. */
// variants: mutex join two heap
// expect: deadlock confirmed
// hangs
// stdout: -
// json: "ring" in f.why
// json: any(o.type == "once control" for o in f.objects)
// json: len(f.threads) >= 2
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t first = PTHREAD_ONCE_INIT, second = PTHREAD_ONCE_INIT, *control = &first;
static pthread_t helper;
static const char *variant;

static void nothing(void)
{
}

static void call_second(void)
{
	turn_next();
	turn_await(2);
	pthread_once(&second, nothing);
}

static void call_first(void)
{
	turn_next();
	turn_await(2);
	pthread_once(&first, nothing);
}

static void lock_it(void)
{
	turn_next();
	turn_await(2);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void join_it(void)
{
	turn_next();
	turn_await(2);
	pthread_join(helper, NULL);
}

static void *runner(void *unused)
{
	(void)unused;
	if (!strcmp(variant, "two"))
		pthread_once(control, call_second);
	else
		pthread_once(control, !strcmp(variant, "join") ? join_it : lock_it);
	return NULL;
}

static void *caller(void *unused)
{
	(void)unused;
	if (!strcmp(variant, "two")) {
		pthread_once(&second, call_first);
		return NULL;
	}
	if (strcmp(variant, "join"))
		pthread_mutex_lock(&mutex);
	turn_next();
	turn_await(2);
	pthread_once(control, nothing);
	return NULL;
}

/* Not asleep for the detector: what it waits for comes from outside, as far as can be known. */
static void *outsider(void *unused)
{
	(void)unused;
	pause();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread, other;
	CHECK(argc == 2);
	variant = argv[1];
	if (!strcmp(variant, "heap"))
		control = calloc(1, sizeof *control);
	START(&other, outsider, NULL);
	START(&helper, caller, NULL);
	START(&thread, runner, NULL);
	JOIN(thread);
	puts("not reached");
	return 0;
}
