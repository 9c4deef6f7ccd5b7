/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads, locks and findings of the registry. See registry.h for who may call. */
#include "graph/reclaim.h"
#include <string.h>

struct sn_registry sn_registry;

/* Threads that are gone and still have their records: 32 KiB. */
#define REMEMBERED 64

static void put_free(struct sn_recorder *r, uint32_t thread)
{
	struct sn_registry *g = &sn_registry;
	sn_rec_thread(r, thread)->wait_object = 0;
	if (g->free_thread)
		sn_rec_thread(r, g->free_thread_last)->wait_object = thread;
	else
		g->free_thread = thread;
	g->free_thread_last = thread;
	g->free_threads++;
}

static uint32_t take_free(struct sn_recorder *r)
{
	uint32_t thread = sn_registry.free_thread;
	if (thread) {
		sn_registry.free_thread = sn_rec_thread(r, thread)->wait_object;
		sn_registry.free_threads--;
	}
	return thread;
}

/* A record for a thread, not zeroed; 0 where there is none. */
static uint32_t thread_room(struct sn_recorder *r)
{
	uint32_t i = sn_registry.free_threads > REMEMBERED ? take_free(r) : 0;
	if (!i)
		i = sn_recorder_append(r, SN_TABLE_THREAD, 1);
	return i ? i : take_free(r);
}

uint32_t sn_registry_thread_new(struct sn_recorder *r)
{
	uint32_t i = thread_room(r);
	if (i) {
		struct sn_thread_rec *rec = sn_rec_thread(r, i);
		uint32_t more = rec->held_more, capacity = rec->held_capacity;
		uint32_t cases = rec->cases, cases_capacity = rec->cases_capacity;
		memset(rec, 0, sizeof *rec);
		rec->cases = cases;
		rec->cases_capacity = cases_capacity;
		rec->held_more = more;
		rec->held_capacity = capacity;
	} else {
		sn_recorder_count(r, SN_COUNTER_THREADS_FULL);
		return 0;
	}
	struct sn_thread_rec *rec = sn_rec_thread(r, i);
	if (!rec->held_capacity)
		rec->held_capacity = SN_HELD_INLINE;
	rec->serial = ++sn_registry.serials;
	rec->epoch = 1;
	return i;
}

void sn_registry_thread_free(struct sn_recorder *r, uint32_t thread)
{
	struct sn_thread_rec *rec = sn_rec_thread(r, thread);
	if (rec->dep_count || rec->held_count || rec->epoch != 1 ||
	    rec->flags & (SN_THREAD_PINNED | SN_THREAD_DEADLOCKED | SN_THREAD_MAIN))
		return;
	/* Whoever asks whether the threads of one place ever end would not see this one. */
	if (rec->ended_ns && rec->create_stack)
		sn_rec_stack(r, rec->create_stack)->flags |= SN_STACK_THREAD_ENDED;
	rec->state = SN_THREAD_FREE;
	put_free(r, thread);
}

void sn_registry_thread_keep(struct sn_recorder *r, uint32_t thread, uint32_t state)
{
	uint32_t before = 0, *link = &sn_registry.free_thread;
	while (*link && *link != thread) {
		before = *link;
		link = &sn_rec_thread(r, before)->wait_object;
	}
	if (!*link)
		return;
	*link = sn_rec_thread(r, thread)->wait_object;
	if (thread == sn_registry.free_thread_last)
		sn_registry.free_thread_last = before;
	sn_registry.free_threads--;
	sn_rec_thread(r, thread)->wait_object = 0;
	sn_rec_thread(r, thread)->state = state;
}

uint32_t sn_registry_lock_new(struct sn_recorder *r, uint64_t address, uint32_t type,
			      uint32_t flags, uint32_t stack, uint32_t thread)
{
	uint32_t i = sn_registry.free_lock;
	if (i)
		sn_registry.free_lock = sn_rec_lock(r, i)->birth_stack;
	else
		i = sn_recorder_append(r, SN_TABLE_LOCK, 1);
	if (!i) {
		sn_recorder_count(r, SN_COUNTER_LOCKS_FULL);
		return 0;
	}
	struct sn_lock_rec *rec = sn_rec_lock(r, i);
	*rec = (struct sn_lock_rec){
		.address = address,
		.type = (uint16_t)type,
		.generation = (uint16_t)(rec->generation + 1),
		.flags = flags,
		.birth_stack = stack,
		.birth_thread = thread,
		.birth_serial = thread ? sn_rec_thread(r, thread)->serial : 0,
		/* Contexts are found by the numbers of their locks and never go. */
		.wanted_context = rec->wanted_context,
		.held_context = rec->held_context,
	};
	return i;
}

uint32_t sn_registry_sync_new(struct sn_recorder *r, uint32_t lock)
{
	struct sn_lock_rec *rec = sn_rec_lock(r, lock);
	uint32_t i = rec->sync;
	if (!i && sn_registry.free_sync) {
		i = sn_registry.free_sync;
		sn_registry.free_sync = sn_rec_sync(r, i)->object;
	} else if (!i) {
		i = sn_recorder_append(r, SN_TABLE_SYNC, 1);
	}
	if (!i) {
		sn_recorder_count(r, SN_COUNTER_LOCKS_FULL);
		return 0;
	}
	*sn_rec_sync(r, i) = (struct sn_sync_rec){.object = lock};
	/* Release pairs with the plain load of whoever looks the object up: its state is clean. */
	__atomic_store_n(&rec->sync, i, __ATOMIC_RELEASE);
	return i;
}

static void sync_free(struct sn_recorder *r, uint32_t i)
{
	if (!i)
		return;
	sn_rec_sync(r, i)->object = sn_registry.free_sync;
	sn_registry.free_sync = i;
}

void sn_registry_lock_drop(struct sn_recorder *r, uint32_t lock)
{
	struct sn_lock_rec *rec = sn_rec_lock(r, lock);
	if (rec->flags & SN_LOCK_DESTROYED || (rec->sync && sn_rec_sync(r, rec->sync)->waiters) ||
	    !sn_registry_unorder(r, lock)) {
		rec->flags |= SN_LOCK_DESTROYED;
		return;
	}
	sync_free(r, rec->sync);
	*rec = (struct sn_lock_rec){.flags = SN_LOCK_DESTROYED,
				    .birth_stack = sn_registry.free_lock,
				    .generation = rec->generation,
				    .wanted_context = rec->wanted_context,
				    .held_context = rec->held_context};
	sn_registry.free_lock = lock;
}

static void pin_thread(struct sn_recorder *r, uint32_t thread)
{
	struct sn_thread_rec *rec = sn_rec_thread(r, thread);
	if (rec->state == SN_THREAD_FREE)
		sn_registry_thread_keep(r, thread,
					rec->joined_pthread ? SN_THREAD_JOINED : SN_THREAD_ENDED);
	rec->flags |= SN_THREAD_PINNED;
}

/* A finding's threads and locks must stay what they are. */
static void pin(struct sn_recorder *r, const struct sn_part *p)
{
	if (p->thread)
		pin_thread(r, p->thread);
	if (p->object && p->object_is_thread)
		pin_thread(r, p->object);
	else if (p->object)
		sn_rec_lock(r, p->object)->flags |= SN_LOCK_PINNED;
}

static uint32_t find_finding(const struct sn_recorder *r, uint64_t key, uint32_t scope)
{
	uint32_t used = r->header->tables[SN_TABLE_FINDING].used;
	for (uint32_t i = 1; i < used; i++)
		if (sn_rec_finding(r, i)->key == key && sn_rec_finding(r, i)->scope == scope)
			return i;
	return 0;
}

uint32_t sn_registry_finding(struct sn_recorder *r, const struct sn_finding *f, uint32_t scope,
			     int *fresh)
{
	uint64_t key = sn_finding_key(f);
	uint32_t i = find_finding(r, key, scope);
	*fresh = !i;
	r->header->finding_count++;
	if (i) {
		sn_rec_finding(r, i)->count++;
		return i;
	}
	uint32_t first = sn_recorder_append(r, SN_TABLE_PART, f->part_count);
	i = first ? sn_recorder_append(r, SN_TABLE_FINDING, 1) : 0;
	if (!i) {
		sn_recorder_count(r, SN_COUNTER_FINDINGS_FULL);
		return 0;
	}
	for (uint32_t p = 0; p < f->part_count; p++) {
		*sn_rec_part(r, first + p) = f->parts[p];
		pin(r, &f->parts[p]);
	}
	struct sn_finding_rec *rec = sn_rec_finding(r, i);
	rec->kind = (uint16_t)f->kind;
	rec->verdict = (uint8_t)f->verdict;
	rec->why = (uint8_t)f->why;
	rec->first_part = first;
	rec->part_count = f->part_count;
	rec->key = key;
	rec->scope = scope;
	/* A reader skips a finding that has not been seen even once. */
	__atomic_store_n(&rec->count, 1, __ATOMIC_RELEASE);
	return i;
}
