/* SPDX-License-Identifier: Apache-2.0
 *
 * What an actor is, for its life (actor.c), what it is sent (actor_send.c) and its timers
 * (actor_timers.c). */
#ifndef SN_CHANNEL_ACTOR_H
#define SN_CHANNEL_ACTOR_H

#include "channel/lock.h"
#include "channel/wait_group.h"
#include "include/snarl_channel/actor.h"

/* The body is the program's.  Sorted by time. */
struct sn_actor_timer {
	struct sn_actor_timer *next;
	int64_t number;
	int64_t due;
	int64_t period; /* 0: once */
	void *body;
};

struct sn_actor_timers {
	struct sn_mutex lock; /* of all here */
	struct sn_actor_timer *first;
	int64_t last_number;
	int over; /* no more */
};

/* Each handle has a reference, and so has the task: an actor may retain and release itself, also
 * after the last handle of others has gone. */
struct snarl_actor {
	uint32_t handles; /* when the last goes the mailbox is closed */
	uint32_t references;
	struct snarl_behaviour is;
	void *state;
	struct snarl_channel *mailbox;
	struct snarl_channel *kick; /* wakes the loop when there is a new timer */
	struct snarl_context *context;
	struct snarl_promise *reply; /* of the message that is being handled; NULL: none */
	struct sn_wait_group task;
	struct sn_actor_timers timers;
};

/* What lies in the mailbox. */
struct sn_letter {
	void *body;
	struct snarl_promise *reply; /* a reference, or NULL */
};

/* Whether the calling thread is this actor's task. */
int sn_actor_is_self(const struct snarl_actor *a);

/* Whether it takes no more messages and timers. */
int sn_actor_is_stopping(struct snarl_actor *a);

/* The next timer that is due, as a message: 1, or 0. */
int sn_actor_take_due(struct snarl_actor *a, struct snarl_message *message);

/* When the next will be; SNARL_FOREVER without any. */
int64_t sn_actor_next_due(struct snarl_actor *a);

/* Ends them all; none can be set any more. */
void sn_actor_end_timers(struct snarl_actor *a);

#endif
