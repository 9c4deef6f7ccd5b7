/* SPDX-License-Identifier: Apache-2.0
 *
 * A mutex used as a signal: the thread that locked it waits for another to unlock it.  It often
 * works; it is undefined all the same, and a semaphore is the tool.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t ready = PTHREAD_MUTEX_INITIALIZER;

static void *prepare(void *unused)
{
	pthread_mutex_unlock(&ready);
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_mutex_lock(&ready);
	pthread_create(&thread, NULL, prepare, NULL);
	pthread_mutex_lock(&ready);
	puts("ready");
	pthread_join(thread, NULL);
	pthread_mutex_unlock(&ready);
	return 0;
}
