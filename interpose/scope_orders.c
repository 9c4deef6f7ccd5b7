/* SPDX-License-Identifier: Apache-2.0
 *
 * Inversions at a scope's end.  The detector of them judges all orders of the recording; those that
 * a thread of the scope has a part in are recorded as findings of it.  It runs under the shim's
 * lock, so that no record changes its meaning under it. */
#include "interpose/notes.h"
#include <string.h>
#include "detect/detect.h"
#include "interpose/plain.h"

/* Findings of one scope's end; there are more to be had at the next one. */
#define MOST 16u

struct basket {
	struct sn_sink sink; /* first: the sink's callback gets a pointer to it */
	uint32_t scope, count;
	struct sn_finding found[MOST];
};

static int is_of(const struct sn_finding *f, uint32_t scope)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].thread &&
		    sn_scope_is_in(sn_rec_thread(&sn_shim.recorder, f->parts[i].thread)->scope,
				   scope))
			return 1;
	return 0;
}

static void emit(struct sn_sink *sink, const struct sn_finding *f)
{
	struct basket *b = (struct basket *)sink;
	if (f->verdict == SN_REFUTED || b->count == MOST || !is_of(f, b->scope))
		return;
	b->found[b->count] = *f;
	b->count++;
}

void sn_scope_orders(struct sn_self *self, uint32_t scope)
{
	struct sn_memory *m = sn_plain_memory();
	uint32_t used = sn_shim.recorder.header->tables[SN_TABLE_DEP].used, state = self->state;
	struct sn_view v;
	struct basket *b;
	/* One order alone is in no cycle. */
	if (used < 3)
		return;
	b = m->grow(m, NULL, 0, sizeof *b);
	if (!b)
		return;
	b->sink.emit = emit;
	b->scope = scope;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		sn_recorder_view(&sn_shim.recorder, &v);
		sn_detect_order(&v, m, &b->sink);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	for (uint32_t i = 0; i < b->count; i++)
		sn_scope_tell(self, &b->found[i]);
	m->release(m, b, sizeof *b);
}
