/* SPDX-License-Identifier: Apache-2.0
 *
 * FIFO lists of waiting nodes.  A node that is to be had is claimed as it is taken off; one whose
 * thread is being served elsewhere is taken off and left to its thread. */
#include "channel/park.h"
#include <stddef.h>

void sn_queue_add(struct sn_queue *q, struct sn_node *n)
{
	n->next = NULL;
	n->previous = q->last;
	n->linked = 1;
	if (q->last)
		q->last->next = n;
	else
		q->first = n;
	q->last = n;
}

void sn_queue_drop(struct sn_queue *q, struct sn_node *n)
{
	if (!n->linked)
		return;
	n->linked = 0;
	if (n->previous)
		n->previous->next = n->next;
	else
		q->first = n->next;
	if (n->next)
		n->next->previous = n->previous;
	else
		q->last = n->previous;
}

struct sn_node *sn_queue_claim(struct sn_queue *q)
{
	struct sn_node *n;

	while ((n = q->first)) {
		sn_queue_drop(q, n);
		if (sn_claim(n->parker, n->which))
			return n;
	}
	return NULL;
}

struct sn_node *sn_queue_claim_all(struct sn_queue *q, int result)
{
	struct sn_node *first = NULL, **end = &first, *n;

	while ((n = sn_queue_claim(q))) {
		n->result = result;
		n->next = NULL;
		*end = n;
		end = &n->next;
	}
	return first;
}
