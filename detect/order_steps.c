/* SPDX-License-Identifier: Apache-2.0
 *
 * From the dependencies of a recording to the steps that may be part of a ring: (1) the lock-order
 * graph of all dependencies and its components; (2) a step for each held lock in the same component
 * as the lock wanted; (3) steps sorted and grouped into shapes.  The recording may be growing or
 * corrupted: what the search needs is copied out once, checked. */
#include <errno.h>
#include "detect/order_work.h"

/* The part of a dependency's held set that lies in the table. */
static uint32_t held_length(const struct sn_order *o, const struct sn_dep_rec *d)
{
	uint32_t end = sn_view_count(o->view, SN_TABLE_HELD);

	if (!d->held_first || d->held_first >= end)
		return 0;
	return d->held_count < end - d->held_first ? d->held_count : end - d->held_first;
}

/* Copies dependency `i`; 0 where it cannot be part of a ring. */
static int get_dep(const struct sn_order *o, uint32_t i, struct sn_dep_rec *d)
{
	*d = *sn_view_dep(o->view, i);
	d->held_count = held_length(o, d);
	return d->thread && d->thread < o->happens.count && d->lock && d->lock < o->graph.count;
}

/* Edges of large held sets up to which all are edges of the graph. Above that the oldest and the
 * newest locks of such a set are: what lies between was itself taken under its neighbour, so what
 * can be reached is the same, and only components are asked of the graph. */
#define FULL_MOST (1u << 22)
#define ENDS 8u

static int is_large(const struct sn_order *o, const struct sn_dep_rec *d)
{
	return o->large_by_ends && d->held_count > SN_DEP_MANY;
}

/* The held lock from the i-th on that is an edge. */
static uint32_t next_edge(const struct sn_order *o, const struct sn_dep_rec *d, uint32_t i)
{
	uint32_t found = 0, at = d->held_count;

	if (!is_large(o, d) || i != ENDS)
		return i;
	while (at > d->held_count - SN_DEP_MANY && found < ENDS)
		found += sn_view_held(o->view, d->held_first + --at)->lock != 0;
	return at > ENDS ? at : ENDS;
}

static uint32_t edges_of(const struct sn_order *o, const struct sn_dep_rec *d)
{
	return is_large(o, d) ? ENDS + SN_DEP_MANY : d->held_count;
}

static void measure_large(struct sn_order *o)
{
	uint64_t all = 0;
	struct sn_dep_rec d;

	for (uint32_t i = 1; i < sn_view_count(o->view, SN_TABLE_DEP); i++)
		if (get_dep(o, i, &d) && d.held_count > SN_DEP_MANY)
			all += d.held_count;
	o->large_by_ends = all > FULL_MOST;
}

/* How many dependencies, and so how many edges, are looked at: all, or as many as there is room
 * for. */
static uint32_t count_edges(struct sn_order *o, uint32_t *edge_count)
{
	uint32_t count = sn_view_count(o->view, SN_TABLE_DEP);
	struct sn_dep_rec d;

	*edge_count = 0;
	measure_large(o);
	for (uint32_t i = 1; i < count; i++) {
		if (!get_dep(o, i, &d))
			continue;
		if (edges_of(o, &d) > SN_ORDER_EDGES_MOST - *edge_count) {
			o->cut++;
			return i;
		}
		*edge_count += edges_of(o, &d);
	}
	return count;
}

static void each_edge(struct sn_order *o, uint32_t dep_count, int second)
{
	struct sn_dep_rec d;

	for (uint32_t i = 1; i < dep_count; i++) {
		if (!get_dep(o, i, &d))
			continue;
		for (uint32_t h = 0; h < d.held_count; h++) {
			h = next_edge(o, &d, h);
			uint32_t from = sn_view_held(o->view, d.held_first + h)->lock;

			if (second)
				sn_lock_graph_add(&o->graph, from, d.lock);
			else
				sn_lock_graph_count(&o->graph, from);
		}
	}
}

/* Returns the number of dependencies to look at, 0 where there is no memory. */
static uint32_t make_graph(struct sn_order *o)
{
	uint32_t locks = o->graph.count, edges;
	uint32_t deps = count_edges(o, &edges);
	void *memory = sn_order_room(o, SN_BLOCK_GRAPH, sn_lock_graph_size(locks, edges));

	if (!memory)
		return 0;
	sn_lock_graph_init(&o->graph, memory, locks, edges);
	each_edge(o, deps, 0);
	sn_lock_graph_start(&o->graph);
	each_edge(o, deps, 1);
	sn_lock_graph_components(&o->graph);
	return deps;
}

static int add_step(struct sn_order *o, const struct sn_step *s)
{
	o->found = sn_order_room(o, SN_BLOCK_FOUND, (o->step_count + (size_t)1) * sizeof(*s));
	if (!o->found)
		return -ENOMEM;
	o->found[o->step_count++] = *s;
	return 0;
}

/* Large sets share what they are made of, so a small recording may have many of them. */
static int can_afford(struct sn_order *o, const struct sn_dep_rec *d)
{
	if (d->held_count <= SN_DEP_MANY)
		return 1;
	if (d->held_count > SN_ORDER_LARGE_MOST - o->large) {
		o->cut++;
		return 0;
	}
	o->large += d->held_count;
	return 1;
}

static int add_dep(struct sn_order *o, uint32_t i, const struct sn_dep_rec *d)
{
	uint32_t component = o->graph.component[d->lock];
	struct sn_step s = {.to = d->lock,
			    .mode = (uint8_t)d->mode,
			    .thread = d->thread,
			    .epoch = d->epoch,
			    .want_stack = d->stack,
			    .passed = (uint8_t)(d->mode >> SN_DEP_PASSED_SHIFT),
			    .dep = i,
			    .phases = d->phases};

	if (component && !can_afford(o, d))
		return 0;
	s.reads = component && sn_order_reads(o, &s);
	for (uint32_t h = 0; component && h < d->held_count; h++) {
		struct sn_held held = *sn_view_held(o->view, d->held_first + h);

		if (!held.lock || held.lock >= o->graph.count || held.lock == d->lock ||
		    o->graph.component[held.lock] != component)
			continue;
		if (!s.set)
			s.set = sn_order_intern(o, d->held_first, d->held_count);
		s.from = held.lock;
		s.held_mode =
			(uint8_t)((held.mode & ~SN_STEP_EVIDENCE) | sn_order_unknown(o, &held));
		s.held_stack = held.stack;
		if (!s.set || add_step(o, &s))
			return -ENOMEM;
	}
	return 0;
}

/* Steps by `from`, each group sorted: a counting sort, then each group in its place. */
static int sort_steps(struct sn_order *o)
{
	uint32_t locks = o->graph.count;
	uint32_t *end;

	o->step = sn_order_room(o, SN_BLOCK_STEP, (o->step_count + (size_t)1) * sizeof(*o->step));
	end = sn_order_room(o, SN_BLOCK_OUT, (locks + (size_t)2) * sizeof(*end));
	if (!o->step || !end)
		return -ENOMEM;
	for (uint32_t i = 0; i < o->step_count; i++)
		end[o->found[i].from + 1]++;
	for (uint32_t l = 0; l <= locks; l++)
		end[l + 1] += end[l];
	for (uint32_t i = 0; i < o->step_count; i++)
		o->step[end[o->found[i].from]++] = o->found[i];
	/* Each start has moved to its end, which is the start of the next. */
	for (uint32_t l = 1; l < locks; l++)
		sn_order_sort_steps(&o->step[end[l - 1]], end[l] - end[l - 1]);
	return 0;
}

static int same_shape(const struct sn_shape *a, const struct sn_step *s)
{
	return a->from == s->from && a->to == s->to && a->set == s->set && a->mode == s->mode &&
	       a->held_mode == s->held_mode;
}

static int make_shapes(struct sn_order *o)
{
	struct sn_shape *at = NULL;

	o->shape = sn_order_room(o, SN_BLOCK_SHAPE, (o->step_count + (size_t)1) * sizeof(*at));
	if (!o->shape)
		return -ENOMEM;
	for (uint32_t i = 0; i < o->step_count; i++) {
		const struct sn_step *s = &o->step[i];

		if (!at || !same_shape(at, s)) {
			at = &o->shape[o->shape_count++];
			*at = (struct sn_shape){.from = s->from,
						.to = s->to,
						.set = s->set,
						.first = i,
						.thread = s->thread,
						.mode = s->mode,
						.held_mode = s->held_mode};
		}
		at->count++;
		if (at->thread != s->thread)
			at->thread = 0;
	}
	return 0;
}

static int new_edge(const struct sn_order *o, uint32_t i)
{
	return i == 0 || o->shape[i].from != o->shape[i - 1].from ||
	       o->shape[i].to != o->shape[i - 1].to;
}

/* Which shapes leave a lock, and which locks have an edge to it. */
static int index_shapes(struct sn_order *o)
{
	uint32_t locks = o->graph.count;

	o->out = o->block[SN_BLOCK_OUT].p;
	o->in = sn_order_room(o, SN_BLOCK_IN, (o->shape_count + (size_t)1) * sizeof(*o->in));
	o->in_first = sn_order_room(o, SN_BLOCK_IN_FIRST, (locks + (size_t)2) * sizeof(*o->in));
	if (!o->in || !o->in_first)
		return -ENOMEM;
	for (uint32_t l = 0; l <= locks + 1; l++)
		o->out[l] = 0;
	for (uint32_t i = 0; i < o->shape_count; i++) {
		o->out[o->shape[i].from + 1]++;
		o->in_first[o->shape[i].to] += (uint32_t)new_edge(o, i);
	}
	for (uint32_t l = 0; l <= locks; l++) {
		o->out[l + 1] += o->out[l];
		o->in_first[l + 1] += o->in_first[l];
	}
	/* in_first holds ends now; filling from the back turns them into starts. */
	for (uint32_t i = o->shape_count; i-- > 0;)
		if (new_edge(o, i))
			o->in[--o->in_first[o->shape[i].to]] = o->shape[i].from;
	return 0;
}

int sn_order_collect(struct sn_order *o)
{
	uint32_t deps = make_graph(o);
	struct sn_dep_rec d;

	if (!deps)
		return -ENOMEM;
	if (!o->graph.component_count)
		return 0;
	if (sn_order_places(o, deps))
		return -ENOMEM;
	for (uint32_t i = 1; i < deps; i++)
		if (get_dep(o, i, &d) && add_dep(o, i, &d))
			return -ENOMEM;
	if (sort_steps(o) || make_shapes(o))
		return -ENOMEM;
	return index_shapes(o);
}
