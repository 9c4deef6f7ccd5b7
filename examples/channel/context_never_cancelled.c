/* SPDX-License-Identifier: Apache-2.0
 *
 * The watcher goes when its context ends, but who made the context gives it up without cancelling
 * it.
 *
 * Right: examples/patterns/context_cancel.c: who makes a context cancels it, on every path. */
// needs: channel
// expect: leaked-worker confirmed
#include "asleep.h"
#include <snarl_channel.h>

static void *watch(void *unused)
{
	snarl_receive(snarl_context_done(snarl_task_context()), NULL);
	puts("the request has ended");
	return unused;
}

static void serve(void)
{
	struct snarl_context *request = snarl_context_with_cancel(NULL);

	snarl_task_detach(snarl_task_spawn("watcher", watch, NULL, request));
	snarl_context_release(request);
}

int main(void)
{
	serve();
	await_others_asleep();
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== leaked-worker (confirmed): thread T2 'watcher' was still blocked when the process
 *       ended on context X1, which nobody else could reach any more  [id X]
 *     why: nobody else could ever have come: who made what is waited for has given it up, only
 *         the threads that are blocked still have it, and no one else holds a lock that they
 *         want
 *     T2 'watcher' waits for context X1 here:
 *       #0  watch  examples/channel/context_never_cancelled.c:14:2
 *             14 | snarl_receive(snarl_context_done(snarl_task_context()), NULL);
 *     T2 'watcher' was created by T1 'main' here:
 *       #0  serve  examples/channel/context_never_cancelled.c:23:2 (inlined)
 *             23 | snarl_task_detach(snarl_task_spawn("watcher", watch, NULL, request));
 *       #1  main   examples/channel/context_never_cancelled.c:29:2
 *     context X1: 0xX, first initialised by T1 'main' here:
 *       #0  serve  examples/channel/context_never_cancelled.c:21:34 (inlined)
 *             21 | struct snarl_context *request = snarl_context_with_cancel(NULL);
 *       #1  main   examples/channel/context_never_cancelled.c:29:2
 *     fix: See that every wait ends: close the channel when no more will come, give it room for
 *         answers that nobody may want, or wait with a context that is cancelled; then join the
 *         task.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
