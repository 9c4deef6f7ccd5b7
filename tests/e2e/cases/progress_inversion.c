/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread waits long for a mutex whose holder has made itself less important; also (again) one who
 * has passed the mutex on to the waiter a moment before, which is not counted at once. Both stacks
 * are shown. */
// variants: once again
// options: inversion_ms=20:blocking_ms=100000:held_ms=0
// expect: priority-inversion suspect
// json: roles(f) == ["waits", "holds"]
// json: [s.frames[0].function for s in stacks] == ["main", "hold"]
#include <sys/resource.h>
#include "case.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pid_t waiter;
static int times = 1;

static void *hold(void *unused)
{
	CHECK(setpriority(PRIO_PROCESS, (id_t)gettid(), 19) == 0);
	for (int i = times; i--;) {
		CHECK(pthread_mutex_lock(&m) == 0);
		turn_next();
		await_blocked(&waiter);
		CHECK(usleep(i ? 0 : 25000) == 0);
		CHECK(pthread_mutex_unlock(&m) == 0);
		turn_await(2 * (times - i));
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t holder;
	times = argc > 1 && !strcmp(argv[1], "again") ? 2 : 1;
	START(&holder, hold, NULL);
	publish_tid(&waiter);
	for (int i = 0; i < times; i++) {
		turn_await(2 * i + 1);
		CHECK(pthread_mutex_lock(&m) == 0);
		CHECK(pthread_mutex_unlock(&m) == 0);
		turn_next();
	}
	JOIN(holder);
	puts("done");
	return 7;
}
