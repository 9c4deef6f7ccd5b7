/* SPDX-License-Identifier: Apache-2.0
 *
 * Publish and subscribe.  Every subscriber gets a copy of what is published, into a bounded queue
 *of its own, and says itself what a full one means: the log wants everything and would hold the
 * publisher up, the display wants the newest only.
 *
 * Wrong: examples/channel/topic_never_closed.c.
 *
 *	log: 20 21 23 22
 *	display: 22, missed 3 */
#include <snarl_channel.h>
#include <stdio.h>

int main(void)
{
	static const int degrees[] = {20, 21, 23, 22};
	struct snarl_topic *weather = snarl_topic_new(sizeof(int));
	struct snarl_subscription *log = snarl_topic_subscribe(weather, 8, SNARL_FULL_BLOCK);
	struct snarl_subscription *display =
		snarl_topic_subscribe(weather, 1, SNARL_FULL_DROP_OLDEST);
	int now = 0;

	for (int i = 0; i < 4; i++)
		snarl_topic_publish(weather, &degrees[i]);
	snarl_topic_close(weather); /* the publisher closes: queues are drained, then -EPIPE */

	printf("log:");
	while (snarl_subscription_receive(log, &now) == 0)
		printf(" %d", now);
	printf("\n");
	while (snarl_subscription_receive(display, &now) == 0)
		printf("display: %d, ", now);
	printf("missed %d\n", (int)snarl_subscription_dropped(display));
	snarl_subscription_release(log);
	snarl_subscription_release(display);
	snarl_topic_release(weather);
	return 0;
}
