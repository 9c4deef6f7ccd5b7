/* SPDX-License-Identifier: Apache-2.0
 *
 * deadlock and self-deadlock after the fact: asks the wait-for graph about every thread that waits,
 * and tells each ring once, whichever of its threads it was found from.  Needs no memory. */
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

void sn_detect_stuck(const struct sn_view *v, struct sn_sink *sink)
{
	uint32_t count = sn_view_count(v, SN_TABLE_THREAD);
	struct told told = {.count = 0};
	struct sn_finding f;

	for (uint32_t i = 1; i < count; i++) {
		if (sn_view_thread(v, i)->wait_kind == SN_WAIT_NONE)
			continue;
		if (sn_wait_for_find(v, i, &f) && is_new(&told, i, &f))
			sink->emit(sink, &f);
	}
}
