/* SPDX-License-Identifier: Apache-2.0
 *
 * Worker pool.  Many small jobs, few threads.  The queue is bounded and its policy is to wait, so
 * that whoever submits is slowed down to what the workers can do.  At the end the pool has a second
 * to finish; then its jobs would be told to stop.
 *
 * Wrong: examples/channel/pool_waits_for_pool.c, examples/channel/pool_shut_down_by_worker.c,
 * examples/channel/unbounded_tasks.c.
 *
 *	100 jobs, sum 4950 */
#include <snarl_channel.h>
#include <stdint.h>
#include <stdio.h>

static int64_t sum;

static int add(void *number, void **value)
{
	(void)value;
	__atomic_fetch_add(&sum, (intptr_t)number, __ATOMIC_RELAXED);
	return 0;
}

int main(void)
{
	struct snarl_pool *pool = snarl_pool_new("adder", 4, 8, SNARL_FULL_BLOCK, NULL);
	struct snarl_pool_statistics statistics;

	for (intptr_t i = 0; i < 100; i++) {
		struct snarl_job job = {.function = add, .argument = (void *)i};
		snarl_pool_submit(pool, &job, NULL);
	}
	if (snarl_pool_shutdown_until(pool, snarl_in(10 * SNARL_SECOND)))
		snarl_pool_shutdown(pool); /* they were told to stop: wait for that */
	snarl_pool_statistics(pool, &statistics);
	printf("%d jobs, sum %d\n", (int)statistics.done, (int)sum);
	snarl_pool_release(pool);
	return 0;
}
