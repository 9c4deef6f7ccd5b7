/* SPDX-License-Identifier: Apache-2.0
 *
 * What a context is, for the files that make it (context_make.c) and end it (context.c) only. */
#ifndef SN_CHANNEL_CONTEXT_TREE_H
#define SN_CHANNEL_CONTEXT_TREE_H

#include "channel/alarm.h"
#include "channel/context.h"
#include "channel/lock.h"

struct snarl_context {
	uint32_t references;
	struct sn_mutex lock; /* of error, cause, and the list of children */
	int error;            /* set once; read without the lock */
	int cause;
	struct snarl_context *parent; /* a reference; where values come from */
	struct snarl_context *source; /* an ancestor; NULL: ends by itself only */

	/* The source's list, guarded by its lock; a walk that ends it uses `sibling` for itself. */
	struct snarl_context *children;
	struct snarl_context *sibling;
	struct snarl_context **link; /* what points to this one */
	int listed;

	struct snarl_channel *done;
	int64_t deadline;
	struct sn_alarm alarm; /* when the deadline is its own; ring is NULL otherwise */

	const void *key;
	void *value;
	void (*destroy)(void *value);
};

/* The background. */
extern struct snarl_context sn_context_root;

/* Puts it on its source's list: 0, or the error with which the source has ended, with the cause
 * filled in. */
int sn_context_attach(struct snarl_context *c);

/* With the source's lock held. */
void sn_context_detach(struct snarl_context *c);

/* Takes a reference unless there is none any more: 1 or 0. */
int sn_context_keep(struct snarl_context *c);

/* Ends it and its descendants, if it has not ended.  The caller has a reference. */
void sn_context_end(struct snarl_context *c, int error, int cause);

int sn_context_cause(struct snarl_context *c);

#endif
