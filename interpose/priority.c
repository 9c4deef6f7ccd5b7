/* SPDX-License-Identifier: Apache-2.0
 *
 * See priority.h. */
#include "interpose/priority.h"
#include <sched.h>
#include <sys/resource.h>

/* Below that a difference in nice hardly changes a thread's share of a processor. */
#define NICE_STEPS 5

struct priority {
	int real_time; /* 0: none */
	int nice;      /* turned round: a higher one is more, 0 is least */
};

static int ask(uint32_t tid, struct priority *p)
{
	struct sched_param param = {0};
	long policy = sn_sys(SYS_sched_getscheduler, tid);
	long nice = sn_sys(SYS_getpriority, PRIO_PROCESS, tid); /* 20 - nice */
	if (policy < 0 || nice < 0 || sn_sys(SYS_sched_getparam, tid, &param) < 0)
		return 0;
	policy &= ~(long)SCHED_RESET_ON_FORK;
	/* A deadline comes before every fixed priority. */
	p->real_time = policy == SCHED_DEADLINE ? 100 : param.sched_priority;
	p->nice = policy == SCHED_IDLE ? 0 : (int)nice;
	return 1;
}

uint32_t sn_priority_below(uint32_t a, uint32_t b)
{
	struct priority low, high;
	if (!ask(a, &low) || !ask(b, &high))
		return 0;
	if (low.real_time || high.real_time)
		return high.real_time > low.real_time ? (uint32_t)(high.real_time - low.real_time)
						      : 0;
	return high.nice - low.nice >= NICE_STEPS ? (uint32_t)(high.nice - low.nice) : 0;
}

/* A thread that holds more than these is not searched further. */
#define KEEPER_HELD 16

void sn_priority_keeper(struct sn_self *self, uint32_t lock)
{
	struct sn_view v;
	uint32_t keeper = self->locks[lock].owner_hint;
	sn_recorder_view(&sn_shim.recorder, &v);
	const struct sn_thread_rec *t = sn_view_thread(&v, keeper);
	self->keeper = keeper;
	self->keeper_lock = lock;
	self->keeper_stack = 0;
	for (uint32_t i = 0; i < t->held_count && i < KEEPER_HELD; i++) {
		const struct sn_held *h = sn_view_thread_held(&v, t, i);
		if (h->lock == lock)
			self->keeper_stack = h->stack;
	}
}
