/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread for each request, and nobody joins them: each leaves its stack and its result behind.
 *
 * It reports:
 */
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
	for (int i = 0; i < 3; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, serve, NULL);
	}
	while (threads_alive() > 1)
		usleep(1000);
	puts("all requests served");
	return 0;
}
