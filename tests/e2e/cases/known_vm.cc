/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread ends with a lock that a function of OpenJDK's name took: known, and meant so there. */
// mode: none
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

struct SafepointSynchronize {
	__attribute__((noinline)) static void begin()
	{
		pthread_mutex_lock(&mutex);
		__asm__ volatile("");
	}
};

static void *ends(void *unused)
{
	SafepointSynchronize::begin();
	return unused;
}

int main()
{
	pthread_t thread;
	START(&thread, ends, NULL);
	JOIN(thread);
	puts("done");
	return 0;
}
