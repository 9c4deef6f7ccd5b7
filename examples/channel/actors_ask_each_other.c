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

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 3 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' and 1 more wait for actor R1, T2 'shop' waits for actor R2  [id
 *       X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for actor R1 here:
 *       #0  main  examples/channel/actors_ask_each_other.c:43:6
 *             43 | if (snarl_actor_ask(shop, NULL, NULL, &receipt, NULL) == 0)
 *     T2 'shop' waits for actor R2 here:
 *       #0  sell  examples/channel/actors_ask_each_other.c:22:2
 *             22 | snarl_actor_ask(bank, NULL, NULL, &payment, NULL);
 *     T3 'bank' waits for actor R1 here:
 *       #0  pay  examples/channel/actors_ask_each_other.c:31:2
 *             31 | snarl_actor_ask(shop, NULL, NULL, &bill, NULL);
 *     an earlier wakeup on R1 came from T3 'bank' here, X s after T1 'main' began to wait:
 *       #0  pay  examples/channel/actors_ask_each_other.c:31:2
 *             31 | snarl_actor_ask(shop, NULL, NULL, &bill, NULL);
 *     an earlier wakeup on R2 came from T2 'shop' here, X s before T2 'shop' began to wait:
 *       #0  sell  examples/channel/actors_ask_each_other.c:22:2
 *             22 | snarl_actor_ask(bank, NULL, NULL, &payment, NULL);
 *     T2 'shop' was created by T1 'main' in main at
 *         examples/channel/actors_ask_each_other.c:41:9
 *     T3 'bank' was created by T1 'main' in main at
 *         examples/channel/actors_ask_each_other.c:42:9
 *     actor R1: 0xX, first used by T1 'main' in main at
 *         examples/channel/actors_ask_each_other.c:43:6 (shown above)
 *     actor R2: 0xX, first used by T2 'shop' in sell at
 *         examples/channel/actors_ask_each_other.c:22:2 (shown above)
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
