/* SPDX-License-Identifier: Apache-2.0
 *
 * Read access to the tables of a recording, the same in the process under test and in the command.
 * Detectors and reports are written against it.  Every accessor is total: an index that is out of
 * range, as a corrupted file may hold, gives a record of zeros. Sizes are checked by the reader. */
#ifndef SN_BASE_VIEW_H
#define SN_BASE_VIEW_H

#include "base/recording.h"
#include <stddef.h>

struct sn_view {
	const struct sn_header *header;
	struct {
		const void *base;
		uint32_t count; /* records that may be read, index 0 included */
	} table[SN_TABLE_COUNT];
};

#define SN_VIEW_ACCESSOR(name, e, type)                                                            \
	static inline const type *sn_view_##name(const struct sn_view *v, uint32_t i)              \
	{                                                                                          \
		static const type none;                                                            \
		const type *base = v->table[SN_TABLE_##e].base;                                    \
		return i && i < v->table[SN_TABLE_##e].count ? &base[i] : &none;                   \
	}
#define SN_TABLE(e, name, type, most) SN_VIEW_ACCESSOR(name, e, type)
#include "base/tables.def"
#undef SN_TABLE

/* The number of records of a table, "none" included: valid indices are 1 .. count-1. */
static inline uint32_t sn_view_count(const struct sn_view *v, enum sn_table t)
{
	return v->table[t].count;
}

/* Slot i of what a thread holds; a record of zeros where there is none. */
static inline const struct sn_held *sn_view_thread_held(const struct sn_view *v,
							const struct sn_thread_rec *t, uint32_t i)
{
	static const struct sn_held none;
	if (i >= t->held_count)
		return &none;
	if (t->held_more)
		return sn_view_held(v, t->held_more + i);
	return i < SN_HELD_INLINE ? &t->held[i] : &none;
}

/* The record of the thread with this serial; 0 where it serves another thread by now. */
uint32_t sn_view_thread_of(const struct sn_view *v, uint32_t serial);

/* A NUL-terminated string, "" where the index is bad or the terminator is missing. */
const char *sn_view_text(const struct sn_view *v, uint32_t i);

/* The addresses of a stack, innermost first; *depth gets their number (0 where it is bad). */
const uint64_t *sn_view_stack_pcs(const struct sn_view *v, uint32_t stack, uint32_t *depth);

/* When a time stamp was taken, as CLOCK_MONOTONIC, given another one of now; 0 where unknown. */
static inline uint64_t sn_view_ticks_ns(const struct sn_header *h, uint64_t ticks,
					uint64_t now_ticks, uint64_t now_ns)
{
	uint64_t since = ticks - h->started_ticks, all = now_ticks - h->started_ticks;
	if (!ticks || ticks < h->started_ticks || since > all || !all)
		return 0;
	return h->started_mono_ns +
	       (uint64_t)((unsigned __int128)since * (now_ns - h->started_mono_ns) / all);
}

#endif
