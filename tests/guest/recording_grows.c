/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes a recording grow: many locks, many orders among them, many threads.  It checks that all its
 * calls succeed and that its own file is whole.  Used by limits.sh. */
// mode: none
#include "case.h"

enum { LOCKS = 20000, THREADS = 20 };

static pthread_mutex_t *locks;

static void *worker(void *number)
{
	for (long i = (long)number; i < LOCKS - 3; i += 2) {
		for (long j = 0; j < 3; j++)
			CHECK(pthread_mutex_lock(&locks[i + j]) == 0);
		for (long j = 0; j < 3; j++)
			CHECK(pthread_mutex_unlock(&locks[i + j]) == 0);
	}
	return NULL;
}

int main(void)
{
	pthread_t thread;
	locks = calloc(LOCKS, sizeof *locks);
	CHECK(locks);
	for (long i = 0; i < THREADS; i++) {
		int rc = pthread_create(&thread, NULL, worker, (void *)i);
		if (rc == EAGAIN)
			worker((void *)i);
		else
			CHECK(rc == 0 && pthread_join(thread, NULL) == 0);
	}
	puts("done");
	return 7;
}
