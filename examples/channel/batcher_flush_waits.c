/* SPDX-License-Identifier: Apache-2.0
 *
 * The flush function hands each batch to main and waits until it is taken, and main takes none
 * before it has added everything: as soon as the batcher's queue is full both wait.
 *
 * Right: examples/patterns/batcher.c: flush does its work itself.  What it hands on goes to a task
 * that receives meanwhile. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static void hand_on(const void *lines, size_t count, void *batches)
{
	(void)lines;
	snarl_send(batches, &count);
}

int main(void)
{
	struct snarl_channel *batches = snarl_channel_new(sizeof(size_t), 0);
	struct snarl_batch batch = {
		.element_size = sizeof(int),
		.size = 4,
		.interval = SNARL_FOREVER,
		.capacity = 2,
		.flush = hand_on,
		.argument = batches,
	};
	struct snarl_batcher *batcher = snarl_batcher_new(&batch, NULL);
	size_t count;

	for (int line = 0; line < 100; line++)
		snarl_batcher_add(batcher, &line);
	for (int i = 0; i < 25 && snarl_receive(batches, &count) == 0; i++)
		printf("%zu lines\n", count);
	snarl_batcher_shutdown(batcher);
	snarl_batcher_release(batcher);
	snarl_channel_release(batches);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 2 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits to send on batcher R1, T2 'batcher' waits to send on
 *       channel K1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits to send on batcher R1 here:
 *       #0  main  examples/channel/batcher_flush_waits.c:35:3
 *             35 | snarl_batcher_add(batcher, &line);
 *     T2 'batcher' waits to send on channel K1 here:
 *       #0  hand_on  examples/channel/batcher_flush_waits.c:17:2
 *             17 | snarl_send(batches, &count);
 *     T2 'batcher' was created by T1 'main' in main at
 *         examples/channel/batcher_flush_waits.c:31:34
 *     batcher R1: 0xX, first used by T1 'main' in main at
 *         examples/channel/batcher_flush_waits.c:35:3 (shown above)
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/batcher_flush_waits.c:22:34
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
