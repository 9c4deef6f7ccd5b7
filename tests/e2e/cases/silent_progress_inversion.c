/* SPDX-License-Identifier: Apache-2.0
 *
 * Long waits without an inversion: the holder is as important, or more so, or only a little less;
 * or it inherits the waiter's priority; or the wait was short. */
// variants: equal higher little inherit short
// options: inversion_ms=20:blocking_ms=100000
// options[short]: inversion_ms=100000:blocking_ms=100000
// expect: silent
#include <sys/resource.h>
#include "case.h"

static pthread_mutex_t m;
static pid_t waiter;
static int holders_nice;

static void *hold(void *unused)
{
	CHECK(setpriority(PRIO_PROCESS, (id_t)gettid(), holders_nice) == 0);
	CHECK(pthread_mutex_lock(&m) == 0);
	turn_next();
	await_blocked(&waiter);
	CHECK(usleep(60000) == 0);
	CHECK(pthread_mutex_unlock(&m) == 0);
	turn_await(2);
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "equal";
	int inherits = !strcmp(how, "inherit");
	pthread_mutexattr_t a;
	pthread_t holder;
	CHECK(pthread_mutexattr_init(&a) == 0);
	CHECK(pthread_mutexattr_setprotocol(&a, inherits ? PTHREAD_PRIO_INHERIT
							 : PTHREAD_PRIO_NONE) == 0);
	CHECK(pthread_mutex_init(&m, &a) == 0);
	if (!strcmp(how, "little"))
		holders_nice = 3;
	else if (inherits || !strcmp(how, "short"))
		holders_nice = 10;
	START(&holder, hold, NULL);
	turn_await(1);
	if (!strcmp(how, "higher"))
		CHECK(setpriority(PRIO_PROCESS, (id_t)gettid(), 19) == 0);
	publish_tid(&waiter);
	CHECK(pthread_mutex_lock(&m) == 0);
	CHECK(pthread_mutex_unlock(&m) == 0);
	turn_next();
	JOIN(holder);
	puts("done");
	return 7;
}
