/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts that wait in one queue at a time share: the wait itself, the four forms in which
 * each blocking call is exported, and counting references. */
#ifndef SN_CHANNEL_WAIT_H
#define SN_CHANNEL_WAIT_H

#include <errno.h>
#include "channel/channel.h"
#include "channel/context.h"
#include "channel/lock.h"
#include "channel/memory.h"
#include "channel/park.h"

/* Waits in `q`, which `lock` guards: with the lock held before and given back after.  The node's
 * slot and amount are the caller's, the rest is set here.  What the waker put into node->result, or
 * -EAGAIN (deadline SN_TRY), -ETIMEDOUT, or the context's error; then the node is off the queue. */
int sn_wait_in(struct sn_mutex *lock, struct sn_queue *q, struct sn_node *node, int64_t deadline,
	       struct snarl_context *context);

/* A caller's deadline is never taken for a try. */
static inline int64_t sn_until(int64_t deadline)
{
	return deadline == SN_TRY ? SN_TRY + 1 : deadline;
}

#define SN_UNPACK(...) __VA_ARGS__

/* Defines the exported forms PLAIN, try_…, …_until and …_with of a call `inner` of the same
 * parameters followed by deadline and context. */
#define SN_FORMS(plain, try, until, with, inner, parameters, arguments)                            \
	int plain(SN_UNPACK parameters)                                                            \
	{                                                                                          \
		return inner(SN_UNPACK arguments, SNARL_FOREVER, NULL);                            \
	}                                                                                          \
	int try(SN_UNPACK parameters)                                                              \
	{                                                                                          \
		return inner(SN_UNPACK arguments, SN_TRY, NULL);                                   \
	}                                                                                          \
	int until(SN_UNPACK parameters, int64_t deadline)                                          \
	{                                                                                          \
		return inner(SN_UNPACK arguments, sn_until(deadline), NULL);                       \
	}                                                                                          \
	int with(SN_UNPACK parameters, struct snarl_context *context)                              \
	{                                                                                          \
		int e = sn_context_error(context);                                                 \
		return e ? e : inner(SN_UNPACK arguments, SNARL_FOREVER, context);                 \
	}

static inline void sn_refer(uint32_t *references)
{
	/* Whoever refers has a reference, so nothing needs to be ordered. */
	__atomic_fetch_add(references, 1, __ATOMIC_RELAXED);
}

/* Whether that was the last reference.  Release and acquire: all that the others did to the object
 * comes before it is torn down. */
static inline int sn_unrefer(uint32_t *references)
{
	int last;

	sn_order_release(references);
	last = __atomic_sub_fetch(references, 1, __ATOMIC_ACQ_REL) == 0;
	if (last)
		sn_order_acquire(references);
	return last;
}

/* Defines thing_retain and thing_release for a struct that is freed with no more ado. */
#define SN_COUNTED(thing)                                                                          \
	struct thing *thing##_retain(struct thing *counted)                                        \
	{                                                                                          \
		if (counted)                                                                       \
			sn_refer(&counted->references);                                            \
		return counted;                                                                    \
	}                                                                                          \
	void thing##_release(struct thing *counted)                                                \
	{                                                                                          \
		if (counted && sn_unrefer(&counted->references))                                   \
			sn_free(counted);                                                          \
	}

#endif
