/* SPDX-License-Identifier: Apache-2.0
 *
 * Who receives closes the channel because it wants no more.  The task learns of the end by another
 * channel, and sends its last result to where nobody takes it any more.
 *
 * Right: examples/patterns/hand_off.c: the sender closes.  Who wants no more cancels a context:
 * examples/patterns/context_cancel.c. */
// needs: channel
// expect: send-on-closed confirmed
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_channel *results, *stop;

static void *measure(void *unused)
{
	int value = 42;

	snarl_receive(stop, NULL);
	snarl_send(results, &value);
	return unused;
}

int main(void)
{
	struct snarl_task *task;

	results = snarl_channel_new(sizeof(int), 1);
	stop = snarl_channel_new(0, 0);
	task = snarl_task_spawn("measure", measure, NULL, NULL);
	snarl_channel_close(results);
	snarl_channel_close(stop);
	snarl_task_join(task, NULL);
	puts("stopped");
	snarl_task_release(task);
	snarl_channel_release(results);
	snarl_channel_release(stop);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== send-on-closed (confirmed): T2 'measure' sent on channel K1, which T1 'main' had
 *       closed  [id X]
 *     why: the channel was closed at that moment
 *     T2 'measure' sent on channel K1 here:
 *       #0  measure  examples/channel/send_on_closed.c:20:2
 *             20 | snarl_send(results, &value);
 *     T1 'main' had closed channel K1 here:
 *       #0  main  examples/channel/send_on_closed.c:31:2
 *             31 | snarl_channel_close(results);
 *     T2 'measure' was created by T1 'main' in main at examples/channel/send_on_closed.c:30:9
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/send_on_closed.c:28:12
 *     fix: Let the sender close, and only when it is done; with several senders wait for all of
 *         them, and then close once.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
