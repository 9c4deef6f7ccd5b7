/* SPDX-License-Identifier: Apache-2.0
 *
 * A balancer's cache deletes a connection by a timer; the timer's callback returns with the mutex
 * locked when the entry was taken back meanwhile.  Stuck: the next user of the cache at the mutex,
 * whose holder has returned and is gone, and the main thread, receiving from the user's done
 * channel.  Repaired: the callback unlocks on that way too. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[bug]: lock-held-at-thread-exit confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: user waits cache
// stuck[bug]: timer holds cache
#include "kernel.h"

struct entry {
	int abort_deleting;
	int deleted;
};

static pthread_mutex_t cache = PTHREAD_MUTEX_INITIALIZER;
static struct entry entry;

/* What the timer calls, in a task of its own. */
static void *delete_entry(void *timer)
{
	CHECK(snarl_receive(timer, NULL) == 0);
	snarl_channel_release(timer);
	turn_reached(1);
	pthread_mutex_lock(&cache);
	if (entry.abort_deleting) {
		if (fixed)
			pthread_mutex_unlock(&cache);
		return NULL;
	}
	entry.deleted = 1;
	pthread_mutex_unlock(&cache);
	return NULL;
}

static struct snarl_task *remove_connection(void)
{
	return spawn("timer", delete_entry, snarl_after(SNARL_MILLISECOND));
}

/* Takes the entry back before the timer's callback has looked at it. */
static void new_connection(void)
{
	pthread_mutex_lock(&cache);
	entry.abort_deleting = 1;
	pthread_mutex_unlock(&cache);
}

static void *use_cache(void *done)
{
	pthread_mutex_lock(&cache);
	CHECK(!entry.deleted);
	pthread_mutex_unlock(&cache);
	snarl_channel_close(done);
	snarl_channel_release(done);
	return NULL;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	struct snarl_task *timer = remove_connection();
	new_connection();
	turn_next();
	join(timer);
	struct snarl_channel *done = channel(0);
	struct snarl_task *user = spawn("user", use_cache, snarl_channel_retain(done));
	snarl_receive(done, NULL);
	snarl_channel_release(done);
	return leave(user);
}
