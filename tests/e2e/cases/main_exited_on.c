/* SPDX-License-Identifier: Apache-2.0
 *
 * The main thread has left and two threads are stuck, but a third one goes on: it may end the
 * process, and does. */
// expect: deadlock confirmed
// stdout: went on
#include "case.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pid_t tids[2];

static void *crosses(void *other)
{
	pthread_mutex_lock(other ? &second : &first);
	publish_tid(&tids[other != NULL]);
	turn_next();
	turn_reached(2);
	pthread_mutex_lock(other ? &first : &second);
	return NULL;
}

static void *goes_on(void *main_thread)
{
	pthread_join(*(pthread_t *)main_thread, NULL);
	await_blocked(&tids[0]);
	await_blocked(&tids[1]);
	puts("went on");
	exit(0);
}

int main(void)
{
	static pthread_t main_thread;
	pthread_t threads[3];
	main_thread = pthread_self();
	START(&threads[0], crosses, NULL);
	START(&threads[1], crosses, &main_thread);
	START(&threads[2], goes_on, &main_thread);
	pthread_exit(NULL);
}
