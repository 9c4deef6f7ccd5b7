/* SPDX-License-Identifier: Apache-2.0
 *
 * The subscriber reads until the topic is closed, and the publisher waits for it before it closes.
 *
 * Right: examples/patterns/topic.c: close, then wait for the readers. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static void *read_news(void *subscription)
{
	int news, count = 0;

	while (snarl_subscription_receive(subscription, &news) == 0)
		count++;
	printf("%d news\n", count);
	return NULL;
}

int main(void)
{
	struct snarl_topic *topic = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s = snarl_topic_subscribe(topic, 4, SNARL_FULL_BLOCK);
	struct snarl_task *reader = snarl_task_spawn("reader", read_news, s, NULL);

	for (int news = 1; news <= 3; news++)
		snarl_topic_publish(topic, &news);
	snarl_task_join(reader, NULL);
	snarl_topic_close(topic);
	snarl_task_release(reader);
	snarl_subscription_release(s);
	snarl_topic_release(topic);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 2 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits for T2 'reader' to end, T2 'reader' waits to receive from
 *       subscription R1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for T2 'reader' to end here:
 *       #0  main  examples/channel/topic_never_closed.c:30:2
 *             30 | snarl_task_join(reader, NULL);
 *     T2 'reader' waits to receive from subscription R1 here:
 *       #0  read_news  examples/channel/topic_never_closed.c:16:9
 *             16 | while (snarl_subscription_receive(subscription, &news) == 0)
 *     T2 'reader' was created by T1 'main' in main at
 *         examples/channel/topic_never_closed.c:26:30
 *     subscription R1: 0xX, first used by T2 'reader' in read_news at
 *         examples/channel/topic_never_closed.c:16:9 (shown above)
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
