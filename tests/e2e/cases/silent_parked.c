/* SPDX-License-Identifier: Apache-2.0
 *
 * A program that sleeps until it is told to stop: all its threads wait for a condition that nobody
 * signals, and the handler of SIGTERM ends it. */
// variants: cond join
// options: leaks=off
// expect: silent
#include "case.h"
#include <signal.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void stop(int number)
{
	(void)number;
	_exit(0);
}

static void *park(void *unused)
{
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&never, &mutex);
	return unused;
}

/* Asks the parent to stop once both of its threads have slept for long enough to be judged. */
static void ask(pid_t parent)
{
	struct timespec second = {1, 0};
	nanosleep(&second, NULL);
	kill(parent, SIGTERM);
	_exit(0);
}

int main(int argc, char **argv)
{
	pthread_t worker;
	pid_t parent = getpid(), child;
	signal(SIGTERM, stop);
	child = fork();
	CHECK(child >= 0);
	if (!child)
		ask(parent);
	CHECK(!pthread_create(&worker, NULL, park, NULL));
	if (argc > 1 && !strcmp(argv[1], "join"))
		pthread_join(worker, NULL);
	else
		park(NULL);
	return 0;
}
