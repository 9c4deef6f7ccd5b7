/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls in which the library does not let its own task wait for itself: an actor that sends to its
 * own full mailbox is told so, and the flush that adds to its own full batcher.  Everybody else is
 * asleep then, and nobody is stuck. */
// needs: channel
// variants: actor ask batcher
// expect: self-deadlock suspect
#include "case.h"
#include <snarl_channel.h>

static int refused;

/* The mailbox has room for one. */
static void handle(struct snarl_actor *actor, struct snarl_message *message, void *state)
{
	(void)message;
	(void)state;
	for (int i = 0; i < 3; i++)
		refused += snarl_actor_send(actor, NULL) == -EDEADLK;
	snarl_actor_stop_now(actor);
}

static void use_actor(void)
{
	struct snarl_behaviour behaviour = {.name = "self", .mailbox = 1, .handle = handle};
	struct snarl_actor *actor = snarl_actor_new(&behaviour, NULL, NULL);
	CHECK(actor && !snarl_actor_send(actor, NULL));
	CHECK(!snarl_actor_wait(actor));
	CHECK(refused == 2);
	snarl_actor_release(actor);
}

static void ask_oneself(struct snarl_actor *actor, struct snarl_message *message, void *state)
{
	void *answer = state;
	(void)message;
	refused += snarl_actor_ask(actor, NULL, NULL, &answer, NULL) == -EDEADLK;
	snarl_actor_stop_now(actor);
}

static void use_ask(void)
{
	struct snarl_behaviour behaviour = {.name = "self", .mailbox = 1, .handle = ask_oneself};
	struct snarl_actor *actor = snarl_actor_new(&behaviour, NULL, NULL);
	CHECK(actor && !snarl_actor_send(actor, NULL));
	CHECK(!snarl_actor_wait(actor));
	CHECK(refused == 1);
	snarl_actor_release(actor);
}

static struct snarl_batcher *batcher;
static struct snarl_channel *flushed;

/* The queue has room for one. */
static void flush(const void *elements, size_t count, void *argument)
{
	static int flushes;
	(void)count;
	(void)argument;
	for (int i = 0; !flushes && i < 3; i++)
		refused += snarl_batcher_add(batcher, elements) == -EDEADLK;
	if (!flushes++)
		CHECK(!snarl_send(flushed, elements));
}

static void use_batcher(void)
{
	struct snarl_batch batch = {.element_size = sizeof(int),
				    .size = 1,
				    .interval = SNARL_FOREVER,
				    .capacity = 1,
				    .flush = flush};
	int one = 1;
	flushed = snarl_channel_new(sizeof one, 0);
	batcher = snarl_batcher_new(&batch, NULL);
	CHECK(flushed && batcher && !snarl_batcher_add(batcher, &one));
	CHECK(!snarl_receive(flushed, &one));
	CHECK(!snarl_batcher_shutdown(batcher));
	CHECK(refused == 2);
	snarl_batcher_release(batcher);
	snarl_channel_release(flushed);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	if (!strcmp(argv[1], "actor"))
		use_actor();
	else if (!strcmp(argv[1], "ask"))
		use_ask();
	else
		use_batcher();
	puts("done");
	return 0;
}
