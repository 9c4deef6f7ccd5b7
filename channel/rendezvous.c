/* SPDX-License-Identifier: Apache-2.0
 *
 * The rendezvous: whoever finds a waiter swaps with it on the spot and wakes it. */
#include "channel/memory.h"
#include "channel/wait.h"
#include "include/snarl_channel/sync.h"

struct snarl_rendezvous {
	uint32_t references;
	struct sn_mutex lock;
	struct sn_queue waiters; /* node->slot points to what its thread brings and gets */
};

struct snarl_rendezvous *snarl_rendezvous_new(void)
{
	struct snarl_rendezvous *r = sn_zeroed(1, sizeof(*r));

	if (r)
		r->references = 1;
	return r;
}

SN_COUNTED(snarl_rendezvous)

/* Swaps with a claimed waiter; with the lock held, which is given back. */
static void meet(struct snarl_rendezvous *r, struct sn_node *n, void **mine)
{
	void **theirs = n->slot, *brought = *theirs;

	*theirs = *mine;
	*mine = brought;
	n->result = 0;
	sn_mutex_give(&r->lock);
	sn_unpark(n->parker);
}

static int exchange(struct snarl_rendezvous *r, void *mine, void **theirs, int64_t deadline,
		    struct snarl_context *context)
{
	struct sn_node node = {.slot = &mine}, *other;
	int e = 0;

	if (!r)
		return -EINVAL;
	sn_mutex_take(&r->lock);
	other = sn_queue_claim(&r->waiters);
	if (other)
		meet(r, other, &mine);
	else
		e = sn_wait_in(&r->lock, &r->waiters, &node, deadline, context);
	if (!e && theirs)
		*theirs = mine;
	return e;
}

SN_FORMS(snarl_rendezvous_exchange, snarl_rendezvous_try_exchange, snarl_rendezvous_exchange_until,
	 snarl_rendezvous_exchange_with, exchange,
	 (struct snarl_rendezvous * rendezvous, void *mine, void **theirs),
	 (rendezvous, mine, theirs))
