/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread waits long for a mutex whose holder has made itself less important. */
// options: inversion_ms=20:blocking_ms=100000
// expect: priority-inversion suspect
// json: roles(f) == ["waits", "holds"]
#include <sys/resource.h>
#include "case.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pid_t waiter;

static void *hold(void *unused)
{
	CHECK(setpriority(PRIO_PROCESS, (id_t)gettid(), 19) == 0);
	CHECK(pthread_mutex_lock(&m) == 0);
	turn_next();
	await_blocked(&waiter);
	CHECK(usleep(60000) == 0);
	CHECK(pthread_mutex_unlock(&m) == 0);
	turn_await(2);
	return unused;
}

int main(void)
{
	pthread_t holder;
	START(&holder, hold, NULL);
	turn_await(1);
	publish_tid(&waiter);
	CHECK(pthread_mutex_lock(&m) == 0);
	CHECK(pthread_mutex_unlock(&m) == 0);
	turn_next();
	JOIN(holder);
	puts("done");
	return 7;
}
