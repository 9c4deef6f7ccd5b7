/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads of several processes that wait for each other (outside/ring.h).  The recording of each
 * must agree: its thread waits for that lock, and holds the one that the thread before it wants.
 * Those of the other processes are grafted onto the first one's tables, with what they wait for;
 * a lock that it does not know itself gets a record. */
#include "report/owner.h"

#include <stdlib.h>

/* The other members, found in their recordings. */
struct found {
	uint32_t count;
	struct sn_other all[SN_RING_MOST];
};

static const struct sn_thread_rec *thread_of(const struct sn_other *o)
{
	return sn_view_thread(&o->reader.view, o->thread);
}

static int waits_for(const struct sn_other *o, uint64_t address)
{
	const struct sn_thread_rec *t = thread_of(o);

	return t->wait_kind == SN_WAIT_LOCK &&
	       sn_view_lock(&o->reader.view, t->wait_object)->address == address;
}

static int find_all(struct sn_process *p, struct found *f, const struct sn_seen_thread *first,
		    int folder)
{
	for (uint32_t i = 1; i < first->ring_count; i++) {
		const struct sn_ring_member *m = &first->ring[i];
		struct sn_other *o = &f->all[f->count];

		if (sn_other_find(p, o, folder, m->tid, m[-1].lock, SN_ROBUST_TOO))
			return 0;
		o->epoch = SN_OTHERS_EPOCH - f->count++;
		if (o->reader.header.pid != m->pid || !waits_for(o, m->lock))
			return 0;
	}
	return 1;
}

/* A lock that is known in the other process only. */
static uint32_t add_lock(struct sn_process *p, const struct sn_other *o)
{
	const struct sn_lock_rec *from = sn_view_lock(&o->reader.view, thread_of(o)->wait_object);
	uint32_t i = sn_graft_append(p, SN_TABLE_LOCK, 1);
	struct sn_lock_rec *to;

	if (!i)
		return 0;
	to = sn_graft_record(p, SN_TABLE_LOCK, i);
	to->address = from->address;
	to->type = from->type;
	to->flags = SN_LOCK_PSHARED;
	return i;
}

/* The thread: it holds `held` and waits for `wanted`. */
static uint32_t add(struct sn_process *p, const struct sn_other *o, uint32_t held, uint32_t wanted)
{
	const struct sn_thread_rec *from = thread_of(o);
	uint32_t stack = sn_other_stack(p, o, from->wait_stack);
	uint32_t i = sn_other_thread(p, o, from->tid, held);
	struct sn_thread_rec *to = i ? sn_graft_record(p, SN_TABLE_THREAD, i) : NULL;

	if (!to)
		return 0;
	to->held[0].mode = o->held.mode;
	to->wait_kind = SN_WAIT_LOCK;
	to->wait_object = wanted;
	to->wait_mode = from->wait_mode;
	to->wait_stack = stack;
	return i;
}

static uint32_t add_all(struct sn_process *p, const struct found *f, uint32_t waiter,
			uint32_t closing)
{
	uint32_t held = sn_view_thread(p->view, waiter)->wait_object, first = 0;

	for (uint32_t k = 0; k < f->count; k++) {
		const struct sn_other *o = &f->all[k];
		uint32_t wanted = k + 1 == f->count ? closing : add_lock(p, o);
		uint32_t i = wanted ? add(p, o, held, wanted) : 0;

		if (!i)
			return 0;
		first = first ? first : i;
		held = wanted;
	}
	return first;
}

/* What the first one holds and the last one waits for. */
static int closing(const struct sn_process *p, const struct sn_seen_thread *first, uint32_t waiter,
		   struct sn_held *held)
{
	return sn_holds_shared(p->view, sn_view_thread(p->view, waiter),
			       first->ring[first->ring_count - 1].lock, SN_ROBUST_TOO, held);
}

uint32_t sn_ring_graft(struct sn_process *p, const struct sn_seen_thread *first, uint32_t waiter,
		       int folder)
{
	struct found *f = calloc(1, sizeof(*f));
	struct sn_held held;
	uint32_t i = 0;

	if (!f || first->ring_count < 2 || !closing(p, first, waiter, &held)) {
		free(f);
		return 0;
	}
	if (find_all(p, f, first, folder))
		i = add_all(p, f, waiter, held.lock);
	for (uint32_t k = 0; k < f->count; k++)
		sn_reader_close(&f->all[k].reader);
	free(f);
	return i;
}

static void tell(struct sn_finding *f, const struct sn_process *p, uint32_t thread,
		 struct sn_held held)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, thread);

	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_HOLDS,
					   .mode = (uint8_t)held.mode,
					   .thread = thread,
					   .object = held.lock,
					   .stack = held.stack});
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_WAITS,
					   .mode = (uint8_t)t->wait_mode,
					   .thread = thread,
					   .object = t->wait_object,
					   .stack = t->wait_stack});
}

void sn_ring_finding(const struct sn_process *p, uint32_t i, struct sn_finding *f)
{
	const struct sn_seen_thread *first = &p->seen.threads[i];
	int certain = first->gone == SN_IN_RING;
	struct sn_held held = {0};

	sn_finding_start(f, SN_KIND_DEADLOCK, certain ? SN_CONFIRMED : SN_SUSPECT,
			 certain ? SN_WHY_SHARED_RING : SN_WHY_SHARED_RING_HELPED);
	closing(p, first, p->seen_records[i], &held);
	tell(f, p, p->seen_records[i], held);
	for (uint32_t k = 0; k + 1 < first->ring_count; k++) {
		uint32_t thread = p->seen_owners[i] + k;

		tell(f, p, thread,
		     *sn_view_thread_held(p->view, sn_view_thread(p->view, thread), 0));
	}
}
