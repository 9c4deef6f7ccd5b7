/* SPDX-License-Identifier: Apache-2.0
 *
 * The lock-order graph: an edge A -> B says that somebody wanted B while holding A.  Its strongly
 * connected components of two locks or more are the only places where a ring can be: in a program
 * with one consistent order there are none, and nothing more is looked at.
 *
 * It is made in one go from a whole recording: count every edge, start, add every edge again, find
 * the components.  The second time round fewer or other edges may come, as they do from a live
 * process: what has no room is dropped.  Memory comes from the caller; nothing is freed. */
#ifndef SN_GRAPH_ORDER_H
#define SN_GRAPH_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct sn_lock_graph {
	uint32_t count;      /* vertices, "none" included: valid ones are 1 .. count-1 */
	uint32_t edge_count; /* room for edges */
	uint32_t *first;     /* edges of v: to[first[v] .. first[v + 1]) */
	uint32_t *cursor;    /* how far each vertex is filled, and later how far it is searched */
	uint32_t *component; /* by vertex: its component, or 0 where it is alone in one */
	uint32_t component_count; /* components are 1 .. component_count */
	uint32_t *member_first; /* vertices of c: member[member_first[c] .. member_first[c + 1]) */
	uint32_t *member;       /* ascending within each component */
	uint32_t *number;       /* working arrays of the search */
	uint32_t *low;
	uint32_t *open;
	uint32_t *calls;
	uint32_t *to;
};

/* Bytes of zeroed memory that a graph of that size needs. */
size_t sn_lock_graph_size(uint32_t count, uint32_t edge_count);

void sn_lock_graph_init(struct sn_lock_graph *g, void *memory, uint32_t count, uint32_t edge_count);

/* First time round. */
void sn_lock_graph_count(struct sn_lock_graph *g, uint32_t from);
void sn_lock_graph_start(struct sn_lock_graph *g);

/* Second time round. */
void sn_lock_graph_add(struct sn_lock_graph *g, uint32_t from, uint32_t to);

/* Fills component, component_count, member_first and member. */
void sn_lock_graph_components(struct sn_lock_graph *g);

#endif
