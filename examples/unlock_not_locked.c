/* SPDX-License-Identifier: Apache-2.0
 *
 * The error path unlocks, and so does the code after it.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int store(int value)
{
	int result = 0;
	pthread_mutex_lock(&mutex);
	if (value < 0) {
		result = -1;
		pthread_mutex_unlock(&mutex);
	}
	pthread_mutex_unlock(&mutex);
	return result;
}

int main(void)
{
	printf("%d %d\n", store(1), store(-1));
	return 0;
}
