/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks that the first thread holds when the process ends, and that are meant so or given up: exit
 * is called under the lock; a handler of atexit unlocks it; a destructor does; and one that another
 * thread holds when main returns.
 */
// variants: exit atexit destructor other
// expect: silent
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int held;

static void unlock(void)
{
	if (held)
		pthread_mutex_unlock(&mutex);
}

static __attribute__((destructor)) void late(void)
{
	if (held > 1)
		pthread_mutex_unlock(&mutex);
}

static __attribute__((noinline)) void fail(void)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	puts("done");
	exit(4);
}

static void *hold(void *unused)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	turn_next();
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "exit";
	pthread_t thread;
	if (!strcmp(how, "exit"))
		fail();
	if (!strcmp(how, "other")) {
		START(&thread, hold, NULL);
		turn_await(1);
		JOIN(thread);
		puts("done");
		return 0;
	}
	CHECK(pthread_mutex_lock(&mutex) == 0);
	if (!strcmp(how, "atexit"))
		held = atexit(unlock) == 0;
	else
		held = 2;
	puts("done");
	return 4;
}
