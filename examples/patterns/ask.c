/* SPDX-License-Identifier: Apache-2.0
 *
 * Ask: request and response with an actor.  Every question gets an end: an answer, an error of the
 * actor's choice, the asker's own deadline, or -EPIPE from an actor that has stopped.
 *
 * Wrong: examples/channel/actors_fill_up.c, actors_ask_each_other.c.
 *
 *	root of 49: 7
 *	root of -1: Numerical argument out of domain
 *	root of 50: Connection timed out
 *	after the end: Broken pipe */
#include <errno.h>
#include <snarl_channel.h>
#include <stdio.h>
#include <string.h>

static void handle(struct snarl_actor *self, struct snarl_message *message, void *unanswered)
{
	intptr_t square = (intptr_t)message->body;

	(void)self;
	if (square < 0)
		snarl_promise_fail(message->reply, -EDOM);
	for (intptr_t root = 0; root * root <= square; root++)
		if (root * root == square)
			snarl_promise_fulfil(message->reply, (void *)root);
	if (square == 50) /* answered later, perhaps; for now the promise is kept */
		*(struct snarl_promise **)unanswered = snarl_promise_retain(message->reply);
}

static void ask(struct snarl_actor *actor, const char *what, intptr_t square, int64_t deadline)
{
	void *root;
	int e = snarl_actor_ask_until(actor, (void *)square, NULL, &root, NULL, deadline);

	if (e)
		printf("%s: %s\n", what, strerror(-e));
	else
		printf("%s: %ld\n", what, (long)(intptr_t)root);
}

int main(void)
{
	struct snarl_promise *unanswered = NULL;
	struct snarl_behaviour behaviour = {.name = "roots", .mailbox = 4, .handle = handle};
	struct snarl_actor *actor = snarl_actor_new(&behaviour, &unanswered, NULL);

	ask(actor, "root of 49", 49, snarl_in(10 * SNARL_SECOND));
	ask(actor, "root of -1", -1, snarl_in(10 * SNARL_SECOND));
	ask(actor, "root of 50", 50, snarl_in(5 * SNARL_MILLISECOND));
	snarl_actor_stop(actor);
	snarl_actor_wait(actor);
	ask(actor, "after the end", 49, SNARL_FOREVER);
	snarl_promise_release(unanswered);
	snarl_actor_release(actor);
	return 0;
}
