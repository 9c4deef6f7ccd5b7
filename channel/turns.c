/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns: see turns.h. */
#include "channel/turns.h"
#include "channel/wait.h"

void sn_turns_begin(struct sn_turns *t)
{
	*t = (struct sn_turns){.intake.capacity = 1};
}

int sn_turns_await(struct sn_turns *t, uint64_t ticket, struct snarl_context *context)
{
	struct sn_node node = {.amount = ticket};

	sn_mutex_take(&t->lock);
	if (t->turn != ticket)
		return sn_wait_in(&t->lock, &t->waiters, &node, SNARL_FOREVER, context);
	sn_mutex_give(&t->lock);
	return 0;
}

/* The waiter whose turn it is, now the caller's to unpark; NULL when it has not come yet, or will
 * not since its context has ended.  Lock held. */
static struct sn_node *next(struct sn_turns *t)
{
	for (struct sn_node *n = t->waiters.first; n; n = n->next) {
		if (n->amount != t->turn)
			continue;
		sn_queue_drop(&t->waiters, n);
		return sn_claim(n->parker, n->which) ? n : NULL;
	}
	return NULL;
}

void sn_turns_pass(struct sn_turns *t)
{
	struct sn_parker *wake = NULL;
	struct sn_node *n;

	sn_mutex_take(&t->lock);
	t->turn++;
	n = next(t);
	if (n) {
		n->result = 0;
		wake = n->parker;
	}
	sn_mutex_give(&t->lock);
	if (wake)
		sn_unpark(wake);
}
