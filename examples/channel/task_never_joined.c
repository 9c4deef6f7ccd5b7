/* SPDX-License-Identifier: Apache-2.0
 *
 * A task is started and forgotten: main ends while it works, and its work is cut off.
 *
 * Right: examples/patterns/task_join.c; for many, examples/patterns/wait_group.c. */
// needs: channel
// expect: early-exit suspect
// options: fail_on=suspect
// status: 66
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_channel *started;

static void *count(void *unused)
{
	snarl_channel_close(started);
	for (volatile long i = 0; i < 1000000000000; i++)
		;
	puts("counted");
	return unused;
}

int main(void)
{
	started = snarl_channel_new(0, 0);
	snarl_task_release(snarl_task_spawn("counter", count, NULL, NULL));
	snarl_receive(started, NULL);
	snarl_channel_release(started);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== early-exit (suspect): 1 thread was still alive when the process ended
 *     why: at the end of a whole program this is often by design, so a person should look
 *     1 thread created in main at examples/channel/task_never_joined.c:27:2 was still working:
 *         T2 'counter'
 *       working  [id X]
 *     fix: Join the thread before the process ends.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
