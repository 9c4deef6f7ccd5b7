/* SPDX-License-Identifier: Apache-2.0
 *
 * The main thread waits for the configuration with a condition whose lock is the read side of an
 * rwlock, and then, still reading, asks for the database cache, which takes the read lock again; an
 * update came in between.  Stuck: the main thread at its second read lock, the updater at the write
 * lock.  Repaired: the cache is asked for by who holds the lock already. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: main waits config_lock
// stuck[bug]: main holds config_lock
// stuck[bug]: updater waits config_lock
#include "condition.h"

static pthread_rwlock_t config_lock; /* prefers writers, as the original's do */
static struct condition config_changed = CONDITION_INIT;
static int configured;
static pid_t main_tid, updater_tid;

static void read_lock(void)
{
	pthread_rwlock_rdlock(&config_lock);
}

static void read_unlock(void)
{
	pthread_rwlock_unlock(&config_lock);
}

static const struct locker reading = {read_lock, read_unlock};

static void *update(void *unused)
{
	await_blocked(&main_tid);
	pthread_rwlock_wrlock(&config_lock);
	configured = 1;
	condition_signal(&config_changed);
	pthread_rwlock_unlock(&config_lock);
	turn_reached(1);
	publish_tid(&updater_tid);
	pthread_rwlock_wrlock(&config_lock);
	pthread_rwlock_unlock(&config_lock);
	return unused;
}

static void get_database_cache(void)
{
	if (!fixed)
		pthread_rwlock_rdlock(&config_lock);
	CHECK(configured);
	if (!fixed)
		pthread_rwlock_unlock(&config_lock);
}

static void execute(void)
{
	reading.lock();
	publish_tid(&main_tid);
	while (!configured)
		condition_wait(&config_changed, &reading);
	turn_next();
	await_blocked(&updater_tid);
	get_database_cache();
	reading.unlock();
}

int main(int argc, char **argv)
{
	pthread_rwlockattr_t attributes;

	kernel_start(argc, argv);
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&config_lock, &attributes);
	struct snarl_task *updater = spawn("updater", update, NULL);
	execute();
	return leave(updater);
}
