/* SPDX-License-Identifier: Apache-2.0
 *
 * Once.  The first caller runs the function, without the lock; those who come meanwhile wait for
 * that run and get its result, whatever it is.  After a success a call is one load. */
#include "channel/wait.h"
#include "include/snarl_channel/sync.h"

enum {
	IDLE,
	RUNNING,
	DONE,
};

/* How a struct snarl_once is used. */
struct once {
	uint64_t retry; /* set by the initializer */
	struct sn_mutex lock;
	uint32_t state; /* written under the lock, DONE read without */
	int result;
	struct sn_parker *runner; /* while running: which thread */
	struct sn_queue waiters;
};

_Static_assert(sizeof(struct once) <= sizeof(struct snarl_once), "the public struct has room");

static int run(struct once *o, int (*function)(void *), void *argument)
{
	int result = function(argument);
	uint32_t state = result && o->retry ? IDLE : DONE;
	struct sn_node *waiters;

	sn_mutex_take(&o->lock);
	o->result = result;
	o->runner = NULL;
	sn_order_release(&o->state);
	/* Release pairs with the acquire in sn_once_do. */
	__atomic_store_n(&o->state, state, __ATOMIC_RELEASE);
	waiters = sn_queue_claim_all(&o->waiters, result);
	sn_mutex_give(&o->lock);
	sn_unpark_all(waiters);
	return result;
}

/* With the lock held, which is given back. */
static int wait_for_run(struct once *o, int64_t deadline, struct snarl_context *context)
{
	struct sn_node node = {0};

	if (o->runner != sn_parker_self())
		return sn_wait_in(&o->lock, &o->waiters, &node, deadline, context);
	sn_mutex_give(&o->lock);
	return -EDEADLK;
}

static int do_once(struct snarl_once *once, int (*function)(void *), void *argument,
		   int64_t deadline, struct snarl_context *context)
{
	struct once *o = (void *)once;
	int result;

	if (!o || !function)
		return -EINVAL;
	if (__atomic_load_n(&o->state, __ATOMIC_ACQUIRE) == DONE) {
		sn_order_acquire(&o->state);
		return o->result;
	}
	sn_mutex_take(&o->lock);
	if (o->state == RUNNING)
		return wait_for_run(o, deadline, context);
	if (o->state == IDLE) {
		__atomic_store_n(&o->state, RUNNING, __ATOMIC_RELAXED);
		o->runner = sn_parker_self();
		sn_mutex_give(&o->lock);
		return run(o, function, argument);
	}
	result = o->result;
	sn_mutex_give(&o->lock);
	return result;
}

SN_FORMS(snarl_once_do, snarl_once_try_do, snarl_once_do_until, snarl_once_do_with, do_once,
	 (struct snarl_once * once, int (*function)(void *), void *argument),
	 (once, function, argument))
