/* SPDX-License-Identifier: Apache-2.0
 *
 * A handler that only counts takes nobody out of a ring. */
// expect: deadlock confirmed
// hangs
#include "case.h"
#include <signal.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t count;

static void handler(int unused)
{
	(void)unused;
	count++;
}

static void *other(void *unused)
{
	pthread_mutex_lock(&second);
	turn_next();
	pthread_mutex_lock(&first);
	return unused;
}

int main(void)
{
	struct sigaction a = {.sa_handler = handler};
	pthread_t thread;
	CHECK(sigaction(SIGALRM, &a, NULL) == 0);
	pthread_mutex_lock(&first);
	START(&thread, other, NULL);
	turn_await(1);
	pthread_mutex_lock(&second);
	return 0;
}
