/* SPDX-License-Identifier: Apache-2.0
 *
 * Two streams are joined, and the reader leaves after the first element: the task that joins them
 * waits to hand over the next one, for ever, and so does who sends it.
 *
 * Right: examples/patterns/fan.c: receive until the end, or cancel the context of the fan-in. */
// needs: channel
// expect: leaked-worker suspect
// options: fail_on=suspect
// status: 66
#include "asleep.h"
#include <snarl_channel.h>

static void *produce(void *out)
{
	for (int i = 0; i < 10; i++)
		snarl_send(out, &i);
	snarl_channel_close(out);
	snarl_channel_release(out);
	return NULL;
}

int main(void)
{
	struct snarl_channel *source = snarl_channel_new(sizeof(int), 0), *joined;
	int first;

	snarl_task_detach(
		snarl_task_spawn("producer", produce, snarl_channel_retain(source), NULL));
	joined = snarl_fan_in(&source, 1, 0, NULL);
	if (snarl_receive(joined, &first) == 0)
		printf("the first is %d\n", first);
	snarl_channel_release(source);
	snarl_channel_release(joined);
	await_others_asleep();
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== leaked-worker (suspect): 1 thread was still alive when the process ended
 *     why: at the end of a whole program this is often by design, so a person should look
 *     1 thread created in main at examples/channel/fan_in_abandoned.c:28:2 was still blocked:
 *         T2 'producer'
 *       waiting to send on channel K1, in produce at examples/channel/fan_in_abandoned.c:17:3
 *           [id X]
 *     fix: See that every wait ends: close the channel when no more will come, give it room for
 *         answers that nobody may want, or wait with a context that is cancelled; then join the
 *         task.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
