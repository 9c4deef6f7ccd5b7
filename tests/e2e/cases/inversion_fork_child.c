/* SPDX-License-Identifier: Apache-2.0
 *
 * The inversion happens in a child process that was forked. */
// expect: lock-order-inversion predicted
// status[run]: 66
// status[bare]: own
// json[run]: len(processes) == 2
// json[run]: f.pid == processes[1].pid and processes[1].parent == processes[0].pid
#include "case.h"
#include <sys/wait.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *backward(void *unused)
{
	turn_await(1);
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return unused;
}

static int child(void)
{
	pthread_t two;
	START(&two, backward, NULL);
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	turn_next();
	JOIN(two);
	return 0;
}

int main(void)
{
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		exit(child());
	CHECK(waitpid(pid, NULL, 0) == pid);
	puts("done");
	return 0;
}
