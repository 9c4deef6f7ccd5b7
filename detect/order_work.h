/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the lock-order detector (detect/order*.c) share; nobody else includes it.
 *
 * A step is one held lock of one dependency: `thread` wanted `to` while it held `from`.  Steps that
 * differ only in thread and stacks form a shape, so that a hundred workers running the same code
 * are searched once.  A ring is a cycle of locks, named by its lock indices from the lowest on. */
#ifndef SN_DETECT_ORDER_WORK_H
#define SN_DETECT_ORDER_WORK_H

#include "detect/detect.h"
#include "graph/happens.h"
#include "graph/order.h"

#define SN_ORDER_LOCKS_MOST (1u << 24) /* as in tables.def */
#define SN_ORDER_EDGES_MOST (1u << 25) /* bounds memory on a corrupted recording */
#define SN_ORDER_LARGE_MOST (1u << 21) /* entries of large held sets, which share them */
#define SN_ORDER_VARIANTS 16           /* stack variants reported of one ring */

/* Why a candidate is ruled out: bits, so that "only one reason" can be seen. */
enum {
	SN_ORDER_SAME_THREAD = 1,
	SN_ORDER_GATE = 2,
	SN_ORDER_ORDERED = 4,
	SN_ORDER_TRYLOCK = 8,
	SN_ORDER_TIMED = 16,
	SN_ORDER_READERS = 32,
	SN_ORDER_BARRIER = 64,
	SN_ORDER_CREATED = 128,
	SN_ORDER_UNKNOWN = 256,
	SN_ORDER_APART = 512, /* not ruled out, but in doubt: see order_sections.c */
};

/* Of a step's held_mode, beside SN_MODE_…: nobody else could know the lock held; or so it looks. */
#define SN_STEP_MADE 64u
#define SN_STEP_BORN 128u
#define SN_STEP_EVIDENCE (SN_STEP_MADE | SN_STEP_BORN)

struct sn_step {
	uint32_t from;
	uint32_t to;
	uint32_t set; /* the whole held set */
	uint8_t mode; /* in which `to` is wanted */
	uint8_t held_mode;
	uint8_t passed; /* gates of its thread: see sn_dep_rec */
	uint8_t reads;  /* it was made under a read lock of an rwlock that is also written */
	uint32_t thread;
	uint32_t epoch;
	uint32_t want_stack;
	uint32_t held_stack;
	uint32_t dep;
	struct sn_phases phases;
};

/* The steps [first .. first + count) agree in everything down to held_mode. */
struct sn_shape {
	uint32_t from;
	uint32_t to;
	uint32_t set;
	uint32_t first;
	uint32_t count;
	uint32_t thread; /* of all steps; 0 where they differ */
	uint8_t mode;
	uint8_t held_mode;
};

/* A held set: ascending items, each lock << 1 | held for reading. The hash comes first: see
 * sn_index. */
struct sn_held_set {
	uint64_t hash;
	uint64_t sketch; /* a bit for each lock: no common bit, no common lock */
	uint32_t first;
	uint32_t count;
};

struct sn_ring {
	uint64_t hash; /* stands for the ring: two different ones with one hash would be told as one
			*/
	uint64_t variant[SN_ORDER_VARIANTS]; /* hashes of the stacks told so far */
	uint32_t variant_count;              /* not 0: the ring stands */
	uint32_t refuted;                    /* reasons told so far */
};

/* A hash index over an array of records that begin with their 64-bit hash; ids start at 1. */
struct sn_index {
	uint32_t *slot;
	uint32_t size; /* a power of two, or 0 */
};

enum sn_order_block {
	SN_BLOCK_GRAPH,
	SN_BLOCK_HAPPENS,
	SN_BLOCK_FOUND, /* steps as they were found */
	SN_BLOCK_STEP,  /* steps by (from, to, …) */
	SN_BLOCK_SHAPE,
	SN_BLOCK_OUT,
	SN_BLOCK_IN_FIRST,
	SN_BLOCK_IN,
	SN_BLOCK_KEYS,
	SN_BLOCK_ITEM,
	SN_BLOCK_SET,
	SN_BLOCK_SET_INDEX,
	SN_BLOCK_RING,
	SN_BLOCK_RING_INDEX,
	SN_BLOCK_DISTANCE,
	SN_BLOCK_QUEUE,
	SN_BLOCK_START,
	SN_BLOCK_PATH,
	SN_BLOCK_PICK,
	SN_BLOCK_PLACES,
	SN_BLOCK_COUNT
};

/* One lock of the path that the search is on. */
struct sn_path {
	uint32_t shape;    /* the step out of it */
	uint32_t cursor;   /* next shape to try out of it */
	uint32_t distance; /* saved: see order_search.c */
	uint32_t reasons;  /* that rule out the path up to here */
};

/* One step of a candidate. */
struct sn_pick {
	uint32_t cursor;
	uint32_t reasons;
};

struct sn_order {
	const struct sn_view *view;
	struct sn_memory *memory;
	struct sn_sink *sink;
	uint32_t cut;           /* searches cut off */
	uint64_t work;          /* done so far, in looked-at records */
	uint64_t work_end;      /* of the running search */
	uint64_t component_end; /* the same of all searches of the component */
	struct sn_lock_graph graph;
	struct sn_happens happens;
	struct sn_step *found;
	struct sn_step *step;
	uint32_t step_count;
	uint32_t large; /* entries of large held sets looked at */
	int large_by_ends;
	struct sn_shape *shape;
	uint32_t shape_count;
	uint32_t *out;      /* shapes out of lock l: out[l] .. out[l + 1], by `to` */
	uint32_t *in_first; /* locks with an edge to l: in[in_first[l] .. in_first[l + 1]) */
	uint32_t *in;
	uint32_t *item;
	uint32_t item_count;
	struct sn_held_set *set; /* from 1 */
	uint32_t set_count;
	struct sn_index set_index;
	struct sn_ring *ring; /* from 1 */
	uint32_t ring_count;
	struct sn_index ring_index;
	uint32_t *distance;
	uint32_t *queue;
	uint32_t *start; /* locks to search from */
	uint32_t place_count;
	uint32_t *place; /* by stack: locks that were born there, and whether others were taken */
	struct sn_path *path;
	struct sn_pick *pick;
	struct {
		void *p;
		size_t size;
	} block[SN_BLOCK_COUNT];
	struct sn_finding finding;
};

/* order.c: working memory. At least `size` bytes in that block, what it held kept, the rest zero;
 * NULL where there is no memory. Everything is given back when the detector returns. */
void *sn_order_room(struct sn_order *o, enum sn_order_block block, size_t size);

static inline uint64_t sn_order_mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * 0x9e3779b97f4a7c15u;
	h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93u;
	return h ^ (h >> 29);
}

/* A hash begins far from the small indices that follow, which else could cancel their number. */
static inline uint64_t sn_order_hash(uint32_t count)
{
	return sn_order_mix(0x243f6a8885a308d3u, count);
}

/* order_sort.c */
void sn_order_sort_steps(struct sn_step *step, uint32_t count);
void sn_order_sort_keys(uint32_t *key, uint32_t count);

/* order_steps.c: finds the components and fills everything from `step` to `set`. Returns 0 or
 * -ENOMEM. */
int sn_order_collect(struct sn_order *o);

/* order_sets.c: the id of the held set of a dependency, 0 where there is no memory. */
uint32_t sn_order_intern(struct sn_order *o, uint32_t held_first, uint32_t held_count);

/* A lock that two held sets share and that keeps them from being held at once, or 0. */
uint32_t sn_order_gate(struct sn_order *o, uint32_t set_a, uint32_t set_b);

/* Makes room for one more record in an index. Returns 0 or -ENOMEM. */
int sn_order_index_room(struct sn_order *o, struct sn_index *index, enum sn_order_block block,
			const void *records, size_t record_size, uint32_t count);

/* order_barrier.c: whether barriers keep the two steps, of different threads, from ever
 * overlapping.
 */
int sn_order_barrier(const struct sn_order *o, const struct sn_step *a, const struct sn_step *b);

/* order_evidence.c: whether one of the steps, of different threads, was made under a lock that the
 * other one's thread was created under, and had to get first. */
int sn_order_created(const struct sn_order *o, const struct sn_step *a, const struct sn_step *b);

/* order_sections.c: whether the step was made under a read lock of an rwlock that is also written;
 * the rwlock whose write locks may keep two such steps apart, or 0. */
int sn_order_reads(const struct sn_order *o, const struct sn_step *s);
uint32_t sn_order_apart(const struct sn_order *o, const struct sn_step *a, const struct sn_step *b);

/* Whether nobody else could know the lock held, or (SN_STEP_BORN) it looks so: the bits of a step's
 * held_mode.  sn_order_places must have been called, with all dependencies to look at. */
uint32_t sn_order_unknown(const struct sn_order *o, const struct sn_held *held);
int sn_order_places(struct sn_order *o, uint32_t dep_count);

/* order_search.c: looks for all rings of a component that stand, or that one reason rules out. */
void sn_order_search(struct sn_order *o, uint32_t component, int refuted);

/* order_judge.c: the path's n shapes close a ring and `reasons` rule it out whatever the threads:
 * looks for threads and stacks that stand, or are ruled out by one reason, and emits them. */
void sn_order_judge(struct sn_order *o, uint32_t n, uint32_t reasons, int refuted);

/* Reasons that `b` in one ring with `a`, and reasons that `a` before `b` in it, are ruled out
 * whatever the threads. */
uint32_t sn_order_clash(struct sn_order *o, const struct sn_shape *a, const struct sn_shape *b);
uint32_t sn_order_passes(struct sn_order *o, const struct sn_shape *a, const struct sn_shape *b);

#endif
