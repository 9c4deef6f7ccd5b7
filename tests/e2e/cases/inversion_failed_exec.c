/* SPDX-License-Identifier: Apache-2.0
 *
 * A child whose exec fails goes on in its old image, and is still watched: it then inverts two
 * locks. */
// expect: lock-order-inversion predicted
// status: own
// status[run]: 66
#include "case.h"
#include <sys/wait.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *forward(void *unused)
{
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	turn_next();
	return unused;
}

static void *backward(void *unused)
{
	turn_await(1);
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return unused;
}

static void child(void)
{
	pthread_t threads[2];
	execl("/nonexistent/program", "program", NULL);
	START(&threads[0], forward, NULL);
	START(&threads[1], backward, NULL);
	JOIN(threads[0]);
	JOIN(threads[1]);
}

int main(void)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		child();
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	puts("done");
	return 3;
}
