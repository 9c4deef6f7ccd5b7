/* SPDX-License-Identifier: Apache-2.0
 *
 * A helper runs a function in a task of its own and returns an unbuffered channel on which its
 * error will come; the caller does not care and ignores it.  Stuck: the task in the send.
 * Repaired: the channel has one slot. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: go waits channel
// stdout[joined]: -
// stuck[joined]: go waits channel
// stuck[joined]: main waits go
#include "kernel.h"

static struct snarl_task *started;
static pid_t tid;

static int do_it(void)
{
	return 0;
}

static void *run(void *results)
{
	int error = do_it();

	publish_tid(&tid);
	snarl_send(results, &error);
	snarl_channel_release(results);
	return NULL;
}

static struct snarl_channel *go(void)
{
	struct snarl_channel *results = channel(fixed ? 1 : 0);

	started = spawn("go", run, snarl_channel_retain(results));
	return results;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	snarl_channel_release(go());
	await_stuck(&tid);
	return leave(started);
}
