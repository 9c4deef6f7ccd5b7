/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns: tasks that work at the same time, each on an item that it took under a ticket, get to go
 * on in the order of their tickets.  At most as many items are held back as there are tasks, so
 * order costs no memory. */
#ifndef SN_CHANNEL_TURNS_H
#define SN_CHANNEL_TURNS_H

#include "channel/semaphore.h"

struct sn_turns {
	struct sn_semaphore intake; /* held while an item is taken and gets its ticket */
	uint64_t tickets;           /* given out; guarded by the intake */
	struct sn_mutex lock;       /* of what follows */
	uint64_t turn;
	struct sn_queue waiters; /* node->amount is the ticket */
};

void sn_turns_begin(struct sn_turns *t);

/* Waits until it is this ticket's turn: 0, or the context's error. */
int sn_turns_await(struct sn_turns *t, uint64_t ticket, struct snarl_context *context);

/* Ends the turn of the caller, and begins the next. */
void sn_turns_pass(struct sn_turns *t);

#endif
