/* SPDX-License-Identifier: Apache-2.0
 *
 * Contexts: call stacks by numbers.  A node is a call (or an access) within the node of its caller,
 * so a stack is the way from a node up.  Nodes are interned, and never freed; each thread remembers
 * those that it met last.  What the thread holds is a node within that of the access.  Where there
 * are too many stacks, an access gets one of its address alone: that room is kept back; from half
 * of that on what is held is left out. */
#include "race/tsan/front.h"

struct node {
	uintptr_t pc;
	uint32_t parent;
	uint32_t next; /* with the same hash */
};

#define KEPT_BACK (1u << 17)
#define HELD_MOST (SN_CONTEXT_MOST / 2)
#define HEADS_SHIFT 18

/* What a node's pc is, if not an address of code: the memory was freed by the access that is its
 * parent; this set was held then. */
#define FREED ((uintptr_t)1)
#define HELD (1ull << 63)
/* Above an address: the size of the access, or that it was a whole range. */
#define SIZE_SHIFT 56
#define RANGE 31u
#define ADDRESS ((1ull << SIZE_SHIFT) - 1)

static struct sn_race_lock adding;
static struct node *nodes;
static uint32_t used = 1;
static uint32_t heads[1u << HEADS_SHIFT];

static uint64_t hash_of(uint32_t parent, uintptr_t pc)
{
	return (pc ^ (uint64_t)parent << 40 ^ parent) * 0x9e3779b97f4a7c15u;
}

static uint32_t find(uint32_t node, uint32_t parent, uintptr_t pc)
{
	for (; node; node = nodes[node].next)
		if (nodes[node].pc == pc && nodes[node].parent == parent)
			return node;
	return 0;
}

static uint32_t add(uint32_t *head, uint32_t parent, uintptr_t pc)
{
	uint32_t node = find(*head, parent, pc), most = SN_CONTEXT_MOST - (parent ? KEPT_BACK : 0);
	if (node || used >= most)
		return node;
	if (!nodes && !(nodes = sn_race_map(sizeof *nodes << SN_CELL_CONTEXT_BITS)))
		return 0;
	node = used++;
	nodes[node] = (struct node){pc, parent, *head};
	/* Pairs with the load in intern. */
	__atomic_store_n(head, node, __ATOMIC_RELEASE);
	return node;
}

/* `accesses`: the code at pc does so itself, so it was compiled for us. */
static SN_RACE_SLOW uint32_t intern(uint32_t parent, uintptr_t pc, int accesses)
{
	uint32_t *head = &heads[hash_of(parent, pc) >> (64 - HEADS_SHIFT)];
	uint32_t node = find(__atomic_load_n(head, __ATOMIC_ACQUIRE), parent, pc);
	if (node)
		return node;
	sn_race_lock(&adding);
	node = add(head, parent, pc);
	if (accesses)
		sn_front_note_module(pc & ADDRESS);
	sn_race_unlock(&adding);
	return node;
}

static inline uint32_t child(struct sn_front *f, uint32_t parent, uintptr_t pc, int accesses)
{
	struct sn_node_key *k = &f->cache[hash_of(parent, pc) >> 54];
	if (sn_race_likely(k->pc == pc && k->parent == parent))
		return k->node;
	uint32_t node = intern(parent, pc, accesses);
	if (node)
		*k = (struct sn_node_key){pc, parent, node};
	return node;
}

/* The frames below the first that has a node are made to have one. */
static SN_RACE_SLOW uint32_t node_of(struct sn_front *f, struct sn_frame *top)
{
	struct sn_frame *at = top;
	while (at > f->frames && !at->node)
		at--;
	uint32_t node = at->node;
	while (at < top) {
		at++;
		f->handles |= at->pc == sn_front_restorer;
		at->node = node = child(f, node, at->pc, 0);
		if (!node)
			return 0;
	}
	return node;
}

static uint32_t with_held(struct sn_front *f, uint32_t context)
{
	uint32_t set = sn_held_now(f), held = 0;
	if (!set || !context)
		return context;
	if (used < HELD_MOST)
		held = child(f, context, HELD | set, 0);
	if (sn_race_unlikely(!held))
		sn_held_lost = 1;
	return held ? held : context;
}

static uint32_t context_of(struct sn_front *f, uintptr_t pc, int accesses, int freed)
{
	struct sn_frame *top = sn_front_top;
	f->race->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	uint32_t node = top->node ? top->node : node_of(f, top);
	uint32_t context = child(f, node, pc, accesses);
	if (sn_race_unlikely(!context))
		context = child(f, 0, pc, accesses);
	if (freed)
		context = context ? child(f, context, FREED, 0) : 0;
	if (accesses | freed)
		context = with_held(f, context);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	f->race->busy = 0;
	if (sn_race_unlikely(f->handles))
		sn_front_handler_begins(f);
	return context;
}

uint32_t sn_context(struct sn_front *f, uintptr_t pc, size_t size)
{
	return context_of(f, pc | (size <= 16 ? size : RANGE) << SIZE_SHIFT, 1, 0);
}

uint32_t sn_context_freed(struct sn_front *f, uintptr_t pc)
{
	return context_of(f, pc, 0, 1);
}

uint32_t sn_context_allocated(struct sn_front *f, uintptr_t pc)
{
	return context_of(f, pc, 0, 0);
}

void sn_context_tell(uint32_t context, uintptr_t *pcs, uint32_t most, struct sn_context_told *told)
{
	*told = (struct sn_context_told){.held_known = !sn_held_lost};
	if (!context)
		return;
	if (nodes[context].pc & HELD) {
		told->held_set = (uint32_t)nodes[context].pc;
		told->held_known = 1;
		context = nodes[context].parent;
	}
	if (nodes[context].pc == FREED) {
		told->freed = 1;
		context = nodes[context].parent;
	}
	told->size = (uint32_t)(nodes[context].pc >> SIZE_SHIFT);
	if (told->size == RANGE)
		told->size = 0;
	for (; context && told->depth < most; context = nodes[context].parent)
		pcs[told->depth++] = nodes[context].pc & ADDRESS;
}
