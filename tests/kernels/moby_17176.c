/* SPDX-License-Identifier: Apache-2.0
 *
 * A clean-up returns early, when there is nothing to do, and forgets to unlock; its thread, the
 * main one, goes on to other things.  Stuck: the next task that locks.  The main thread gives up on
 * it after a while.  Repaired: the early return unlocks. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker suspect
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: deactivator waits devices
// stuck[bug]: main holds devices
// stdout[joined]: -
// stuck[joined]: deactivator waits devices
// stuck[joined]: main waits deactivator
#include "kernel.h"

static pthread_mutex_t devices = PTHREAD_MUTEX_INITIALIZER;
static int deleted_devices;
static pid_t tid;

static void clean_up_deleted_devices(void)
{
	pthread_mutex_lock(&devices);
	if (!deleted_devices) {
		if (fixed)
			pthread_mutex_unlock(&devices);
		return;
	}
	deleted_devices = 0;
	pthread_mutex_unlock(&devices);
}

static void *deactivate_devices(void *done)
{
	publish_tid(&tid);
	pthread_mutex_lock(&devices);
	pthread_mutex_unlock(&devices);
	snarl_channel_close(done);
	snarl_channel_release(done);
	return NULL;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	clean_up_deleted_devices();
	struct snarl_channel *done = channel(0);
	struct snarl_task *task =
		spawn("deactivator", deactivate_devices, snarl_channel_retain(done));
	await_stuck(&tid);
	int64_t patience = fixed ? 60 * SNARL_SECOND : 20 * SNARL_MILLISECOND;
	if (snarl_receive_until(done, NULL, snarl_in(patience)) == -ETIMEDOUT)
		puts("gives up");
	snarl_channel_release(done);
	return leave(task);
}
