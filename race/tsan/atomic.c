/* SPDX-License-Identifier: Apache-2.0
 *
 * Atomic operations of 1 to 16 bytes.  They are done here, in the strongest order, with their
 * object's lock held (race/sync.h says why); what they order is told by the order that the program
 * asked for. */
#include "race/tsan/front.h"

#define PC ((uintptr_t)__builtin_return_address(0))

/* An operation that is watched. */
struct watched {
	struct sn_sync_op op;
	struct sn_front *f; /* NULL: it is not */
	size_t size;
	uint32_t context;
};

static void begin(struct watched *w, volatile void *address, size_t size, uintptr_t pc)
{
	struct sn_front *f = sn_front_get();
	w->f = NULL;
	if (!f || f->ignoring[1] || f->race->busy)
		return;
	w->context = sn_context(f, pc, size);
	w->size = size;
	if (sn_sync_open(&w->op, f->race, (uintptr_t)address))
		w->f = f;
	if (sn_race_unlikely(!f->known))
		sn_front_known(f);
}

/* The upper bits are hints of the compiler's. */
static enum sn_order order_of(int order)
{
	return (enum sn_order)(order & 7);
}

static void accessed(struct watched *w, uint32_t what)
{
	sn_race_access_within(w->f->race, w->op.address, w->size, what | SN_RACE_ATOMIC,
			      w->context);
}

static void loaded(struct watched *w, int order)
{
	if (!w->f)
		return;
	sn_sync_load(&w->op, order_of(order));
	accessed(w, SN_RACE_READ);
	sn_sync_close(&w->op);
}

static void stored(struct watched *w, int order)
{
	if (!w->f)
		return;
	accessed(w, SN_RACE_WRITE);
	sn_sync_store(&w->op, order_of(order));
	sn_sync_close(&w->op);
}

static void exchanged(struct watched *w, int order)
{
	if (!w->f)
		return;
	sn_sync_load(&w->op, order_of(order));
	accessed(w, SN_RACE_WRITE);
	sn_sync_exchange(&w->op, order_of(order));
	sn_sync_close(&w->op);
}

/* The operations on each size; those on 16 bytes come down to one instruction. */
#define COMPARE(bits, type)                                                                        \
	static type compare##bits(volatile type *a, type expected, type desired)                   \
	{                                                                                          \
		return __sync_val_compare_and_swap(a, expected, desired);                          \
	}
#define NEW_add(was, v) ((was) + (v))
#define NEW_sub(was, v) ((was) - (v))
#define NEW_and(was, v) ((was) & (v))
#define NEW_or(was, v) ((was) | (v))
#define NEW_xor(was, v) ((was) ^ (v))
#define NEW_nand(was, v) (~((was) & (v)))
#define NEW_exchange(was, v) (v)

#define READS(bits, type, read)                                                                    \
	SN_FRONT_EXPORT type __tsan_atomic##bits##_load(const volatile type *a, int order);        \
	SN_FRONT_EXPORT type __tsan_atomic##bits##_load(const volatile type *a, int order)         \
	{                                                                                          \
		struct watched w;                                                                  \
		begin(&w, (volatile void *)(uintptr_t)a, sizeof *a, PC);                           \
		type value = read;                                                                 \
		loaded(&w, order);                                                                 \
		return value;                                                                      \
	}
#define STORES(bits, type, write)                                                                  \
	SN_FRONT_EXPORT void __tsan_atomic##bits##_store(volatile type *a, type v, int order);     \
	SN_FRONT_EXPORT void __tsan_atomic##bits##_store(volatile type *a, type v, int order)      \
	{                                                                                          \
		struct watched w;                                                                  \
		begin(&w, a, sizeof *a, PC);                                                       \
		write;                                                                             \
		stored(&w, order);                                                                 \
	}
#define CHANGES(bits, type, name, tsan_name)                                                       \
	SN_FRONT_EXPORT type __tsan_atomic##bits##_##tsan_name(volatile type *a, type v,           \
							       int order);                         \
	SN_FRONT_EXPORT type __tsan_atomic##bits##_##tsan_name(volatile type *a, type v,           \
							       int order)                          \
	{                                                                                          \
		struct watched w;                                                                  \
		begin(&w, a, sizeof *a, PC);                                                       \
		type was = *a, seen;                                                               \
		while ((seen = compare##bits(a, was, (type)NEW_##name(was, v))) != was)            \
			was = seen;                                                                \
		exchanged(&w, order);                                                              \
		return was;                                                                        \
	}

/* A comparison that fails is a load. */
#define COMPARES(bits, type)                                                                       \
	static type compare_at##bits(volatile type *a, type expected, type desired, int order,     \
				     int failure, uintptr_t pc)                                    \
	{                                                                                          \
		struct watched w;                                                                  \
		begin(&w, a, sizeof *a, pc);                                                       \
		type was = compare##bits(a, expected, desired);                                    \
		if (was == expected)                                                               \
			exchanged(&w, order);                                                      \
		else                                                                               \
			loaded(&w, failure);                                                       \
		return was;                                                                        \
	}                                                                                          \
	SN_FRONT_EXPORT type __tsan_atomic##bits##_compare_exchange_val(                           \
		volatile type *a, type expected, type desired, int order, int failure);            \
	SN_FRONT_EXPORT type __tsan_atomic##bits##_compare_exchange_val(                           \
		volatile type *a, type expected, type desired, int order, int failure)             \
	{                                                                                          \
		return compare_at##bits(a, expected, desired, order, failure, PC);                 \
	}                                                                                          \
	COMPARES_AS(bits, type, strong)                                                            \
	COMPARES_AS(bits, type, weak)
#define COMPARES_AS(bits, type, how)                                                               \
	SN_FRONT_EXPORT int __tsan_atomic##bits##_compare_exchange_##how(                          \
		volatile type *a, type *expected, type desired, int order, int failure);           \
	SN_FRONT_EXPORT int __tsan_atomic##bits##_compare_exchange_##how(                          \
		volatile type *a, type *expected, type desired, int order, int failure)            \
	{                                                                                          \
		type was = compare_at##bits(a, *expected, desired, order, failure, PC);            \
		int same = was == *expected;                                                       \
		*expected = was;                                                                   \
		return same;                                                                       \
	}

#define ALL(bits, type)                                                                            \
	COMPARE(bits, type)                                                                        \
	CHANGES(bits, type, exchange, exchange)                                                    \
	CHANGES(bits, type, add, fetch_add)                                                        \
	CHANGES(bits, type, sub, fetch_sub)                                                        \
	CHANGES(bits, type, and, fetch_and)                                                        \
	CHANGES(bits, type, or, fetch_or)                                                          \
	CHANGES(bits, type, xor, fetch_xor)                                                        \
	CHANGES(bits, type, nand, fetch_nand)                                                      \
	COMPARES(bits, type)
#define WORD(bits, type)                                                                           \
	READS(bits, type, __atomic_load_n(a, __ATOMIC_SEQ_CST))                                    \
	STORES(bits, type, __atomic_store_n(a, v, __ATOMIC_SEQ_CST))                               \
	ALL(bits, type)

__extension__ typedef unsigned __int128 wide;

static wide load_wide(const volatile wide *a)
{
	/* A comparison with 0 writes 0 where 0 was: the value does not change. */
	return __sync_val_compare_and_swap((volatile wide *)(uintptr_t)a, 0, 0);
}

static void store_wide(volatile wide *a, wide v)
{
	wide was = load_wide(a), seen;
	while ((seen = __sync_val_compare_and_swap(a, was, v)) != was)
		was = seen;
}

WORD(8, uint8_t)
WORD(16, uint16_t)
WORD(32, uint32_t)
WORD(64, uint64_t)
READS(128, wide, load_wide(a))
STORES(128, wide, store_wide(a, v))
ALL(128, wide)

SN_FRONT_EXPORT void __tsan_atomic_thread_fence(int order);
SN_FRONT_EXPORT void __tsan_atomic_thread_fence(int order)
{
	struct sn_front *f = sn_front_get();
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!f || f->race->busy)
		return;
	f->race->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_sync_fence(f->race, order_of(order));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	f->race->busy = 0;
}

/* It orders a thread and its own signal handlers only. */
SN_FRONT_EXPORT void __tsan_atomic_signal_fence(int order);
SN_FRONT_EXPORT void __tsan_atomic_signal_fence(int order)
{
	(void)order;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}
