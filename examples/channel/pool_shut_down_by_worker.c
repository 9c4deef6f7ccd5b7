/* SPDX-License-Identifier: Apache-2.0
 *
 * The last job shuts its own pool down and so waits for itself.  The library refuses that; what was
 * to happen after the shutdown happens too early.
 *
 * Right: examples/patterns/pool.c: who made the pool shuts it down. */
// needs: channel
// expect: self-deadlock suspect
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_pool *pool;

static int finish(void *unused, void **value)
{
	(void)unused;
	(void)value;
	snarl_pool_shutdown(pool);
	puts("all jobs are done");
	return 0;
}

int main(void)
{
	struct snarl_job job = {.function = finish};
	struct snarl_future *finished;

	pool = snarl_pool_new("worker", 1, 8, SNARL_FULL_BLOCK, NULL);
	snarl_pool_submit(pool, &job, &finished);
	snarl_future_get(finished, NULL);
	snarl_future_release(finished);
	snarl_pool_release(pool);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== self-deadlock (suspect): T2 'worker' calls worker pool R1 from within and would
 *       wait for itself  [id X]
 *     why: the call saw that and returned -EDEADLK; few programs look at the result
 *     T2 'worker' calls worker pool R1 here:
 *       #0  finish  examples/channel/pool_shut_down_by_worker.c:18:2
 *             18 | snarl_pool_shutdown(pool);
 *     T2 'worker' was created by T1 'main' in main at
 *         examples/channel/pool_shut_down_by_worker.c:28:9
 *     worker pool R1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/pool_shut_down_by_worker.c:28:9
 *     fix: Do not wait for an object in what it runs: let the caller outside do it, or do the
 *         work directly; and look at the result.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
