/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread for each request, and nobody joins them: each leaves its stack and its result behind.
 *
 * It reports:
 *   ==snarl== thread-leak (confirmed): thread T2 (serve) ended but was never joined or detached
 *        [id X]
 *     why: threads of this place ended one after the other while it went on creating more, and
 *         nobody has joined or detached any of them
 *     T2 (serve) was created by T1 'main' in main at examples/thread_leak.c:37:3
 *     fix: Join the thread, or create it detached, or detach it.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: thread-leak confirmed
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void *serve(void *request)
{
	return request;
}

/* /proc/self/task has a link for each thread, and two more. */
static int threads_alive(void)
{
	struct stat tasks;
	return stat("/proc/self/task", &tasks) == 0 ? (int)tasks.st_nlink - 2 : 0;
}

int main(void)
{
	for (int i = 0; i < 4; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, serve, NULL);
		while (threads_alive() > 1)
			usleep(1000);
		usleep(20000); /* the next request comes later */
	}
	puts("all requests served");
	return 0;
}
