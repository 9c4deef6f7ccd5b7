/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread for each client, and clients that stay: nothing bounds the number of threads, and none
 * of them ends.
 *
 * It reports:
 *   ==snarl== unbounded-threads (suspect): X threads that were created at one place live, and
 *       none has ended  [id X]
 *     why: the live threads of this creation site only grew in number
 *     50 threads were created here:
 *       #0  accept_client  examples/unbounded_threads.c:44:2 (inlined)
 *             44 | pthread_create(&thread, NULL, serve, NULL);
 *       #1  main           examples/unbounded_threads.c:51:3
 *     T51 (serve) was created by T1 'main' here:
 *       #0  accept_client  examples/unbounded_threads.c:44:2 (inlined)
 *             44 | pthread_create(&thread, NULL, serve, NULL);
 *       #1  main           examples/unbounded_threads.c:51:3
 *     fix: Bound the number of threads with a pool or a semaphore, and end each thread when its
 *         work is done.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: unbounded-threads suspect
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
