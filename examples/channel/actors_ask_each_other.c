/* SPDX-License-Identifier: Apache-2.0
 *
 * The shop asks the bank for a payment, and the bank asks the shop for the bill before it answers;
 * the shop handles nothing while it waits.
 *
 * Right: examples/patterns/ask.c: an ask has a deadline.  Better, one direction is a request, whose
 * answer comes as a message. */
// needs: channel
// hangs
// mode: run
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_actor *shop, *bank;

static void sell(struct snarl_actor *self, struct snarl_message *message, void *unused)
{
	void *payment = unused;

	(void)self;
	snarl_actor_ask(bank, NULL, NULL, &payment, NULL);
	snarl_promise_fulfil(message->reply, payment);
}

static void pay(struct snarl_actor *self, struct snarl_message *message, void *unused)
{
	void *bill = unused;

	(void)self;
	snarl_actor_ask(shop, NULL, NULL, &bill, NULL);
	snarl_promise_fulfil(message->reply, bill);
}

int main(void)
{
	struct snarl_behaviour selling = {.name = "shop", .mailbox = 4, .handle = sell};
	struct snarl_behaviour paying = {.name = "bank", .mailbox = 4, .handle = pay};
	void *receipt;

	shop = snarl_actor_new(&selling, NULL, NULL);
	bank = snarl_actor_new(&paying, NULL, NULL);
	if (snarl_actor_ask(shop, NULL, NULL, &receipt, NULL) == 0)
		puts("sold");
	snarl_actor_release(shop);
	snarl_actor_release(bank);
	return 0;
}
