/* SPDX-License-Identifier: Apache-2.0
 *
 * The lock-order graph and its strongly connected components: R. Tarjan, "Depth-first search and
 * linear graph algorithms" (1972), without recursion.  (1) Number the vertices in the order in
 * which they are reached; (2) `low` of a vertex is the least number reachable from below it; (3) a
 * vertex whose `low` is its own number closes a component, which lies above it on the stack of open
 * ones. A detector that keeps an order up to date edge by edge (Pearce and Kelly 2006) would pay
 * for each edge as it comes; here all edges are known, and one pass over them is cheaper. */
#include "graph/order.h"

#define ARRAYS 9
#define CLOSED UINT32_MAX

size_t sn_lock_graph_size(uint32_t count, uint32_t edge_count)
{
	return (ARRAYS * ((size_t)count + 2) + edge_count) * sizeof(uint32_t);
}

void sn_lock_graph_init(struct sn_lock_graph *g, void *memory, uint32_t count, uint32_t edge_count)
{
	uint32_t *at = memory;
	uint32_t **arrays[ARRAYS] = {&g->first,        &g->cursor, &g->component,
				     &g->member_first, &g->member, &g->number,
				     &g->low,          &g->open,   &g->calls};

	*g = (struct sn_lock_graph){.count = count, .edge_count = edge_count};
	for (uint32_t i = 0; i < ARRAYS; i++, at += (size_t)count + 2)
		*arrays[i] = at;
	g->to = at;
}

void sn_lock_graph_count(struct sn_lock_graph *g, uint32_t from)
{
	if (from && from < g->count)
		g->first[from + 1]++;
}

void sn_lock_graph_start(struct sn_lock_graph *g)
{
	for (uint32_t v = 0; v < g->count; v++) {
		uint64_t end = (uint64_t)g->first[v] + g->first[v + 1];

		g->first[v + 1] = end < g->edge_count ? (uint32_t)end : g->edge_count;
		g->cursor[v] = g->first[v];
	}
}

void sn_lock_graph_add(struct sn_lock_graph *g, uint32_t from, uint32_t to)
{
	if (!from || from >= g->count || !to || to >= g->count || from == to)
		return;
	if (g->cursor[from] < g->first[from + 1])
		g->to[g->cursor[from]++] = to;
}

/* Takes the component that `root` closes off the stack; only one with a second vertex is numbered.
 */
static uint32_t close_component(struct sn_lock_graph *g, uint32_t root, uint32_t open_count)
{
	int alone = g->open[open_count - 1] == root;
	uint32_t v;

	if (!alone)
		g->component_count++;
	do {
		v = g->open[--open_count];
		g->number[v] = CLOSED;
		g->component[v] = alone ? 0 : g->component_count;
	} while (v != root);
	return open_count;
}

static void lower(struct sn_lock_graph *g, uint32_t v, uint32_t value)
{
	if (value < g->low[v])
		g->low[v] = value;
}

/* Searches everything that is reachable from `root` and not yet numbered; `next` is the next
 * number. */
static uint32_t search_from(struct sn_lock_graph *g, uint32_t root, uint32_t next)
{
	uint32_t call_count = 0, open_count = 0;
	uint32_t enter = root;

	for (;;) {
		uint32_t v;

		if (enter) {
			g->number[enter] = g->low[enter] = next++;
			g->open[open_count++] = enter;
			g->calls[call_count++] = enter;
			enter = 0;
		}
		v = g->calls[call_count - 1];
		if (g->first[v] < g->cursor[v]) {
			/* Edges are taken from the back, so that `cursor` shrinks to `first`. */
			uint32_t w = g->to[--g->cursor[v]];

			if (!g->number[w])
				enter = w;
			else if (g->number[w] != CLOSED)
				lower(g, v, g->number[w]);
			continue;
		}
		if (g->low[v] == g->number[v])
			open_count = close_component(g, v, open_count);
		if (--call_count == 0)
			return next;
		/* A closed one has its `low` above its parent's: no need to tell them apart. */
		lower(g, g->calls[call_count - 1], g->low[v]);
	}
}

static void list_members(struct sn_lock_graph *g)
{
	for (uint32_t v = 1; v < g->count; v++)
		if (g->component[v])
			g->member_first[g->component[v] + 1]++;
	for (uint32_t c = 0; c <= g->component_count; c++) {
		g->member_first[c + 1] += g->member_first[c];
		g->cursor[c] = g->member_first[c];
	}
	for (uint32_t v = 1; v < g->count; v++)
		if (g->component[v])
			g->member[g->cursor[g->component[v]]++] = v;
}

void sn_lock_graph_components(struct sn_lock_graph *g)
{
	uint32_t next = 1;

	for (uint32_t v = 1; v < g->count; v++)
		if (!g->number[v])
			next = search_from(g, v, next);
	list_members(g);
}
