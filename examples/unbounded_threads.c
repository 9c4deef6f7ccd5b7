/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread for each client, and clients that stay: nothing bounds the number of threads, and none
 * of them ends.
 *
 * It reports:
 */
// options: unbounded_threads=40:leaks=off
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t request = PTHREAD_COND_INITIALIZER;

static void *serve(void *unused)
{
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&request, &mutex);
	return unused;
}

static void accept_client(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, serve, NULL);
	pthread_detach(thread);
}

int main(void)
{
	for (int i = 0; i < 50; i++) {
		accept_client();
		usleep(10000);
	}
	puts("50 clients");
	exit(0);
}
