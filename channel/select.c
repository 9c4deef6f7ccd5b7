/* SPDX-License-Identifier: Apache-2.0
 *
 * Select.  First the cases are tried one by one in random order, with one lock at a time: when one
 * is ready that is all, however many there are.  When none was, all channels are locked in order of
 * address and tried again, so that "none is ready", and which is the first that is, are said of one
 * moment; then a node is queued on each, all sharing the thread's claim word, which whoever serves
 * the select first wins.  The nodes that lost are taken off before select returns. */
#include <errno.h>
#include "channel/channel.h"
#include "channel/context.h"
#include "channel/memory.h"

#define FEW 16 /* cases for which the stack has room */

struct selection {
	struct snarl_case *cases;
	size_t count;
	int ordered;
	int64_t deadline;
	struct snarl_context *context;
	struct sn_parker *parker;
	struct sn_node *nodes;
	uint16_t *order;  /* in which to try */
	uint16_t *sorted; /* by address of channel */
	size_t drawn;     /* how many of order are */
};

static int attempt(struct snarl_case *c, struct sn_parker **wake)
{
	return c->direction == SNARL_SEND ? sn_send_locked(c->channel, c->value, wake)
					  : sn_receive_locked(c->channel, c->value, wake);
}

/* The i-th case to try.  Draws (Fisher and Yates) only as far as it comes to it. */
static uint16_t draw(struct selection *s, size_t i)
{
	size_t left = s->count - i, j;
	uint16_t taken;

	if (i < s->drawn)
		return s->order[i];
	j = i + (s->ordered || left < 2 ? 0 : sn_random(s->parker, (uint32_t)left));
	taken = s->order[j];
	s->order[j] = s->order[i];
	s->order[i] = taken;
	s->drawn = i + 1;
	return taken;
}

/* The index of the case done, or -EAGAIN. */
static int try_one_by_one(struct selection *s)
{
	for (size_t i = 0; i < s->count; i++) {
		uint16_t which = draw(s, i);
		struct snarl_case *c = &s->cases[which];
		struct sn_parker *wake = NULL;

		if (!c->channel)
			continue;
		sn_mutex_take_bare(&c->channel->lock);
		c->result = attempt(c, &wake);
		sn_mutex_give_bare(&c->channel->lock);
		if (wake)
			sn_unpark(wake);
		if (c->result != -EAGAIN)
			return which;
	}
	return -EAGAIN;
}

static uintptr_t address(const struct selection *s, size_t i)
{
	return (uintptr_t)s->cases[s->sorted[i]].channel;
}

/* Lets the case at `root` sink in a heap of n. */
static void sink(struct selection *s, size_t root, size_t n)
{
	size_t child;

	while ((child = 2 * root + 1) < n) {
		uint16_t moved = s->sorted[root];

		if (child + 1 < n && address(s, child) < address(s, child + 1))
			child++;
		if (address(s, root) >= address(s, child))
			return;
		s->sorted[root] = s->sorted[child];
		s->sorted[child] = moved;
		root = child;
	}
}

/* Heap sort: no recursion, no memory, no bad case. */
static void sort(struct selection *s)
{
	for (size_t i = 0; i < s->count; i++)
		s->sorted[i] = (uint16_t)i;
	for (size_t i = s->count / 2; i > 0; i--)
		sink(s, i - 1, s->count);
	for (size_t n = s->count; n > 1; n--) {
		uint16_t largest = s->sorted[0];

		s->sorted[0] = s->sorted[n - 1];
		s->sorted[n - 1] = largest;
		sink(s, 0, n - 1);
	}
}

/* The channel to lock for the i-th in order of address: NULL when it has none or had its turn. */
static struct snarl_channel *turn(const struct selection *s, size_t i)
{
	struct snarl_channel *c = s->cases[s->sorted[i]].channel;

	return i && c == s->cases[s->sorted[i - 1]].channel ? NULL : c;
}

static void lock_all(const struct selection *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct snarl_channel *c = turn(s, i);
		if (c)
			sn_mutex_take_bare(&c->lock);
	}
}

static void unlock_all(const struct selection *s)
{
	for (size_t i = s->count; i > 0; i--) {
		struct snarl_channel *c = turn(s, i - 1);
		if (c)
			sn_mutex_give_bare(&c->lock);
	}
}

/* All locks held. */
static int try_all(struct selection *s, struct sn_parker **wake)
{
	for (size_t i = 0; i < s->count; i++) {
		struct snarl_case *c = &s->cases[draw(s, i)];

		if (!c->channel)
			continue;
		c->result = attempt(c, wake);
		if (c->result != -EAGAIN)
			return (int)(c - s->cases);
	}
	return -EAGAIN;
}

static struct sn_queue *queue_of(const struct snarl_case *c)
{
	return c->direction == SNARL_SEND ? &c->channel->senders : &c->channel->receivers;
}

/* All locks held.  Returns when the select must look again by itself. */
static int64_t queue_all(struct selection *s)
{
	int64_t due = SNARL_FOREVER;

	sn_parker_arm(s->parker);
	sn_order_release(sn_parker_offer(s->parker));
	for (size_t i = 0; i < s->count; i++) {
		struct snarl_case *c = &s->cases[i];
		struct sn_node *n = &s->nodes[i];

		if (!c->channel)
			continue;
		*n = (struct sn_node){
			.parker = s->parker, .slot = c->value, .which = (uint32_t)i + 1};
		sn_queue_add(queue_of(c), n);
		if (c->direction == SNARL_RECEIVE && sn_channel_due(c->channel) < due)
			due = sn_channel_due(c->channel);
	}
	return due;
}

static void drop_all(struct selection *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct snarl_case *c = &s->cases[i];

		if (!c->channel)
			continue;
		sn_mutex_take_bare(&c->channel->lock);
		sn_queue_drop(queue_of(c), &s->nodes[i]);
		sn_mutex_give_bare(&c->channel->lock);
	}
}

/* -EAGAIN: a timer is due or was set anew. */
static int wait_for_any(struct selection *s, int64_t due)
{
	int e = sn_park_with(s->parker, due < s->deadline ? due : s->deadline, s->context);
	size_t which;

	drop_all(s);
	if (e)
		return e == -ETIMEDOUT && due <= s->deadline ? -EAGAIN : e;
	which = sn_claimed_by(s->parker) - 1;
	if (s->nodes[which].result == -EAGAIN)
		return -EAGAIN;
	s->cases[which].result = s->nodes[which].result;
	return (int)which;
}

/* One round with all locks; -EAGAIN: another one is needed. */
static int try_or_wait(struct selection *s, int *again)
{
	struct sn_parker *wake = NULL;
	int64_t due;
	int done;

	*again = 0;
	lock_all(s);
	done = try_all(s, &wake);
	if (done != -EAGAIN || s->deadline == SN_TRY) {
		unlock_all(s);
		if (wake)
			sn_unpark(wake);
		return done;
	}
	due = queue_all(s);
	unlock_all(s);
	done = wait_for_any(s, due);
	*again = done == -EAGAIN;
	return done;
}

static int choose(struct selection *s)
{
	int again, done;

	for (size_t i = 0; i < s->count; i++)
		s->order[i] = (uint16_t)i;
	/* What is ordered must be judged at one moment. */
	done = s->ordered ? -EAGAIN : try_one_by_one(s);
	if (done != -EAGAIN)
		return done;
	sort(s);
	do {
		done = try_or_wait(s, &again);
		if (again && sn_context_error(s->context))
			return sn_context_error(s->context);
	} while (again);
	return done;
}

static int choose_of_few(struct selection s)
{
	struct sn_node nodes[FEW];
	uint16_t order[FEW], sorted[FEW];

	s.nodes = nodes;
	s.order = order;
	s.sorted = sorted;
	return choose(&s);
}

static int choose_of_many(struct selection s)
{
	size_t each = sizeof(*s.nodes) + sizeof(*s.order) + sizeof(*s.sorted);
	int done;

	s.nodes = sn_zeroed(s.count, each);
	if (!s.nodes)
		return -ENOMEM;
	s.order = (uint16_t *)(s.nodes + s.count);
	s.sorted = s.order + s.count;
	done = choose(&s);
	sn_free(s.nodes);
	return done;
}

int sn_select(struct snarl_case *cases, size_t count, int ordered, int64_t deadline,
	      struct snarl_context *context)
{
	struct selection s = {
		.cases = cases,
		.count = count,
		.ordered = ordered,
		.deadline = deadline,
		.context = context,
		.parker = sn_parker_self(),
	};
	int e = context ? sn_context_error(context) : 0;

	if (e)
		return e;
	if (count > UINT16_MAX)
		return -EINVAL;
	return count <= FEW ? choose_of_few(s) : choose_of_many(s);
}
