/* SPDX-License-Identifier: Apache-2.0
 *
 * Waits that are long, but not unfair: one holder all the time; and a queue in which each of many
 * comes once. */
// variants: one queue
// options: starvation_ms=20:starvation_passes=5:blocking_ms=100000:inversion_ms=100000
// expect: silent
#include "case.h"

#define MANY 12

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pid_t tids[MANY];

static void *take_once(void *tid)
{
	publish_tid(tid);
	CHECK(pthread_mutex_lock(&m) == 0);
	CHECK(usleep(5000) == 0);
	CHECK(pthread_mutex_unlock(&m) == 0);
	return NULL;
}

int main(int argc, char **argv)
{
	int n = argc > 1 && !strcmp(argv[1], "queue") ? MANY : 1;
	pthread_t threads[MANY];
	CHECK(pthread_mutex_lock(&m) == 0);
	for (int i = 0; i < n; i++)
		START(&threads[i], take_once, &tids[i]);
	for (int i = 0; i < n; i++)
		await_blocked(&tids[i]);
	CHECK(usleep(50000) == 0);
	CHECK(pthread_mutex_unlock(&m) == 0);
	for (int i = 0; i < n; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
