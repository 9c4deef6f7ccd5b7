/* SPDX-License-Identifier: Apache-2.0
 *
 * A wait that a context may end: one more node, on the context's done channel, which takes part in
 * the claim like a case of a select.  Nothing is ever sent on a done channel, so to be served there
 * means that it was closed. */
#include <errno.h>
#include "channel/channel.h"
#include "channel/context.h"
#include "channel/park.h"

/* Queues the node, or, when the context has ended, tries to claim the wait for it.  Returns whether
 * the node is queued. */
static int attend(struct snarl_channel *done, struct sn_node *n, int *ended)
{
	int queued;

	sn_mutex_take_bare(&done->lock);
	queued = !done->closed;
	if (queued)
		sn_queue_add(&done->receivers, n);
	sn_mutex_give_bare(&done->lock);
	/* Once queued the node may be served, and off the queue, at any moment. */
	*ended = !queued && sn_claim(n->parker, SN_CLAIM_CONTEXT);
	return queued;
}

static int error_of(struct snarl_context *context)
{
	int e = sn_context_error(context);

	return e ? e : -ETIMEDOUT; /* its deadline woke us, whatever the clock says just now */
}

static int park_until_either(struct sn_parker *p, int64_t deadline, struct snarl_context *context)
{
	int64_t until = sn_context_deadline(context);
	int e = sn_park(p, until < deadline ? until : deadline);

	if (e == -ETIMEDOUT && until <= deadline)
		return error_of(context);
	if (!e && sn_claimed_by(p) == SN_CLAIM_CONTEXT)
		return error_of(context);
	return e;
}

int sn_park_with(struct sn_parker *p, int64_t deadline, struct snarl_context *context)
{
	struct snarl_channel *done = context ? sn_context_done_channel(context) : NULL;
	struct sn_node node = {.parker = p, .which = SN_CLAIM_CONTEXT};
	int ended, e;

	if (!done)
		return sn_park(p, deadline);
	if (!attend(done, &node, &ended))
		return ended ? error_of(context) : sn_park(p, SNARL_FOREVER);
	e = park_until_either(p, deadline, context);
	sn_mutex_take_bare(&done->lock);
	sn_queue_drop(&done->receivers, &node);
	sn_mutex_give_bare(&done->lock);
	return e;
}
