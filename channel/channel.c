/* SPDX-License-Identifier: Apache-2.0
 *
 * What channels do: the attempts that need no wait, with the lock held, and the blocking send and
 * receive around them.  Who finds a waiting peer completes the peer's operation. */
#include "channel/channel.h"
#include <errno.h>
#include "base/sys.h"
#include "channel/context.h"
#include "channel/memory.h"

#define LINE 64 /* channels do not share cache lines */

struct snarl_channel *sn_channel_new(size_t element_size, size_t capacity)
{
	struct snarl_channel *c;
	size_t bytes;

	if (element_size > UINT32_MAX || __builtin_mul_overflow(element_size, capacity, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*c), &bytes)) {
		errno = EINVAL;
		return NULL;
	}
	c = sn_aligned(LINE, bytes);
	if (!c)
		return NULL;
	*c = (struct snarl_channel){
		.references = 1,
		.element = (uint32_t)element_size,
		.capacity = capacity,
		.due = SNARL_FOREVER,
	};
	return c;
}

struct snarl_channel *sn_channel_retain(struct snarl_channel *c)
{
	if (c)
		__atomic_fetch_add(&c->references, 1, __ATOMIC_RELAXED);
	return c;
}

void sn_channel_release(struct snarl_channel *c)
{
	/* Release: all uses by this holder come before the free; acquire: by the last one. */
	if (c && __atomic_fetch_sub(&c->references, 1, __ATOMIC_ACQ_REL) == 1)
		sn_free(c);
}

int sn_channel_close(struct snarl_channel *c)
{
	struct sn_node *receivers, *senders;

	if (!c)
		return -EINVAL;
	sn_mutex_take_bare(&c->lock);
	if (c->closed) {
		sn_mutex_give_bare(&c->lock);
		return -EALREADY;
	}
	c->closed = 1;
	sn_order_release(&c->closed);
	receivers = sn_queue_claim_all(&c->receivers, -EPIPE);
	senders = sn_queue_claim_all(&c->senders, -EPIPE);
	sn_mutex_give_bare(&c->lock);
	sn_unpark_all(receivers);
	sn_unpark_all(senders);
	return 0;
}

int sn_channel_is_closed(struct snarl_channel *c)
{
	int closed;

	if (!c)
		return 0;
	sn_mutex_take_bare(&c->lock);
	closed = c->closed;
	sn_mutex_give_bare(&c->lock);
	if (closed)
		sn_order_acquire(&c->closed);
	return closed;
}

size_t sn_channel_length(struct snarl_channel *c)
{
	size_t count;

	if (!c)
		return 0;
	sn_mutex_take_bare(&c->lock);
	count = c->timer ? c->due <= (int64_t)sn_now() : c->count;
	sn_mutex_give_bare(&c->lock);
	return count;
}

static void *element(struct snarl_channel *c, uint64_t position)
{
	if (position >= c->capacity)
		position -= c->capacity;
	return c->elements + position * c->element;
}

/* What stands for the place of an element: what is done with it is done in turns. */
static const void *place(struct snarl_channel *c, uint64_t position)
{
	if (c->element)
		return element(c, position);
	return (char *)c + 1 + position % (sizeof(*c) - 1);
}

/* The calling thread's turn. */
static __attribute__((noinline, cold)) void take_turn(struct snarl_channel *c, uint64_t position)
{
	sn_order_acquire(place(c, position));
	sn_order_release(place(c, position));
}

/* The place of a waiting sender's element is filled by whoever made room. */
static __attribute__((noinline, cold)) void take_turn_for(struct snarl_channel *c,
							  const struct sn_parker *sender)
{
	sn_order_pass(sn_parker_offer(sender), place(c, c->head + c->count));
}

static void put_last(struct snarl_channel *c, const void *value)
{
	sn_copy_element(element(c, c->head + c->count), value, c->element);
	c->count++;
}

static void take_first(struct snarl_channel *c, void *value)
{
	if (sn_order_is_watched())
		take_turn(c, c->head);
	if (value)
		sn_copy_element(value, element(c, c->head), c->element);
	c->head = c->head + 1 == c->capacity ? 0 : c->head + 1;
	c->count--;
}

/* What goes from a sender to a waiting receiver goes by the next place, as if it lay there. */
static __attribute__((noinline, cold)) void hand_over(struct snarl_channel *c,
						      const struct sn_parker *receiver)
{
	if (!c->capacity) {
		sn_order_acquire(sn_parker_offer(receiver));
		return;
	}
	take_turn(c, c->head);
	sn_order_pass(sn_parker_offer(receiver), place(c, c->head));
	c->head = c->head + 1 == c->capacity ? 0 : c->head + 1;
}

static int ended(struct snarl_channel *c)
{
	sn_order_acquire(&c->closed);
	return -EPIPE;
}

static int served(struct sn_node *n, struct sn_parker **wake)
{
	n->result = 0;
	*wake = n->parker;
	return 0;
}

int sn_send_locked(struct snarl_channel *c, const void *value, struct sn_parker **wake)
{
	struct sn_node *receiver;

	if (c->closed)
		return ended(c);
	if (c->timer)
		return -EINVAL;
	receiver = sn_queue_claim(&c->receivers);
	if (receiver) {
		if (sn_order_is_watched())
			hand_over(c, receiver->parker);
		if (receiver->slot)
			sn_copy_element(receiver->slot, value, c->element);
		return served(receiver, wake);
	}
	if (c->count == c->capacity)
		return -EAGAIN;
	if (sn_order_is_watched())
		take_turn(c, c->head + c->count);
	put_last(c, value);
	return 0;
}

int sn_receive_locked(struct snarl_channel *c, void *value, struct sn_parker **wake)
{
	struct sn_node *sender;

	if (c->timer && !c->closed)
		return sn_timer_receive_locked(c, value);
	sender = NULL;
	if (c->count) {
		take_first(c, value);
		sender = sn_queue_claim(&c->senders);
		if (!sender)
			return 0;
		if (sn_order_is_watched())
			take_turn_for(c, sender->parker);
		put_last(c, sender->slot);
		return served(sender, wake);
	}
	sender = sn_queue_claim(&c->senders);
	if (!sender)
		return c->closed ? ended(c) : -EAGAIN;
	sn_order_acquire(sn_parker_offer(sender->parker));
	if (value)
		sn_copy_element(value, sender->slot, c->element);
	return served(sender, wake);
}

/* One call of send or receive, while it may have to wait. */
struct call {
	struct snarl_channel *channel;
	void *value;
	int sends;
	int64_t deadline;
	struct snarl_context *context;
};

static int attempt(const struct call *k, struct sn_parker **wake)
{
	return k->sends ? sn_send_locked(k->channel, k->value, wake)
			: sn_receive_locked(k->channel, k->value, wake);
}

/* A small element travels within the node, in the cache line that goes back and forth anyway. */
static int is_small(const struct snarl_channel *c)
{
	return c->element <= sizeof(((struct sn_node *)0)->amount);
}

static struct sn_node *prepare(const struct call *k)
{
	struct sn_parker *p = sn_parker_self();
	struct sn_node *n = &p->own;

	sn_parker_arm(p);
	sn_order_release(sn_parker_offer(p));
	n->parker = p;
	n->which = 1;
	n->slot = k->value;
	if (!is_small(k->channel))
		return n;
	n->slot = &n->amount;
	if (k->sends)
		sn_copy_element(n->slot, k->value, k->channel->element);
	return n;
}

static int finished(const struct call *k, const struct sn_node *n)
{
	if (!n->result && !k->sends && k->value && is_small(k->channel))
		sn_copy_element(k->value, n->slot, k->channel->element);
	return n->result;
}

/* With the lock held, which it gives back.  -EAGAIN: look again. */
static int wait_once(const struct call *k, struct sn_queue *q)
{
	struct sn_node *n = prepare(k);
	int64_t due = k->sends ? SNARL_FOREVER : sn_channel_due(k->channel);
	int e;

	sn_queue_add(q, n);
	sn_mutex_give_bare(&k->channel->lock);
	e = sn_park_with(n->parker, due < k->deadline ? due : k->deadline, k->context);
	if (!e)
		return finished(k, n);
	sn_mutex_take_bare(&k->channel->lock);
	sn_queue_drop(q, n);
	sn_mutex_give_bare(&k->channel->lock);
	return e == -ETIMEDOUT && due <= k->deadline ? -EAGAIN : e;
}

static int wait_for_nothing(const struct call *k)
{
	struct sn_parker *p = sn_parker_self();

	if (k->deadline == SN_TRY)
		return -EAGAIN;
	sn_parker_arm(p);
	return sn_park_with(p, k->deadline, k->context);
}

static void lock(struct snarl_channel *c)
{
	if (c->capacity)
		sn_mutex_take_bare_calmly(&c->lock);
	else
		sn_mutex_take_bare(&c->lock);
}

static int perform(const struct call *k)
{
	struct snarl_channel *c = k->channel;
	struct sn_parker *wake = NULL;
	int e;

	/* If this comes to a wait both lines are needed: fetched together they cost one trip. */
	__builtin_prefetch(sn_parker_self(), 1);
	do {
		e = k->context ? sn_context_error(k->context) : 0;
		if (e)
			return e;
		if (!c)
			return wait_for_nothing(k);
		lock(c);
		e = attempt(k, &wake);
		if (e != -EAGAIN || k->deadline == SN_TRY) {
			sn_mutex_give_bare(&c->lock);
			if (wake)
				sn_unpark(wake);
			return e;
		}
		e = wait_once(k, k->sends ? &c->senders : &c->receivers);
	} while (e == -EAGAIN);
	return e;
}

int sn_send(struct snarl_channel *c, const void *value, int64_t deadline,
	    struct snarl_context *context)
{
	/* A sender's slot is only read. */
	return perform(&(struct call){c, (void *)(uintptr_t)value, 1, deadline, context});
}

int sn_receive(struct snarl_channel *c, void *value, int64_t deadline,
	       struct snarl_context *context)
{
	return perform(&(struct call){c, value, 0, deadline, context});
}
