/* SPDX-License-Identifier: Apache-2.0
 *
 * Event loop.  An actor with timers: one that comes again and again, and one that comes once.  All
 * are called by the actor's task, between its messages.  When it has had enough it stops itself.
 *
 *	message: hello
 *	tick 1
 *	tick 2
 *	tick 3 */
#include <snarl_channel.h>
#include <stdio.h>

static void handle(struct snarl_actor *self, struct snarl_message *message, void *state)
{
	int *ticks = state;

	if (!message->timer) {
		printf("message: %s\n", (const char *)message->body);
		snarl_actor_every(self, SNARL_MILLISECOND, NULL);
		return;
	}
	printf("tick %d\n", ++*ticks);
	if (*ticks == 3)
		snarl_actor_stop_now(self);
}

int main(void)
{
	int ticks = 0;
	char hello[] = "hello";
	struct snarl_behaviour behaviour = {.name = "loop", .mailbox = 1, .handle = handle};
	struct snarl_actor *loop = snarl_actor_new(&behaviour, &ticks, NULL);

	snarl_actor_send(loop, hello);
	snarl_actor_wait(loop);
	snarl_actor_release(loop);
	return 0;
}
