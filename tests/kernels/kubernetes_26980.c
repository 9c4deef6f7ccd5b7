/* SPDX-License-Identifier: Apache-2.0
 *
 * A listener's pop holds its lock while it offers a notification to a handler or waits to be
 * stopped; adding another needs the lock.  The main thread waits for that addition before it stops
 * the listener.  Stuck: pop in its select with the lock, the adder at the lock, the main thread
 * receiving from the adder.  Repaired: pop gives the lock up around the select. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: pop waits channel
// stuck[bug]: pop holds pending
// stuck[bug]: adder waits pending
// stuck[bug]: main waits channel
#include "condition.h"

static pthread_rwlock_t pending = PTHREAD_RWLOCK_INITIALIZER;
static struct condition added = CONDITION_INIT;
static int notifications;
static struct snarl_channel *next, *stop, *result;
static pid_t pop_tid;

static void lock_pending(void)
{
	pthread_rwlock_wrlock(&pending);
}

static void unlock_pending(void)
{
	pthread_rwlock_unlock(&pending);
}

static const struct locker writing = {lock_pending, unlock_pending};

static void add(void)
{
	lock_pending();
	notifications++;
	condition_signal(&added);
	unlock_pending();
}

/* With the lock held.  Whether to stop. */
static int offer(void)
{
	struct snarl_case cases[] = {
		{.channel = stop},
		{.channel = next, .value = &notifications, .direction = SNARL_SEND},
	};
	if (fixed)
		unlock_pending();
	int chosen = snarl_select(cases, 2);
	if (fixed)
		lock_pending();
	return chosen == 0;
}

static void *pop(void *unused)
{
	publish_tid(&pop_tid);
	lock_pending();
	do {
		while (!notifications)
			condition_wait(&added, &writing);
	} while (!offer());
	unlock_pending();
	return unused;
}

static void *add_another(void *unused)
{
	add();
	snarl_channel_close(result);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	next = channel(0);
	stop = channel(0);
	result = channel(0);
	add();
	struct snarl_task *popper = spawn("pop", pop, NULL);
	await_blocked(&pop_tid);
	struct snarl_task *adder = spawn("adder", add_another, NULL);
	snarl_receive(result, NULL);
	snarl_channel_close(stop);
	int status = leave(popper, adder);
	snarl_channel_release(next);
	snarl_channel_release(stop);
	snarl_channel_release(result);
	return status;
}
