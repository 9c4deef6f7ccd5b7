/* SPDX-License-Identifier: Apache-2.0
 *
 * Actor.  One task owns the state and handles one message at a time, so the state needs no lock.
 * The mailbox is bounded: who sends faster than the actor works is slowed down to its pace.
 *
 * Wrong: examples/channel/channel_deadlock.c, examples/channel/actors_fill_up.c.
 *
 *	balance: 3000, after 300 deposits */
#include <snarl_channel.h>
#include <stdio.h>

struct account {
	long balance;
	long deposits;
};

static void deposit(struct snarl_actor *self, struct snarl_message *message, void *state)
{
	struct account *account = state;

	(void)self;
	account->balance += (intptr_t)message->body;
	account->deposits++;
}

static void *pay(void *actor)
{
	for (int i = 0; i < 100; i++)
		snarl_actor_send(actor, (void *)(intptr_t)10);
	return NULL;
}

int main(void)
{
	struct account account = {0, 0};
	struct snarl_behaviour behaviour = {.name = "account", .mailbox = 8, .handle = deposit};
	struct snarl_actor *actor = snarl_actor_new(&behaviour, &account, NULL);
	struct snarl_task *payers[3];

	for (int i = 0; i < 3; i++)
		payers[i] = snarl_task_spawn("payer", pay, actor, NULL);
	for (int i = 0; i < 3; i++) {
		snarl_task_join(payers[i], NULL);
		snarl_task_release(payers[i]);
	}
	snarl_actor_stop(actor); /* after what is in the mailbox */
	snarl_actor_wait(actor); /* from here on the state is ours */
	printf("balance: %ld, after %ld deposits\n", account.balance, account.deposits);
	snarl_actor_release(actor);
	return 0;
}
