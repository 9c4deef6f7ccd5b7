/* SPDX-License-Identifier: Apache-2.0
 *
 * An error path out of a thread forgets to unlock.  Whoever wants the lock next would wait for
 * ever.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void *append(void *line)
{
	pthread_mutex_lock(&log_lock);
	if (!line)
		return NULL;
	puts(line);
	pthread_mutex_unlock(&log_lock);
	return line;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, append, NULL);
	pthread_join(thread, NULL);
	return 0;
}
