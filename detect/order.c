/* SPDX-License-Identifier: Apache-2.0
 *
 * lock-order-inversion: which cycles of lock orders can become a deadlock in another schedule of
 * the same run.  (1) order_steps.c finds the strongly connected components of the lock-order graph,
 * where alone a cycle can be, and the steps inside them; (2) order_search.c walks the rings of each
 * component, short ones first, and leaves a path as soon as something rules it out;
 * (3) order_judge.c picks threads and stacks for a ring and emits it.
 *
 * The conditions on the steps of a cycle are those of iGoodLock (Joshi et al., PLDI 2009) with the
 * must-happen order; that equal steps of many threads are searched once follows Magiclock (Cai and
 * Chan, TSE 2014).  All memory is working memory; all work is bounded. */
#include <stddef.h>
#include "detect/order_work.h"

/* Looked-at records of all searches together: a second or two at worst. */
#define WORK_MOST (1u << 26)
#define BLOCK_LEAST 4096

void *sn_order_room(struct sn_order *o, enum sn_order_block block, size_t size)
{
	size_t old = o->block[block].size;
	size_t more = old ? old : BLOCK_LEAST;
	void *p = o->block[block].p;

	if (size <= old)
		return p;
	while (more < size)
		more = more > size / 2 ? size + size / 4 : more * 2;
	p = o->memory->grow(o->memory, p, old, more);
	if (p) {
		o->block[block].p = p;
		o->block[block].size = more;
	}
	return p;
}

static void release(struct sn_order *o)
{
	for (int i = 0; i < SN_BLOCK_COUNT; i++)
		if (o->block[i].p)
			o->memory->release(o->memory, o->block[i].p, o->block[i].size);
}

static int prepare(struct sn_order *o)
{
	void *memory = sn_order_room(o, SN_BLOCK_HAPPENS, sn_happens_size(o->view));

	if (!memory)
		return -1;
	sn_happens_init(&o->happens, o->view, memory);
	o->graph.count = sn_view_count(o->view, SN_TABLE_LOCK);
	if (o->graph.count > SN_ORDER_LOCKS_MOST)
		o->graph.count = SN_ORDER_LOCKS_MOST;
	return sn_order_collect(o);
}

/* Room for the search: by lock, and by depth of the deepest path, which is the largest component.
 */
static int prepare_search(struct sn_order *o)
{
	size_t locks = o->graph.count + (size_t)1;

	o->distance = sn_order_room(o, SN_BLOCK_DISTANCE, locks * sizeof(*o->distance));
	o->queue = sn_order_room(o, SN_BLOCK_QUEUE, locks * sizeof(*o->queue));
	o->start = sn_order_room(o, SN_BLOCK_START, locks * sizeof(*o->start));
	o->path = sn_order_room(o, SN_BLOCK_PATH, locks * sizeof(*o->path));
	o->pick = sn_order_room(o, SN_BLOCK_PICK, locks * sizeof(*o->pick));
	return o->distance && o->queue && o->start && o->path && o->pick ? 0 : -1;
}

/* Cycles that stand come first and have most of the work; a search of the others that is cut off is
 * not counted, since it can only miss what is ruled out. */
static void search(struct sn_order *o)
{
	uint32_t cut;

	for (uint32_t c = 1; c <= o->graph.component_count && o->work < WORK_MOST; c++)
		sn_order_search(o, c, 0);
	if (o->work >= WORK_MOST)
		o->cut++;
	cut = o->cut;
	o->work = 0;
	for (uint32_t c = 1; c <= o->graph.component_count && o->work < WORK_MOST / 4; c++)
		sn_order_search(o, c, 1);
	o->cut = cut;
}

uint32_t sn_detect_order(const struct sn_view *v, struct sn_memory *m, struct sn_sink *sink)
{
	struct sn_order o = {.view = v, .memory = m, .sink = sink};

	if (sn_view_count(v, SN_TABLE_DEP) <= 1)
		return 0;
	if (prepare(&o))
		o.cut++;
	else if (o.shape_count && prepare_search(&o))
		o.cut++;
	else if (o.shape_count)
		search(&o);
	release(&o);
	sink->cut += o.cut;
	return o.cut;
}
