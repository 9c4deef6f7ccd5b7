/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking a lease up takes the name cache's mutex and then the lease's; releasing a lease takes the
 * lease's and then the cache's.  Stuck: the two tasks, each at the mutex that the other holds, and
 * the main thread, which waits for their wait group.  Repaired: release removes the name from the
 * cache after it has unlocked the lease. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: lookup waits lease
// stuck[bug]: lookup holds cache
// stuck[bug]: release waits cache
// stuck[bug]: release holds lease
#include "kernel.h"

static pthread_mutex_t cache = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lease = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_wait_group *group;

static void both_hold_one(void)
{
	turn_next();
	if (!fixed)
		turn_reached(2);
}

static void *look_up(void *unused)
{
	pthread_mutex_lock(&cache);
	both_hold_one();
	pthread_mutex_lock(&lease);
	pthread_mutex_unlock(&lease);
	pthread_mutex_unlock(&cache);
	snarl_wait_group_done(group);
	return unused;
}

static void remove_from_cache(void)
{
	pthread_mutex_lock(&cache);
	pthread_mutex_unlock(&cache);
}

static void *release_lease(void *unused)
{
	pthread_mutex_lock(&lease);
	both_hold_one();
	if (!fixed)
		remove_from_cache();
	pthread_mutex_unlock(&lease);
	if (fixed)
		remove_from_cache();
	snarl_wait_group_done(group);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	group = snarl_wait_group_new();
	snarl_wait_group_add(group, 2);
	struct snarl_task *a = spawn("lookup", look_up, NULL);
	struct snarl_task *b = spawn("release", release_lease, NULL);
	snarl_wait_group_wait(group);
	int status = leave(a, b);
	snarl_wait_group_release(group);
	return status;
}
