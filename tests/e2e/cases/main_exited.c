/* SPDX-License-Identifier: Apache-2.0
 *
 * The main thread leaves by pthread_exit, before or after the others come to wait for what it
 * holds, or for each other: nothing ends the process any more. */
// variants: before after ring
// expect: deadlock confirmed
// expect[before]: deadlock confirmed
// expect[before]: lock-held-at-thread-exit confirmed
// expect[after]: deadlock confirmed
// expect[after]: lock-held-at-thread-exit confirmed
// hangs
#include "case.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_t main_thread;
static pid_t waiter_tid;
static int after;

static void *waits(void *unused)
{
	publish_tid(&waiter_tid);
	if (!after)
		pthread_join(main_thread, NULL);
	pthread_mutex_lock(&first);
	pthread_mutex_unlock(&first);
	return unused;
}

static void *crosses(void *other)
{
	pthread_mutex_lock(other ? &second : &first);
	turn_next();
	turn_reached(2);
	pthread_mutex_lock(other ? &first : &second);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "before";
	pthread_t thread, another;
	main_thread = pthread_self();
	if (!strcmp(how, "ring")) {
		START(&thread, crosses, NULL);
		START(&another, crosses, &main_thread);
		pthread_exit(NULL);
	}
	after = !strcmp(how, "after");
	pthread_mutex_lock(&first);
	START(&thread, waits, NULL);
	if (after)
		await_blocked(&waiter_tid);
	pthread_exit(NULL);
}
