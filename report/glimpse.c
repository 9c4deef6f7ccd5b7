/* SPDX-License-Identifier: Apache-2.0
 *
 * What the command saw from outside while the process ran (struct sn_glimpse), as findings. */
#include "report/model.h"

static int is_of(const struct sn_view *v, const struct sn_glimpse *g)
{
	return sn_view_thread(v, g->holder)->serial == g->holder_serial &&
	       sn_view_thread(v, g->waiter)->serial == g->waiter_serial &&
	       sn_view_lock(v, g->lock)->generation == g->lock_generation &&
	       sn_view_lock(v, g->lock)->address;
}

static uint32_t in_ms(uint64_t from, uint64_t to)
{
	uint64_t ms = from && to > from ? (to - from) / 1000000u : 0;

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static struct sn_part present(const struct sn_glimpse *g, uint32_t i)
{
	struct sn_part p = {.role = SN_ROLE_BLOCKED,
			    .flags = SN_PART_SO_FAR,
			    .object_is_thread = g->object_is_thread != 0,
			    .thread = g->holder,
			    .object = g->object,
			    .when_ns = g->call_since_ns,
			    .more = g->system_call,
			    .number = in_ms(g->call_since_ns, g->when_ns)};

	p.flags |= g->running ? SN_PART_RUNS : 0;
	if (g->call_stack & SN_STACK_GLIMPSED)
		return p;
	p.stack = g->call_stack ? g->call_stack : g->depth ? SN_STACK_GLIMPSED | i : 0;
	return p;
}

int sn_process_glimpse(const struct sn_process *p, uint32_t i, struct sn_finding *f)
{
	const struct sn_glimpse *g = &p->view->header->glimpses[i];

	if (g->state != 1 || !is_of(p->view, g))
		return 0;
	sn_finding_start(f, SN_KIND_BLOCKING_UNDER_LOCK, SN_SUSPECT, SN_WHY_HELD_NOW);
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_HOLDS,
					   .mode = g->held_mode,
					   .thread = g->holder,
					   .object = g->lock,
					   .stack = g->held_stack});
	sn_finding_add(f, present(g, i));
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_WAITS,
					   .mode = g->wait_mode,
					   .thread = g->waiter,
					   .object = g->lock,
					   .stack = g->wait_stack,
					   .when_ns = g->wait_since_ns,
					   .more = g->more,
					   .number = in_ms(g->wait_since_ns, g->when_ns)});
	return 1;
}

static const struct sn_part *find(const struct sn_finding *f, enum sn_role role)
{
	static const struct sn_part none;

	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == role)
			return &f->parts[i];
	return &none;
}

int sn_glimpse_covers(const struct sn_finding *glimpse, const struct sn_finding *other)
{
	const struct sn_part *a = find(glimpse, SN_ROLE_HOLDS), *b = find(other, SN_ROLE_HOLDS);
	uint32_t stack = find(other, SN_ROLE_BLOCKED)->stack;

	return other->kind == SN_KIND_BLOCKING_UNDER_LOCK && a->object == b->object &&
	       a->thread == b->thread && a->stack == b->stack &&
	       (!stack || stack == find(glimpse, SN_ROLE_BLOCKED)->stack);
}
