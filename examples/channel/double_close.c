/* SPDX-License-Identifier: Apache-2.0
 *
 * The task closes what it has sent on, and who started it closes again, to be sure.
 *
 * Right: examples/patterns/hand_off.c: one side closes, and it is the sender's. */
// needs: channel
// expect: double-close confirmed
#include <snarl_channel.h>
#include <stdio.h>

static void *send_answer(void *answers)
{
	int answer = 42;

	snarl_send(answers, &answer);
	snarl_channel_close(answers);
	return NULL;
}

int main(void)
{
	struct snarl_channel *answers = snarl_channel_new(sizeof(int), 1);
	struct snarl_task *task = snarl_task_spawn("sender", send_answer, answers, NULL);
	int answer;

	while (snarl_receive(answers, &answer) == 0)
		printf("%d\n", answer);
	snarl_task_join(task, NULL);
	snarl_channel_close(answers);
	snarl_task_release(task);
	snarl_channel_release(answers);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== double-close (confirmed): T1 'main' closed channel K1, which T2 'sender' had
 *       closed  [id X]
 *     why: the channel was closed at that moment
 *     T1 'main' closed again channel K1 here:
 *       #0  main  examples/channel/double_close.c:29:2
 *             29 | snarl_channel_close(answers);
 *     T2 'sender' had closed channel K1 here:
 *       #0  send_answer  examples/channel/double_close.c:16:2
 *             16 | snarl_channel_close(answers);
 *     T2 'sender' was created by T1 'main' in main at examples/channel/double_close.c:23:28
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/double_close.c:22:34
 *     fix: Let one owner close the channel, or close it under a once.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
