/* SPDX-License-Identifier: Apache-2.0
 *
 * The wait group.  Between two counts above 0 adding is one compare-and-swap.  A count gets 0 under
 * the lock, which also guards the queue: so those are woken who waited for this 0, and none who
 * came after the group was used again.  Waiting takes the lock even if the count is 0, so that a
 * waiter that goes and frees the group comes after the one that made it 0 has let go of the lock.
 */
#include "channel/wait_group.h"
#include "channel/memory.h"
#include "channel/wait.h"
#include "include/snarl_channel/group.h"

struct snarl_wait_group {
	struct sn_wait_group g;
	uint32_t references;
};

static int sum(int64_t count, int64_t delta, int64_t *to)
{
	if (__builtin_add_overflow(count, delta, to))
		return -EOVERFLOW;
	return *to < 0 ? -EINVAL : 0;
}

/* Adds between counts above 0: 0, a negative errno, or 1 when the lock is needed. */
static int add_quickly(struct sn_wait_group *g, int64_t delta)
{
	int64_t to, count = __atomic_load_n(&g->count, __ATOMIC_RELAXED);

	for (;;) {
		int e = sum(count, delta, &to);
		if (e)
			return e;
		if (!count || !to)
			return 1;
		sn_order_release(&g->count);
		/* Release: what was done before this done is seen by whoever waits; pairs with the
		 * acquire in add_slowly, over which the waiters are woken. */
		if (__atomic_compare_exchange_n(&g->count, &count, to, 0, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return 0;
	}
}

static int add_slowly(struct sn_wait_group *g, int64_t delta)
{
	struct sn_node *waiters = NULL;
	int64_t to, count;
	int e;

	sn_order_release(&g->count);
	sn_mutex_take_bare(&g->lock);
	count = __atomic_load_n(&g->count, __ATOMIC_RELAXED);
	do {
		e = sum(count, delta, &to);
	} while (!e && !__atomic_compare_exchange_n(&g->count, &count, to, 0, __ATOMIC_ACQ_REL,
						    __ATOMIC_RELAXED));
	if (!e && !to)
		waiters = sn_queue_claim_all(&g->waiters, 0);
	sn_mutex_give_bare(&g->lock);
	sn_unpark_all(waiters);
	return e;
}

int sn_wait_group_add(struct sn_wait_group *g, int64_t delta)
{
	int e = add_quickly(g, delta);

	return e == 1 ? add_slowly(g, delta) : e;
}

int sn_wait_group_wait(struct sn_wait_group *g, int64_t deadline, struct snarl_context *context)
{
	struct sn_node node = {0};
	int e = 0;

	sn_mutex_take_bare(&g->lock);
	/* Acquire pairs with the releases in the adds. */
	if (__atomic_load_n(&g->count, __ATOMIC_ACQUIRE))
		e = sn_wait_in(&g->lock, &g->waiters, &node, deadline, context);
	else
		sn_mutex_give_bare(&g->lock);
	if (!e)
		sn_order_acquire(&g->count);
	return e;
}

struct snarl_wait_group *snarl_wait_group_new(void)
{
	struct snarl_wait_group *group = sn_zeroed(1, sizeof(*group));

	if (group)
		group->references = 1;
	return group;
}

SN_COUNTED(snarl_wait_group)

int snarl_wait_group_add(struct snarl_wait_group *group, int64_t delta)
{
	return group ? sn_wait_group_add(&group->g, delta) : -EINVAL;
}

int snarl_wait_group_done(struct snarl_wait_group *group)
{
	return group ? sn_wait_group_add(&group->g, -1) : -EINVAL;
}

int64_t snarl_wait_group_count(struct snarl_wait_group *group)
{
	return group ? __atomic_load_n(&group->g.count, __ATOMIC_ACQUIRE) : -EINVAL;
}

static int wait_for(struct snarl_wait_group *group, int64_t deadline, struct snarl_context *context)
{
	return group ? sn_wait_group_wait(&group->g, deadline, context) : -EINVAL;
}

SN_FORMS(snarl_wait_group_wait, snarl_wait_group_try_wait, snarl_wait_group_wait_until,
	 snarl_wait_group_wait_with, wait_for, (struct snarl_wait_group * group), (group))
