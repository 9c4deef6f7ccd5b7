/* SPDX-License-Identifier: Apache-2.0
 *
 * deadlock and self-deadlock after the fact: asks the wait-for graph about every thread that waits,
 * and tells each ring once, whichever of its threads it was found from; where there is no ring,
 * asks for knots (detect/knots.c). */
#include "detect/detect.h"
#include "graph/wait_for.h"

/* Rings that can be told apart from new ones. Past that a ring is told by its lowest thread only,
 * which may leave out one that shares that thread with another. */
#define TOLD_MAX 64

struct told {
	uint64_t key[TOLD_MAX];
	uint32_t count;
};

static uint64_t ring_key(const struct sn_finding *f)
{
	uint64_t key = f->kind;

	for (uint32_t i = 0; i < f->part_count; i++) {
		key = (key ^ f->parts[i].thread) * 0x100000001b3u;
		key = (key ^ f->parts[i].object) * 0x100000001b3u;
		key = (key ^ f->parts[i].role) * 0x100000001b3u;
	}
	return key;
}

static int is_new(struct told *told, uint32_t thread, const struct sn_finding *f)
{
	uint64_t key = ring_key(f);

	for (uint32_t i = 0; i < told->count; i++)
		if (told->key[i] == key)
			return 0;
	if (told->count == TOLD_MAX)
		/* The second part is the wait of the lowest thread, or of the only one. */
		return f->parts[1].thread == thread;
	told->key[told->count++] = key;
	return 1;
}

/* Whether the process has told of it itself. */
static int is_told_inside(const struct sn_view *v, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);

	return t->state == SN_THREAD_RUNNING && t->wait_kind != SN_WAIT_NONE &&
	       t->flags & SN_THREAD_DEADLOCKED;
}

/* Only the process itself can ask whether a shared lock lies in memory of its own. */
static int is_shared(const struct sn_view *v, const struct sn_finding *f)
{
	for (uint32_t i = 0; i < f->part_count; i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, f->parts[i].thread);
		if (f->parts[i].role == SN_ROLE_WAITS && t->wait_kind == SN_WAIT_LOCK &&
		    sn_view_lock(v, t->wait_object)->flags & SN_LOCK_PSHARED)
			return 1;
	}
	return 0;
}

static void judge_ring(const struct sn_view *v, uint32_t thread, struct sn_finding *f)
{
	if (is_told_inside(v, thread) || !is_shared(v, f))
		return;
	f->verdict = SN_SUSPECT;
	f->why = SN_WHY_SHARED_LOCK;
}

void sn_detect_stuck(const struct sn_view *v, const struct sn_hang *hang, struct sn_memory *m,
		     struct sn_sink *sink)
{
	uint32_t count = sn_view_count(v, SN_TABLE_THREAD), explained = 0;
	struct told told = {.count = 0};
	struct sn_finding f;

	for (uint32_t i = 1; i < count; i++) {
		if (sn_view_thread(v, i)->wait_kind == SN_WAIT_NONE)
			continue;
		explained += is_told_inside(v, i) != 0;
		if (!sn_wait_for_find(v, i, &f))
			continue;
		explained++;
		judge_ring(v, i, &f);
		if (is_new(&told, i, &f))
			sink->emit(sink, &f);
	}
	/* Who waits for those that are caught in a ring is no further deadlock. */
	if (!explained)
		sn_detect_knots(v, hang, m, sink);
}
