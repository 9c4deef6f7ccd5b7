/* SPDX-License-Identifier: Apache-2.0
 *
 * Both workers of the pool wait for jobs that lie in the queue of the same pool: nobody is left to
 * do them.
 *
 * Right: examples/patterns/pool.c: jobs do not wait for jobs of their pool.  What is split goes to
 * a pool of its own, or is joined by who submitted it. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_pool *pool;
static struct snarl_rendezvous *middle;

static int sort_part(void *part, void **value)
{
	*value = part;
	return 0;
}

static int sort_half(void *half, void **value)
{
	struct snarl_job job = {.function = sort_part, .argument = half};
	struct snarl_future *part;

	snarl_rendezvous_exchange(middle, half, NULL);
	if (snarl_pool_submit(pool, &job, &part))
		return -1;
	return snarl_future_get(part, value);
}

int main(void)
{
	int halves[2] = {1, 2};
	struct snarl_future *sorted[2];

	pool = snarl_pool_new("sorter", 2, 8, SNARL_FULL_BLOCK, NULL);
	middle = snarl_rendezvous_new();
	for (int i = 0; i < 2; i++) {
		struct snarl_job job = {.function = sort_half, .argument = &halves[i]};
		snarl_pool_submit(pool, &job, &sorted[i]);
	}
	for (int i = 0; i < 2; i++)
		snarl_future_get(sorted[i], NULL);
	puts("sorted");
	snarl_pool_release(pool);
	snarl_rendezvous_release(middle);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 3 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits for future R1, T2 'sorter' waits for future R2, T3
 *       'sorter' waits for future R3  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for future R1 here:
 *       #0  main  examples/channel/pool_waits_for_pool.c:46:3
 *             46 | snarl_future_get(sorted[i], NULL);
 *     T2 'sorter' waits for future R2 here:
 *       #0  sort_half  examples/channel/pool_waits_for_pool.c:31:9
 *             31 | return snarl_future_get(part, value);
 *     T3 'sorter' waits for future R3 here:
 *       #0  sort_half  examples/channel/pool_waits_for_pool.c:31:9
 *             31 | return snarl_future_get(part, value);
 *     T2 'sorter' was created by T1 'main' in main at
 *         examples/channel/pool_waits_for_pool.c:39:9
 *     T3 'sorter' was created by T1 'main' in main at
 *         examples/channel/pool_waits_for_pool.c:39:9
 *     future R1: 0xX, first used by T1 'main' in main at
 *         examples/channel/pool_waits_for_pool.c:46:3 (shown above)
 *     future R2: 0xX, first used by T2 'sorter' in sort_half at
 *         examples/channel/pool_waits_for_pool.c:31:9 (shown above)
 *     future R3: 0xX, first used by T3 'sorter' in sort_half at
 *         examples/channel/pool_waits_for_pool.c:31:9 (shown above)
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
