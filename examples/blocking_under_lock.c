/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread writes a record to a slow device while it holds the lock of the whole log: everybody who
 * has something to log waits for the device.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;

static void write_slowly(void)
{
	usleep(400000);
}

static void *log_something(void *unused)
{
	pthread_barrier_wait(&start);
	pthread_mutex_lock(&log_lock);
	pthread_mutex_unlock(&log_lock);
	return unused;
}

int main(void)
{
	pthread_t other;
	pthread_barrier_init(&start, NULL, 2);
	pthread_create(&other, NULL, log_something, NULL);
	pthread_mutex_lock(&log_lock);
	pthread_barrier_wait(&start);
	write_slowly();
	pthread_mutex_unlock(&log_lock);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&start);
	puts("logged");
	return 0;
}
