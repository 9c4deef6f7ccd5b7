/* SPDX-License-Identifier: Apache-2.0
 *
 * Broadcast by close.  Closing a channel wakes everybody who receives from it, now and later: a
 * starting gun for any number of tasks.  It says one thing, once; what is to be told more than once
 * is for a topic.
 *
 * Wrong: examples/channel/orphan_receive.c, examples/channel/double_close.c.
 *
 *	3 runners ran */
#include <errno.h>
#include <snarl_channel.h>
#include <stdio.h>

#define RUNNERS 3

static int ran;

static void *run(void *gun)
{
	if (snarl_receive(gun, NULL) == -EPIPE)
		__atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
	return NULL;
}

int main(void)
{
	struct snarl_channel *gun = snarl_channel_new(0, 0);
	struct snarl_task *runners[RUNNERS];

	for (int i = 0; i < RUNNERS; i++)
		runners[i] = snarl_task_spawn("runner", run, gun, NULL);
	snarl_channel_close(gun);
	for (int i = 0; i < RUNNERS; i++) {
		snarl_task_join(runners[i], NULL);
		snarl_task_release(runners[i]);
	}
	printf("%d runners ran\n", ran);
	snarl_channel_release(gun);
	return 0;
}
