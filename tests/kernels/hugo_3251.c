/* SPDX-License-Identifier: Apache-2.0
 *
 * Locking a URL waits for that URL's mutex while it holds the write lock of the map of mutexes; who
 * holds the URL needs the map's read lock to find the mutex and unlock it.  Stuck: one task at the
 * URL's mutex with the map, one at the map with the URL, the rest at the map, and the main thread
 * at the wait group.  Repaired: the map is unlocked before the URL is locked. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: second waits mutex
// stuck[bug]: second holds map
// stuck[bug]: first waits map
// stuck[bug]: first holds mutex
#include "kernel.h"

static pthread_rwlock_t map = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t *url; /* the map's only entry */
static struct snarl_wait_group *group;
static pid_t tid[3];

static void lock_url(void)
{
	pthread_rwlock_wrlock(&map);
	if (!url) {
		url = malloc(sizeof(*url));
		pthread_mutex_init(url, NULL);
	}
	if (fixed)
		pthread_rwlock_unlock(&map);
	pthread_mutex_lock(url);
	if (!fixed)
		pthread_rwlock_unlock(&map);
}

static void unlock_url(void)
{
	pthread_rwlock_rdlock(&map);
	pthread_mutex_unlock(url);
	pthread_rwlock_unlock(&map);
}

/* The first locks the URL, then the second waits for it with the map, then the third for the map,
 * and then the first wants to unlock. */
static void *fetch(void *number)
{
	long n = (long)number;

	if (n == 1)
		turn_reached(1);
	if (n == 2)
		await_blocked(&tid[1]);
	publish_tid(&tid[n]);
	lock_url();
	if (n == 0) {
		turn_next();
		await_blocked(&tid[1]);
		await_blocked(&tid[2]);
	}
	unlock_url();
	snarl_wait_group_done(group);
	return NULL;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	group = snarl_wait_group_new();
	snarl_wait_group_add(group, 3);
	struct snarl_task *first = spawn("first", fetch, (void *)0L);
	struct snarl_task *second = spawn("second", fetch, (void *)1L);
	struct snarl_task *third = spawn("third", fetch, (void *)2L);
	snarl_wait_group_wait(group);
	int status = leave(first, second, third);
	snarl_wait_group_release(group);
	pthread_mutex_destroy(url);
	free(url);
	return status;
}
