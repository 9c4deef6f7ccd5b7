/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration is loaded a second time, and its initialisation runs again: while the first
 * reader holds the mutex, it becomes free.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex;
static int value;

static void config_init(int v)
{
	pthread_mutex_init(&mutex, NULL);
	value = v;
}

static void *reload(void *unused)
{
	config_init(2);
	return unused;
}

int main(void)
{
	pthread_t thread;
	config_init(1);
	pthread_mutex_lock(&mutex);
	pthread_create(&thread, NULL, reload, NULL);
	pthread_join(thread, NULL);
	printf("value %d\n", value);
	return 0;
}
