/* SPDX-License-Identifier: Apache-2.0
 *
 * All items are sent before the first result is received.  The queues between are bounded: once
 * they are full nobody moves.
 *
 * Right: examples/patterns/pipeline.c: one task sends while another receives. */
// needs: channel
// hangs
// mode: run
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdint.h>
#include <stdio.h>

static int square(void *item, void **result, void *unused)
{
	intptr_t n = (intptr_t)item;

	(void)unused;
	*result = (void *)(n * n);
	return 0;
}

int main(void)
{
	struct snarl_stage stage = {.name = "square", .function = square, .capacity = 4};
	struct snarl_pipeline *pipeline = snarl_pipeline_new(&stage, 1, 4, NULL, NULL);
	void *result;

	for (intptr_t i = 0; i < 100; i++)
		snarl_pipeline_send(pipeline, (void *)i);
	snarl_pipeline_close(pipeline);
	while (snarl_pipeline_receive(pipeline, &result) == 0)
		printf("%ld\n", (long)(intptr_t)result);
	snarl_pipeline_release(pipeline);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): the only thread of the process is asleep and nobody is left
 *       to wake it: T1 'main' waits to send on pipeline R1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits to send on pipeline R1 here:
 *       #0  main  examples/channel/pipeline_not_drained.c:31:3
 *             31 | snarl_pipeline_send(pipeline, (void *)i);
 *     pipeline R1: 0xX, first used by T1 'main' in main at
 *         examples/channel/pipeline_not_drained.c:31:3 (shown above)
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
