/* SPDX-License-Identifier: Apache-2.0
 *
 * The weighted semaphore.  Strictly first come, first served: nobody passes a waiter that wants
 * more than there is, else a large request would starve.  What is given back is handed to the
 * waiters at once; a waiter that gives up may be what the ones behind it were waiting for. */
#include "channel/semaphore.h"
#include "channel/memory.h"
#include "channel/wait.h"
#include "include/snarl_channel/sync.h"

struct snarl_semaphore {
	struct sn_semaphore s;
	uint32_t references;
};

/* Serves those at the front for whom there is enough; a chain for sn_unpark_all.  Lock held. */
static struct sn_node *serve(struct sn_semaphore *s)
{
	struct sn_node *served = NULL, **end = &served, *n;

	while ((n = s->waiters.first) && n->amount <= s->capacity - s->taken) {
		sn_queue_drop(&s->waiters, n);
		if (!sn_claim(n->parker, n->which))
			continue;
		s->taken += n->amount;
		n->result = 0;
		n->next = NULL;
		*end = n;
		end = &n->next;
	}
	return served;
}

static void serve_others(struct sn_semaphore *s)
{
	struct sn_node *served;

	sn_mutex_take_bare(&s->lock);
	served = serve(s);
	sn_mutex_give_bare(&s->lock);
	sn_unpark_all(served);
}

int sn_semaphore_acquire(struct sn_semaphore *s, uint64_t amount, int64_t deadline,
			 struct snarl_context *context)
{
	struct sn_node node = {.amount = amount};
	int e;

	if (amount > s->capacity)
		return -EINVAL;
	sn_mutex_take_bare(&s->lock);
	if (!s->waiters.first && amount <= s->capacity - s->taken) {
		s->taken += amount;
		sn_mutex_give_bare(&s->lock);
		sn_order_acquire(&s->taken);
		return 0;
	}
	e = sn_wait_in(&s->lock, &s->waiters, &node, deadline, context);
	if (!e)
		sn_order_acquire(&s->taken);
	if (e && deadline != SN_TRY)
		serve_others(s);
	return e;
}

int sn_semaphore_give(struct sn_semaphore *s, uint64_t amount)
{
	struct sn_node *served = NULL;
	int e = -EINVAL;

	sn_order_release(&s->taken);
	sn_mutex_take_bare(&s->lock);
	if (amount <= s->taken) {
		s->taken -= amount;
		served = serve(s);
		e = 0;
	}
	sn_mutex_give_bare(&s->lock);
	sn_unpark_all(served);
	return e;
}

struct snarl_semaphore *snarl_semaphore_new(uint64_t capacity)
{
	struct snarl_semaphore *made = sn_zeroed(1, sizeof(*made));

	if (!made)
		return NULL;
	made->s.capacity = capacity;
	made->references = 1;
	return made;
}

SN_COUNTED(snarl_semaphore)

static int acquire(struct snarl_semaphore *semaphore, uint64_t amount, int64_t deadline,
		   struct snarl_context *context)
{
	return semaphore ? sn_semaphore_acquire(&semaphore->s, amount, deadline, context) : -EINVAL;
}

SN_FORMS(snarl_semaphore_acquire, snarl_semaphore_try_acquire, snarl_semaphore_acquire_until,
	 snarl_semaphore_acquire_with, acquire,
	 (struct snarl_semaphore * semaphore, uint64_t amount), (semaphore, amount))

int snarl_semaphore_give(struct snarl_semaphore *semaphore, uint64_t amount)
{
	return semaphore ? sn_semaphore_give(&semaphore->s, amount) : -EINVAL;
}

uint64_t snarl_semaphore_available(struct snarl_semaphore *semaphore)
{
	uint64_t left;

	if (!semaphore)
		return 0;
	sn_mutex_take_bare(&semaphore->s.lock);
	left = semaphore->s.capacity - semaphore->s.taken;
	sn_mutex_give_bare(&semaphore->s.lock);
	return left;
}
