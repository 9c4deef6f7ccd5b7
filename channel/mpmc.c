/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounded queue for many producers and consumers, after Dmitry Vyukov, "Bounded MPMC queue"
 * (1024cores.net).  Each cell bears a turn: equal to a producer's position it may be filled, one
 * above a consumer's it may be emptied.  A compare-and-swap on the position takes the cell, a
 * release store of the next turn hands it over; so the element needs no atomic access. */
#include <string.h>
#include "channel/channel.h"
#include "channel/memory.h"
#include "channel/wait.h"
#include "include/snarl_channel/sync.h"

/* Producers and consumers each have a cache line of their own, and share the first. */
struct snarl_queue {
	uint32_t references;
	size_t element;
	size_t stride;
	uint64_t mask;
	uint64_t push __attribute__((aligned(64)));
	uint64_t pop __attribute__((aligned(64)));
	unsigned char cells[] __attribute__((aligned(64)));
};

struct cell {
	uint64_t turn;
	unsigned char element[];
};

static struct cell *cell_at(struct snarl_queue *q, uint64_t position)
{
	return (void *)(q->cells + (position & q->mask) * q->stride);
}

/* The size of a queue in bytes; 0 when it overflows. */
static size_t size_of(size_t stride, uint64_t count)
{
	size_t bytes;

	if (__builtin_mul_overflow(stride, count, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(struct snarl_queue), &bytes))
		return 0;
	return bytes;
}

static struct snarl_queue *make(size_t element, size_t stride, uint64_t count)
{
	size_t bytes = size_of(stride, count);
	struct snarl_queue *q;

	if (!bytes) {
		errno = EINVAL;
		return NULL;
	}
	q = sn_aligned(64, bytes);
	if (!q)
		return NULL;
	memset(q, 0, sizeof(*q));
	q->references = 1;
	q->element = element;
	q->stride = stride;
	q->mask = count - 1;
	for (uint64_t i = 0; i < count; i++)
		cell_at(q, i)->turn = i;
	return q;
}

struct snarl_queue *snarl_queue_new(size_t element_size, size_t capacity)
{
	uint64_t count = 2;

	if (!capacity || capacity > SIZE_MAX / 32 || element_size > SIZE_MAX / 32) {
		errno = EINVAL;
		return NULL;
	}
	while (count < capacity)
		count *= 2;
	/* Cells are aligned for their turns. */
	return make(element_size, (sizeof(struct cell) + element_size + 7) & ~(size_t)7, count);
}

SN_COUNTED(snarl_queue)

size_t snarl_queue_capacity(const struct snarl_queue *queue)
{
	return queue ? queue->mask + 1 : 0;
}

/* Takes the cell at *position, which the cell's turn must be `ahead` of; NULL when it is somebody
 * else's turn still. */
static struct cell *take(struct snarl_queue *q, uint64_t *position, uint64_t ahead, uint64_t *taken)
{
	uint64_t at = __atomic_load_n(position, __ATOMIC_RELAXED);

	for (;;) {
		struct cell *c = cell_at(q, at);
		/* Acquire pairs with the release of the turn by whoever had the cell before. */
		uint64_t turn = __atomic_load_n(&c->turn, __ATOMIC_ACQUIRE);
		int64_t apart = (int64_t)(turn - (at + ahead));

		if (apart < 0)
			return NULL;
		if (apart > 0)
			at = __atomic_load_n(position, __ATOMIC_RELAXED);
		else if (__atomic_compare_exchange_n(position, &at, at + 1, 0, __ATOMIC_RELAXED,
						     __ATOMIC_RELAXED)) {
			*taken = at;
			return c;
		}
	}
}

int snarl_queue_try_push(struct snarl_queue *queue, const void *element)
{
	struct cell *c;
	uint64_t at;

	if (!queue)
		return -EINVAL;
	c = take(queue, &queue->push, 0, &at);
	if (!c)
		return -EAGAIN;
	sn_order_acquire(c);
	sn_copy_element(c->element, element, queue->element);
	sn_order_release(c);
	__atomic_store_n(&c->turn, at + 1, __ATOMIC_RELEASE);
	return 0;
}

int snarl_queue_try_pop(struct snarl_queue *queue, void *element)
{
	struct cell *c;
	uint64_t at;

	if (!queue)
		return -EINVAL;
	c = take(queue, &queue->pop, 1, &at);
	if (!c)
		return -EAGAIN;
	sn_order_acquire(c);
	if (element)
		sn_copy_element(element, c->element, queue->element);
	sn_order_release(c);
	__atomic_store_n(&c->turn, at + queue->mask + 1, __ATOMIC_RELEASE);
	return 0;
}
