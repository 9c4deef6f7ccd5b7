/* SPDX-License-Identifier: Apache-2.0
 *
 * How a thread waits, for every blocking call of the library.  Each thread has one parker.  To
 *wait:
 *
 *	struct sn_parker *p = sn_parker_self();
 *	struct sn_node node = {.parker = p, .which = 1};
 *	sn_mutex_take(&object->lock);
 *	... nothing to be had:
 *	sn_parker_arm(p);
 *	sn_queue_add(&object->waiters, &node);
 *	sn_mutex_give(&object->lock);
 *	int e = sn_park_with(p, deadline, context);	or sn_park(p, deadline)
 *	if (e) {					nobody served us and nobody will
 *		sn_mutex_take(&object->lock);
 *		sn_queue_drop(&object->waiters, &node);
 *		sn_mutex_give(&object->lock);
 *		return e;
 *	}
 *	return node.result;
 *
 * Whoever can serve a waiter does its work for it, under the lock of the object:
 *
 *	struct sn_node *n = sn_queue_claim(&object->waiters);	the longest waiting that is to be
 *had
 *	... take from or copy to n->slot, set n->result ...
 *	sn_mutex_give(&object->lock);
 *	sn_unpark(n->parker);			n and what it points to are gone from here on
 *
 * One node may be queued on each of several objects (select): they share the parker's claim word,
 * which the first waker, the deadline or the context wins; nodes that lost it are skipped by
 * sn_queue_claim, and the waiting thread drops them itself before it returns.  Who wins a claim
 *must unpark, exactly once and soon; who loses must not touch the node any more but to unlink it.
 *
 * Nodes lie on the stack of the thread that waits.  Nothing here allocates. */
#ifndef SN_CHANNEL_PARK_H
#define SN_CHANNEL_PARK_H

#include <stdint.h>
#include "include/snarl_channel/time.h"

struct snarl_context;
struct sn_parker;

/* What sn_parker.claim says besides a node's `which`. */
enum {
	SN_CLAIM_OPEN = 0,
	SN_CLAIM_CONTEXT = 0xfffffffdu,   /* a context ended */
	SN_CLAIM_WITHDRAWN = 0xffffffffu, /* the waiting thread itself, at its deadline */
};

struct sn_node {
	struct sn_node *next;
	struct sn_node *previous;
	struct sn_parker *parker;
	void *slot;      /* the element: where it is, or where it goes; for the object's use */
	uint64_t amount; /* for the object's use */
	uint32_t which;  /* what a claim by this node is called: 1 … 0xffff0000 */
	int result;      /* what the waiting call returns, set by who claimed it */
	uint32_t linked;
};

/* Three cache lines, since handing those over is what a wake costs: what a waiting thread spins on,
 * what its waker touches before that, and what is the owner's alone. */
struct sn_parker {
	uint32_t word __attribute__((aligned(64))); /* how the wait stands, and the CPU of who
						     * ended it: the futex */

	uint32_t claim __attribute__((aligned(64))); /* who serves this wait */
	struct sn_node own; /* of a channel's send or receive, whose wait is on one object */

	int waker_cpu __attribute__((aligned(64))); /* where the last waker ran; -1 unknown */
	uint32_t patience; /* nanoseconds to spin, by what it brought lately */
	uint64_t random;   /* of sn_random; 0 before its first use */
};

/* A FIFO of nodes; zeroed memory is an empty one.  Guarded by the lock of its object. */
struct sn_queue {
	struct sn_node *first;
	struct sn_node *last;
};

/* The calling thread's. */
struct sn_parker *sn_parker_self(void);

/* What the thread that is going to wait releases for whoever serves it. */
static inline const void *sn_parker_offer(const struct sn_parker *p)
{
	return &p->claim;
}

/* Opens the claim.  Before the first node is queued. */
void sn_parker_arm(struct sn_parker *p);

/* Waits until somebody has claimed and unparked: 0.  Else the claim is withdrawn, nobody will touch
 * the nodes any more, and the result is -ETIMEDOUT. */
int sn_park(struct sn_parker *p, int64_t deadline);

/* The same, and ends when the context (NULL: none) ends, with sn_context_error's value; not with
 * any object's lock held. */
int sn_park_with(struct sn_parker *p, int64_t deadline, struct snarl_context *context);

/* Wins or loses the right to serve the wait: 1 or 0. */
int sn_claim(struct sn_parker *p, uint32_t which);

/* What claimed the wait; a waker that comes too late may be looking at it still. */
static inline uint32_t sn_claimed_by(const struct sn_parker *p)
{
	return __atomic_load_n(&p->claim, __ATOMIC_RELAXED);
}

/* Lets a thread go on whose claim the caller has won.  Never touches the parker afterwards. */
void sn_unpark(struct sn_parker *p);

/* Lets all nodes of a chain (sn_queue_claim_all) go on, all with this result already set. */
void sn_unpark_all(struct sn_node *chain);

/* All of these with the object's lock held. */
void sn_queue_add(struct sn_queue *q, struct sn_node *n);
void sn_queue_drop(struct sn_queue *q, struct sn_node *n); /* nothing when it is not queued */

/* Takes nodes off until one is claimed; that one, or NULL.  It is off the queue. */
struct sn_node *sn_queue_claim(struct sn_queue *q);

/* Claims all that can be, takes all off, sets their results; a chain by `next` in FIFO order. */
struct sn_node *sn_queue_claim_all(struct sn_queue *q, int result);

/* How many CPUs this process may use, as far as is known. */
int sn_cpus(void);

/* A hint to the CPU that this is a loop that waits. */
static inline void sn_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/* Uniform below `bound` (above 0), from the calling thread's own generator. */
uint32_t sn_random(struct sn_parker *p, uint32_t bound);

#endif
