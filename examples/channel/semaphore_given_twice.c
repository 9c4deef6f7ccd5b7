/* SPDX-License-Identifier: Apache-2.0
 *
 * Units are given back where the work failed and once more at the end.  While others have units
 * too, this gives theirs away, and more is in use than there should be.
 *
 * Right: examples/patterns/semaphore.c: one give for each acquire, in one place. */
// needs: channel
// expect: api-error confirmed
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_semaphore *memory;

static int load(int size)
{
	if (size < 0) {
		snarl_semaphore_give(memory, 60);
		return -1;
	}
	return 0;
}

int main(void)
{
	memory = snarl_semaphore_new(100);
	snarl_semaphore_acquire(memory, 60);
	if (load(-1))
		puts("broken");
	snarl_semaphore_give(memory, 60);
	snarl_semaphore_release(memory);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== api-error (confirmed): a call of T1 'main' on weighted semaphore S1 failed:
 *       EINVAL (Invalid argument)  [id X]
 *     why: more was given back than was taken at that moment
 *     T1 'main' made the call that failed, on weighted semaphore S1 here:
 *       #0  main  examples/channel/semaphore_given_twice.c:29:2
 *             29 | snarl_semaphore_give(memory, 60);
 *     weighted semaphore S1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/semaphore_given_twice.c:25:11
 *     fix: Call done once for each one that was added, and give back once what was acquired: in
 *         one place that every path passes.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
