/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal handler takes a lock, and the signal comes while the same thread holds it: the handler
 * waits for the code that it has interrupted.
 *
 * It reports:
 */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long requests;

static void on_signal(int number)
{
	(void)number;
	pthread_mutex_lock(&lock);
	requests = 0;
	pthread_mutex_unlock(&lock);
}

static void serve(void)
{
	pthread_mutex_lock(&lock);
	requests++;
	raise(SIGUSR1); /* in real life it comes from outside, at any moment */
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	signal(SIGUSR1, on_signal);
	serve();
	return 0;
}
