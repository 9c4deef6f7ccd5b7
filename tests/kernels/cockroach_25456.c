/* SPDX-License-Identifier: Apache-2.0
 *
 * A test calls a routine of a queue that waits, in the end, until the stopper quiesces; the stopper
 * is stopped by the test itself, after that call.  Stuck: the main thread, receiving from the
 * quiesce channel.  Repaired: the stopper is stopped first. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: main waits channel
#include "kernel.h"

struct stopper {
	struct snarl_channel *quiesce;
};

static void stop(const struct stopper *s)
{
	CHECK(snarl_channel_close(s->quiesce) == 0);
}

static void check_consistency(const struct stopper *s)
{
	snarl_receive(s->quiesce, NULL);
}

static void process_queue(const struct stopper *s)
{
	check_consistency(s);
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	struct stopper stopper = {channel(0)};
	if (fixed)
		stop(&stopper);
	process_queue(&stopper);
	if (!fixed)
		stop(&stopper);
	snarl_channel_release(stopper.quiesce);
	puts("main leaves");
	return 0;
}
