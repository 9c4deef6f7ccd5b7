/* SPDX-License-Identifier: Apache-2.0
 *
 * A notifier's loop holds a lock and has a helper wait for a condition with it, so as to select
 * between that and an abort channel.  On abort it signals the condition and waits for the helper,
 * which has not begun to wait: the signal is lost.  Stuck: the helper in the condition, the loop
 * receiving from the helper's done channel, the main thread from the loop's.  Repaired: the loop
 * signals with the lock, which it gets only when the helper waits. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: helper waits channel
// stuck[bug]: loop waits channel
// stuck[bug]: main waits channel
#include "condition.h"

/* The lock is taken by one task and given up by another, which a pthread mutex may not be. */
static struct snarl_semaphore *lock;
static struct condition changed = CONDITION_INIT;
static struct snarl_channel *abort_run, *finished;

static void take_lock(void)
{
	CHECK(snarl_semaphore_acquire(lock, 1) == 0);
}

static void give_lock(void)
{
	CHECK(snarl_semaphore_give(lock, 1) == 0);
}

static const struct locker locker = {take_lock, give_lock};

/* Waits on behalf of the loop, whose lock this gives up and takes back. */
static void *wait_for_change(void *done)
{
	if (!fixed)
		turn_reached(1);
	condition_wait(&changed, &locker);
	snarl_channel_close(done);
	snarl_channel_release(done);
	return NULL;
}

static void abort_wait(struct snarl_channel *helper_done)
{
	if (fixed)
		take_lock();
	condition_signal(&changed);
	turn_next();
	if (fixed)
		give_lock();
	snarl_receive(helper_done, NULL);
}

static void *run(void *unused)
{
	struct snarl_channel *done = channel(0);
	struct snarl_case cases[] = {{.channel = abort_run}, {.channel = done}};

	take_lock();
	struct snarl_task *helper = spawn("helper", wait_for_change, snarl_channel_retain(done));
	if (snarl_select(cases, 2) == 0)
		abort_wait(done);
	give_lock();
	snarl_channel_release(done);
	join(helper);
	snarl_channel_close(finished);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	lock = snarl_semaphore_new(1);
	abort_run = channel(0);
	finished = channel(0);
	snarl_channel_close(abort_run);
	struct snarl_task *loop = spawn("loop", run, NULL);
	snarl_receive(finished, NULL);
	int status = leave(loop);
	snarl_channel_release(abort_run);
	snarl_channel_release(finished);
	snarl_semaphore_release(lock);
	return status;
}
