/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks the rings of a component.  Each ring is met from its lowest lock: (1) from there back over
 * higher locks, breadth first, every lock learns its distance to the start; (2) depth-first search
 * over shapes leaves a path that cannot close within the length limit, or that too many reasons
 * rule out; (3) a closed path goes to the judge.  The length limit grows in rounds, so that short
 * rings, which are the likely ones, are found before the work limit can be reached in a dense
 * component. */
#include <string.h>
#include "detect/order_work.h"

/* Work on one component: so much, and more for each of its shapes; a part of it for what is ruled
 * out. */
#define WORK_BASE (1u << 22)
#define WORK_PER_SHAPE 24u
#define REFUTED_SHARE 4
/* What each start may use even when little is left. */
#define START_LEAST 64

static int out_of_work(struct sn_order *o)
{
	return o->work >= o->work_end;
}

/* Distances to `start` (its own is not used) over locks above it, up to `most`; 0 is out of reach.
 * Returns the number of locks reached, all in the queue. */
static uint32_t measure(struct sn_order *o, uint32_t start, uint32_t most)
{
	uint32_t head = 0, tail = 0;
	uint32_t at = start, distance = 0;

	for (;;) {
		for (uint32_t i = o->in_first[at]; distance < most && i < o->in_first[at + 1];
		     i++) {
			uint32_t from = o->in[i];

			o->work++;
			if (from > start && !o->distance[from]) {
				o->distance[from] = distance + 1;
				o->queue[tail++] = from;
			}
		}
		if (head == tail || out_of_work(o))
			return tail;
		at = o->queue[head++];
		distance = o->distance[at];
	}
}

static void forget(struct sn_order *o, uint32_t reached)
{
	for (uint32_t i = 0; i < reached; i++)
		o->distance[o->queue[i]] = 0;
}

/* The first shape out of `lock` that does not lead below `start`. */
static uint32_t first_shape(const struct sn_order *o, uint32_t lock, uint32_t start)
{
	uint32_t low = o->out[lock], high = o->out[lock + 1];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (o->shape[middle].to < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int at_most_one(uint32_t reasons)
{
	return !(reasons & (reasons - 1));
}

/* The reasons that rule out the path of n shapes extended by shape `x`, which closes it or not. */
static uint32_t extended(struct sn_order *o, uint32_t n, uint32_t x, int closes, int refuted)
{
	const struct sn_shape *shape = &o->shape[x];
	uint32_t reasons = n ? o->path[n - 1].reasons : 0;

	if (shape->mode & SN_MODE_TRY)
		reasons |= SN_ORDER_TRYLOCK;
	if (shape->mode & SN_MODE_TIMED)
		reasons |= SN_ORDER_TIMED;
	if (shape->held_mode & SN_STEP_MADE)
		reasons |= SN_ORDER_UNKNOWN;
	if (n)
		reasons |= sn_order_passes(o, &o->shape[o->path[n - 1].shape], shape);
	if (closes && n)
		reasons |= sn_order_passes(o, shape, &o->shape[o->path[0].shape]);
	o->work += n / 8; /* a pair costs much less than a record that is new to the cache */
	for (uint32_t i = 0; i < n && (refuted ? at_most_one(reasons) : !reasons); i++)
		reasons |= sn_order_clash(o, &o->shape[o->path[i].shape], shape);
	return reasons;
}

static void enter(struct sn_order *o, uint32_t depth, uint32_t lock, uint32_t start)
{
	o->path[depth].distance = o->distance[lock];
	o->path[depth].cursor = first_shape(o, lock, start);
	o->distance[lock] = 0; /* while it is on the path it is out of reach */
}

/* All rings of least + 1 to `most` locks whose lowest is `start`. Returns 1 when it was cut off. */
static int walk(struct sn_order *o, uint32_t start, uint32_t least, uint32_t most, int refuted)
{
	uint32_t depth = 0, lock = start;

	enter(o, 0, start, start);
	while (!out_of_work(o)) {
		struct sn_path *at = &o->path[depth];
		uint32_t x = at->cursor++;
		uint32_t to, n = depth + 1;

		if (x >= o->out[lock + 1] || (n == most && o->shape[x].to != start)) {
			o->distance[lock] = at->distance;
			if (!depth--)
				return 0;
			lock = o->shape[o->path[depth].shape].from;
			continue;
		}
		o->work++;
		to = o->shape[x].to;
		if (to == start ? n <= least : !o->distance[to] || n + o->distance[to] > most)
			continue;
		at->shape = x;
		at->reasons = extended(o, depth, x, to == start, refuted);
		if (refuted ? !at_most_one(at->reasons) : at->reasons != 0)
			continue;
		if (to == start) {
			sn_order_judge(o, n, at->reasons, refuted);
		} else {
			enter(o, ++depth, to, start);
			lock = to;
		}
	}
	/* The locks on the path are in the queue, so `forget` sees to them. */
	return 1;
}

/* One start in one round. Returns 1 when it was cut off. */
static int search_start(struct sn_order *o, uint32_t start, uint32_t least, uint32_t most,
			int refuted)
{
	uint32_t reached = measure(o, start, most - 1);
	int cut = 0;

	if (reached)
		cut = walk(o, start, least, most, refuted);
	forget(o, reached);
	return cut;
}

static uint32_t next_limit(uint32_t limit)
{
	if (limit < 4)
		return limit + 1;
	return limit < UINT32_MAX / 2 ? 2 * limit - 2 : UINT32_MAX;
}

/* Searches the listed starts, each with an equal share of what is left up to `end`. Keeps those
 * that were cut off in the list and returns their number. */
static uint32_t sweep(struct sn_order *o, uint32_t count, uint32_t least, uint32_t most,
		      int refuted, uint64_t end)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t share = o->work < end ? (end - o->work) / (count - i) : 0;
		uint32_t start = o->start[i];

		o->work_end = o->work + (share > START_LEAST ? share : START_LEAST);
		if (search_start(o, start, least, most, refuted))
			o->start[kept++] = start;
	}
	return kept;
}

/* One length limit over all starts. Most need next to nothing, so what they leave goes to those
 * that were cut off, as long as it gives them a good deal more. Returns 1 when some still were. */
static int search_round(struct sn_order *o, uint32_t component, uint32_t least, uint32_t most,
			int refuted, uint64_t end)
{
	const uint32_t *first = &o->graph.member_first[component];
	uint32_t count = first[1] - first[0];
	uint64_t share = 0;

	memcpy(o->start, &o->graph.member[first[0]], count * sizeof(*o->start));
	while (count && o->work < end && (end - o->work) / count > 2 * share) {
		share = (end - o->work) / count;
		count = sweep(o, count, least, most, refuted, end);
	}
	return count != 0;
}

static uint64_t shapes_of(const struct sn_order *o, uint32_t component)
{
	uint64_t sum = 0;

	for (uint32_t i = o->graph.member_first[component];
	     i < o->graph.member_first[component + 1]; i++)
		sum += o->out[o->graph.member[i] + 1] - o->out[o->graph.member[i]];
	return sum;
}

void sn_order_search(struct sn_order *o, uint32_t component, int refuted)
{
	uint32_t size = o->graph.member_first[component + 1] - o->graph.member_first[component];
	uint64_t work = WORK_BASE + WORK_PER_SHAPE * shapes_of(o, component);
	uint64_t end = o->work + (refuted ? work / REFUTED_SHARE : work);
	uint32_t least = 1, most = 2;
	int cut = 0;

	o->component_end = end;
	while (least < size && o->work < end) {
		/* Most of the rest for each round but the last, so that one that is too dense
		 * leaves something for longer rings. */
		uint64_t part = most < size ? (end - o->work) / 4 * 3 : end - o->work;

		cut |= search_round(o, component, least, most < size ? most : size, refuted,
				    o->work + part);
		least = most;
		most = next_limit(most);
	}
	/* Rounds that were never begun are cut off, too. */
	if (cut || least < size)
		o->cut++;
}
