/* SPDX-License-Identifier: Apache-2.0
 *
 * As self_deadlock, in a thread that the main thread joins. */
// expect: self-deadlock confirmed
// hangs
// json: len(f.why) > 0
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *relocks(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&mutex);
	return unused;
}

int main(void)
{
	pthread_t thread;
	START(&thread, relocks, NULL);
	JOIN(thread);
	puts("never");
	return 0;
}
