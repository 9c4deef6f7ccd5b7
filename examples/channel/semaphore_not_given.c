/* SPDX-License-Identifier: Apache-2.0
 *
 * A task that fails keeps its units: the next one that needs as many waits for ever.
 *
 * Right: examples/patterns/semaphore.c: what was acquired is given back on every path. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_semaphore *memory;

static int load(int size)
{
	snarl_semaphore_acquire(memory, 60);
	if (size < 0)
		return -1;
	snarl_semaphore_give(memory, 60);
	return 0;
}

int main(void)
{
	memory = snarl_semaphore_new(100);
	if (load(-1) && load(1) == 0)
		puts("the second was as good");
	snarl_semaphore_release(memory);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): the only thread of the process is asleep and nobody is left
 *       to wake it: T1 'main' waits for weighted semaphore S1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for weighted semaphore S1 here:
 *       #0  load  examples/channel/semaphore_not_given.c:16:2 (inlined)
 *             16 | snarl_semaphore_acquire(memory, 60);
 *       #1  main  examples/channel/semaphore_not_given.c:26:18
 *     weighted semaphore S1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/semaphore_not_given.c:25:11
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
