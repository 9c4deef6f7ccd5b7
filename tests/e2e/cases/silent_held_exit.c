/* SPDX-License-Identifier: Apache-2.0
 *
 * A lock held when a thread begins to end, but given up on the way: by a clean-up handler or by a
 * destructor of thread-specific data.  Or by another thread before, or the process as a whole ends.
 * That main returns with a lock was silent once; it is a suspect now, as the peers tell of it, too:
 * what runs while the process ends can never get the lock.
 */
// variants: cleanup cancel key key-twice main
// expect: silent
// expect[main]: lock-held-at-thread-exit suspect
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static const char *how;

static void give_up(void *held)
{
	pthread_mutex_unlock(held);
}

/* Runs a second time before it gives up. */
static void give_up_late(void *held)
{
	static int rounds;
	if (rounds++)
		pthread_mutex_unlock(held);
	else
		pthread_setspecific(key, held);
}

static void *worker(void *unused)
{
	pthread_mutex_lock(&mutex);
	if (!strncmp(how, "key", 3)) {
		pthread_setspecific(key, &mutex);
		return unused;
	}
	pthread_cleanup_push(give_up, &mutex);
	turn_next();
	if (!strcmp(how, "cleanup"))
		pthread_exit(NULL);
	for (;;)
		pause();
	pthread_cleanup_pop(1);
	return unused;
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "cleanup";
	pthread_t thread;
	pthread_key_create(&key, !strcmp(how, "key") ? give_up : give_up_late);
	if (strcmp(how, "main")) {
		START(&thread, worker, NULL);
		if (!strcmp(how, "cancel")) {
			turn_await(1);
			pthread_cancel(thread);
		}
		JOIN(thread);
		CHECK(pthread_mutex_trylock(&mutex) == 0);
		pthread_mutex_unlock(&mutex);
	} else {
		pthread_mutex_lock(&mutex);
	}
	puts("done");
	return 7;
}
