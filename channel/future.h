/* SPDX-License-Identifier: Apache-2.0
 *
 * What a future is, for the files that settle it (future.c) and make it of others (future_of.c).
 *
 * A future made of others has a link for each of them.  The link is on its source's list while that
 * is not settled, and then has a reference to the target; the target has references to all sources
 * until it is freed, so values that it passes on stay good. */
#ifndef SN_CHANNEL_FUTURE_H
#define SN_CHANNEL_FUTURE_H

#include <stddef.h>
#include "channel/lock.h"
#include "channel/park.h"
#include "include/snarl_channel/future.h"

struct snarl_promise {
	uint32_t references; /* all together have one to the future */
};

struct sn_link {
	struct sn_link *next;
	struct snarl_future *source;
	struct snarl_future *target;
};

struct snarl_future {
	uint32_t references;
	struct snarl_promise promise;
	struct sn_mutex lock; /* of what follows */
	int settled;
	int error; /* this and value: fixed once settled */
	void *value;
	struct sn_queue waiters;
	struct sn_link *first;
	struct sn_link *last;

	void (*destroy)(void *value);
	struct snarl_future *dead; /* the next one that is to be freed */

	/* Of a future made of others: what to do when one is settled, without any lock. */
	void (*react)(struct sn_link *link);
	int (*function)(int error, void *value, void *argument, void **result);
	void *argument;
	int64_t index;  /* of the one that decided; -1 none */
	size_t pending; /* sources not settled */
	size_t count;
	struct sn_link links[];
};

/* Not settled, one reference, no promise, room for `count` links; NULL with errno. */
struct snarl_future *sn_future_new(size_t count, void (*destroy)(void *value));
struct snarl_future *sn_future_retain(struct snarl_future *f);
void sn_future_release(struct snarl_future *f);
int sn_future_is_settled(struct snarl_future *f);

/* 0, or -EALREADY.  Runs the reactions that wait for it, or leaves that to the thread's outermost
 * settling. */
int sn_future_settle(struct snarl_future *f, int error, void *value);

/* Has the target react when the source is settled, perhaps at once; the link has a reference to
 * its target. */
void sn_future_follow(struct sn_link *link);

/* As the exported functions. */
struct snarl_promise *sn_promise_new(void (*destroy)(void *value));
void sn_promise_release(struct snarl_promise *promise);
struct snarl_future *sn_promise_future(struct snarl_promise *promise);

int sn_future_get(struct snarl_future *f, void **value, int64_t deadline,
		  struct snarl_context *context);

#endif
