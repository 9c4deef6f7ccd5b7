/* SPDX-License-Identifier: Apache-2.0
 *
 * A dialer waits until the balancer's watcher has seen the first addresses and closes a channel;
 * the watcher's input is closed before any came, and its loop ends without that.  Stuck: the
 * dialer, receiving from the done channel.  Repaired: the watcher closes it after its loop too. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: dialer waits channel
// stdout[joined]: -
// stuck[joined]: dialer waits channel
// stuck[joined]: main waits dialer
#include "kernel.h"

static struct snarl_channel *notify;
static pid_t dialer_tid;

static void *watch(void *done)
{
	int address, open = 1;

	while (snarl_receive(notify, &address) == 0)
		if (open) {
			snarl_channel_close(done);
			open = 0;
		}
	if (fixed && open)
		snarl_channel_close(done);
	snarl_channel_release(done);
	snarl_channel_release(notify);
	return NULL;
}

static void *dial(void *done)
{
	publish_tid(&dialer_tid);
	snarl_receive(done, NULL);
	snarl_channel_release(done);
	return NULL;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	notify = snarl_channel_retain(channel(0));
	struct snarl_channel *done = share(channel(0), 2);
	struct snarl_task *watcher = spawn("watcher", watch, done);
	struct snarl_task *dialer = spawn("dialer", dial, done);
	await_blocked(&dialer_tid);
	snarl_channel_close(notify);
	snarl_channel_release(notify);
	join(watcher);
	await_stuck(&dialer_tid);
	return leave(dialer);
}
