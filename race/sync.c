/* SPDX-License-Identifier: Apache-2.0
 *
 * See sync.h.  A list of objects belongs to each 256 bytes of the program's memory, whose shadow
 * has its head.  An object's clock lies in a block of the smallest size that will do.
 *
 * C11's release sequences: a read-modify-write, of any order, leaves what was released before it in
 * place; so does a store by a thread that is among those which released it (C++20 no longer
 * promises that, but C11 programs may rely on it). Any other store ends them. */
#include "race/sync.h"
#include <string.h>
#include "race/shadow.h"

struct sn_sync {
	uint32_t next; /* first: see struct sn_race_pool */
	uint32_t count;
	uintptr_t address;
	uint32_t class; /* of its block, see classes */
	uint32_t block;
	/* Who released last, and at what time of its own; it released all that there is if `whole`.
	 */
	uint32_t slot;
	uint32_t clock;
	uint32_t whole;
	uint64_t releasers; /* by the low bits of their slots */
};

static struct sn_race_pool objects = SN_RACE_POOL(sizeof(struct sn_sync), 1u << 24);

#define CLASSES 10
#define CLOCKS(n, most) SN_RACE_POOL((n)*4, most)
static struct sn_race_pool classes[CLASSES] = {
	CLOCKS(8, 1u << 24),    CLOCKS(16, 1u << 23),   CLOCKS(32, 1u << 22),
	CLOCKS(64, 1u << 21),   CLOCKS(128, 1u << 20),  CLOCKS(256, 1u << 19),
	CLOCKS(512, 1u << 18),  CLOCKS(1024, 1u << 17), CLOCKS(2048, 1u << 16),
	CLOCKS(4096, 1u << 15),
};

#define STRIPES 1024
static struct sn_race_lock stripes[STRIPES];

static struct sn_race_lock *lock_of(uintptr_t address)
{
	return &stripes[((address >> SN_SYNC_SHIFT) * 0x9e3779b97f4a7c15u) >> 54];
}

static int begin(struct sn_race_thread *t, uintptr_t address)
{
	if (sn_race_unlikely(t->busy))
		return 0;
	t->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_race_lock(lock_of(address));
	return 1;
}

static void end(struct sn_race_thread *t, uintptr_t address)
{
	sn_race_unlock(lock_of(address));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->busy = 0;
}

static uint32_t *head_of(struct sn_leaf *leaf, uintptr_t address)
{
	return &leaf->syncs[(address & (SN_LEAF_BYTES - 1)) >> SN_SYNC_SHIFT];
}

static struct sn_sync *object(uint32_t number)
{
	return sn_race_pool_at(&objects, number);
}

static struct sn_sync *find(uintptr_t address)
{
	struct sn_leaf *leaf = sn_shadow_leaf(address);
	for (uint32_t i = leaf ? *head_of(leaf, address) : 0; i; i = object(i)->next)
		if (object(i)->address == address)
			return object(i);
	return NULL;
}

static struct sn_sync *make(uintptr_t address)
{
	struct sn_leaf *leaf = sn_shadow_leaf_make(address);
	uint32_t number = leaf ? sn_race_pool_take(&objects) : 0;
	if (!number) {
		sn_race_stop();
		return NULL;
	}
	uint32_t *head = head_of(leaf, address);
	*object(number) = (struct sn_sync){.next = *head, .address = address};
	*head = number;
	__atomic_store_n(&leaf->has_syncs, 1, __ATOMIC_RELAXED);
	return object(number);
}

static uint32_t *clock_of(const struct sn_sync *s)
{
	return sn_race_pool_at(&classes[s->class], s->block);
}

static void give_clock(struct sn_sync *s)
{
	if (s->block)
		sn_race_pool_give(&classes[s->class], s->block);
	s->block = s->count = 0;
}

/* Makes room for `count`, and keeps what there is. Returns 0 where there is no memory. */
static int reserve(struct sn_sync *s, uint32_t count)
{
	uint32_t class = count <= 8 ? 0 : 29 - (uint32_t)__builtin_clz(count - 1);
	if (s->block && s->class >= class)
		return 1;
	uint32_t block = sn_race_pool_take(&classes[class]), had = s->count;
	if (!block) {
		sn_race_stop();
		return 0;
	}
	if (had)
		memcpy(sn_race_pool_at(&classes[class], block), clock_of(s),
		       had * sizeof(uint32_t));
	give_clock(s);
	s->class = class;
	s->block = block;
	s->count = had;
	return 1;
}

static void join_in(struct sn_sync *s, const struct sn_race_past *past)
{
	if (!past->count || !reserve(s, past->count > s->count ? past->count : s->count))
		return;
	uint32_t *at = clock_of(s);
	if (past->count > s->count) {
		memset(at + s->count, 0, (past->count - s->count) * sizeof *at);
		s->count = past->count;
	}
	for (uint32_t i = 0; i < past->count; i++)
		at[i] = at[i] > past->at[i] ? at[i] : past->at[i];
}

static uint64_t releaser(const struct sn_race_thread *t)
{
	return 1ull << (t->slot & 63);
}

/* Whoever knows of a release knows all that the releasing thread knew then; as long as slots tell
 * threads apart. */
static int knows(const struct sn_race_thread *t, const struct sn_sync *s)
{
	return s->whole && t->past.at[s->slot] >= s->clock && !sn_race_lost[SN_LOSS_SLOT];
}

static void acquire(struct sn_race_thread *t, const struct sn_sync *s)
{
	if (s->count && !knows(t, s))
		sn_race_past_join(&t->past, clock_of(s), s->count);
}

static void signed_by(struct sn_sync *s, const struct sn_race_thread *t, int whole)
{
	s->slot = t->slot;
	s->clock = t->clock;
	s->whole = (uint32_t)whole;
	s->releasers |= releaser(t);
}

static void release(struct sn_race_thread *t, struct sn_sync *s, int only)
{
	int whole = only || !s->count || knows(t, s);
	if (whole)
		s->count = 0;
	join_in(s, &t->past);
	signed_by(s, t, whole);
	sn_race_thread_tick(t);
}

void sn_sync_acquire(struct sn_race_thread *t, uintptr_t address)
{
	if (!begin(t, address))
		return;
	const struct sn_sync *s = find(address);
	if (s)
		acquire(t, s);
	end(t, address);
}

void sn_sync_release(struct sn_race_thread *t, uintptr_t address, int only)
{
	if (!begin(t, address))
		return;
	struct sn_sync *s = find(address);
	if (s || (s = make(address)))
		release(t, s, only);
	end(t, address);
}

/* A clock on its way from one object to another, whose locks are not taken together. */
static struct sn_race_past passed;
static struct sn_race_lock passing;

static void take_passed(uintptr_t from)
{
	sn_race_lock(lock_of(from));
	const struct sn_sync *s = find(from);
	passed.count = s ? s->count : 0;
	if (passed.count)
		memcpy(passed.at, clock_of(s), passed.count * sizeof *passed.at);
	sn_race_unlock(lock_of(from));
}

static void give_passed(uintptr_t to)
{
	sn_race_lock(lock_of(to));
	struct sn_sync *s = find(to);
	if (passed.count && (s || (s = make(to)))) {
		join_in(s, &passed);
		s->whole = 0;
	}
	sn_race_unlock(lock_of(to));
}

void sn_sync_pass(struct sn_race_thread *t, uintptr_t from, uintptr_t to)
{
	if (sn_race_unlikely(t->busy))
		return;
	t->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_race_lock(&passing);
	take_passed(from);
	give_passed(to);
	sn_race_unlock(&passing);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->busy = 0;
}

int sn_sync_open(struct sn_sync_op *op, struct sn_race_thread *t, uintptr_t address)
{
	if (!begin(t, address))
		return 0;
	*op = (struct sn_sync_op){t, address, find(address)};
	return 1;
}

void sn_sync_close(struct sn_sync_op *op)
{
	end(op->t, op->address);
}

static int is_acquire(enum sn_order order)
{
	return order != SN_ORDER_RELAXED && order != SN_ORDER_RELEASE;
}

static int is_release(enum sn_order order)
{
	return order >= SN_ORDER_RELEASE;
}

void sn_sync_load(struct sn_sync_op *op, enum sn_order order)
{
	struct sn_race_thread *t = op->t;
	const struct sn_sync *s = op->object;
	if (!s)
		return;
	if (is_acquire(order))
		acquire(t, s);
	else if (s->count && !knows(t, s))
		sn_race_past_join(&t->seen, clock_of(s), s->count);
}

/* A relaxed operation behind a release fence releases what the fence did. */
static void release_fenced(struct sn_sync_op *op)
{
	const struct sn_race_thread *t = op->t;
	if (!t->fenced.count || (!op->object && !(op->object = make(op->address))))
		return;
	join_in(op->object, &t->fenced);
	signed_by(op->object, t, 0);
}

void sn_sync_store(struct sn_sync_op *op, enum sn_order order)
{
	struct sn_sync *s = op->object;
	if (is_release(order)) {
		if (!s && !(s = make(op->address)))
			return;
		s->releasers = 0;
		release(op->t, s, 1);
		return;
	}
	if (s && !(s->releasers & releaser(op->t)))
		s->count = s->whole = s->releasers = 0;
	release_fenced(op);
}

void sn_sync_exchange(struct sn_sync_op *op, enum sn_order order)
{
	struct sn_sync *s = op->object;
	if (!is_release(order))
		release_fenced(op);
	else if (s || (s = make(op->address)))
		release(op->t, s, is_acquire(order));
}

void sn_sync_fence(struct sn_race_thread *t, enum sn_order order)
{
	if (is_acquire(order) && t->seen.count) {
		sn_race_past_join(&t->past, t->seen.at, t->seen.count);
		memset(t->seen.at, 0, t->seen.count * sizeof t->seen.at[0]);
		t->seen.count = 0;
	}
	if (is_release(order)) {
		sn_race_past_join(&t->fenced, t->past.at, t->past.count);
		sn_race_thread_tick(t);
	}
}

static void forget_list(struct sn_leaf *leaf, uintptr_t list, uintptr_t from, uintptr_t to)
{
	struct sn_race_lock *lock = lock_of(list);
	sn_race_lock(lock);
	for (uint32_t *at = head_of(leaf, list), number; (number = *at);) {
		struct sn_sync *s = object(number);
		if (s->address < from || s->address >= to) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		give_clock(s);
		sn_race_pool_give(&objects, number);
	}
	sn_race_unlock(lock);
}

void sn_sync_forget(uintptr_t address, size_t size)
{
	uintptr_t end_at = address + size, list = address >> SN_SYNC_SHIFT << SN_SYNC_SHIFT;
	while (list < end_at && !(list >> SN_ADDRESS_BITS)) {
		struct sn_leaf *leaf = sn_shadow_leaf(list);
		if (!leaf || !__atomic_load_n(&leaf->has_syncs, __ATOMIC_RELAXED)) {
			list = (list | (SN_LEAF_BYTES - 1)) + 1;
			continue;
		}
		if (__atomic_load_n(head_of(leaf, list), __ATOMIC_RELAXED))
			forget_list(leaf, list, address, end_at);
		list += 1u << SN_SYNC_SHIFT;
	}
}
