/* SPDX-License-Identifier: Apache-2.0
 *
 * A task for each request, and each answers on a channel that nobody reads any more: nothing bounds
 * the number of tasks, and none of them ends.
 *
 * Right: examples/patterns/pool.c, or examples/patterns/error_group.c with a limit. */
// needs: channel
// options: unbounded_threads=40:leaks=off
// expect: unbounded-threads suspect
#include <snarl_channel.h>
#include <stdio.h>
#include <stdlib.h>

static void *answer(void *answers)
{
	int page = 200;

	snarl_send(answers, &page);
	return NULL;
}

int main(void)
{
	struct snarl_channel *answers = snarl_channel_new(sizeof(int), 0);

	for (int request = 0; request < 50; request++) {
		snarl_task_detach(snarl_task_spawn("answer", answer, answers, NULL));
		snarl_sleep_until(snarl_in(10 * SNARL_MILLISECOND));
	}
	puts("50 requests");
	exit(0);
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== unbounded-threads (suspect): X threads that were created at one place live, and
 *       none has ended  [id X]
 *     why: the live threads of this creation site only grew in number
 *     50 threads were created here:
 *       #0  main  examples/channel/unbounded_tasks.c:27:3
 *             27 | snarl_task_detach(snarl_task_spawn("answer", answer, answers, NULL));
 *     T51 'answer' was created by T1 'main' in main at examples/channel/unbounded_tasks.c:27:3
 *     fix: Bound the number of threads with a pool or a semaphore, and end each thread when its
 *         work is done.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
