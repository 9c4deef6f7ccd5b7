/* SPDX-License-Identifier: Apache-2.0
 *
 * See access.h.  Where both cells of a word have one entry at most before and after, and nothing
 * races, two plain stores do; everything else is done with the word's lock held. */
#include "race/access.h"
#include "race/sync.h"

void (*sn_race_found)(struct sn_race_thread *t, const struct sn_race *race);

/* An access on its way through its words. */
struct walk {
	struct sn_race_thread *t;
	uintptr_t address;
	size_t size;
	uint32_t what;
	uint64_t entry; /* with no bytes yet */
	uint64_t raced; /* the entry that it was found to race with; 0 */
	uintptr_t raced_at;
	uint32_t raced_what;
};

static int conflicts(const struct walk *w, uint64_t entry, uint64_t old)
{
	return sn_cell_bytes(entry & old) && !(entry & old & SN_CELL_ATOMIC) &&
	       !sn_race_ordered(w->t, old);
}

static void judge(struct walk *w, uintptr_t at, uint64_t entry, const struct sn_entries *e,
		  uint32_t what)
{
	for (uint32_t i = 0; i < e->count && !w->raced; i++)
		if (conflicts(w, entry, e->at[i])) {
			w->raced = e->at[i];
			w->raced_at = at;
			w->raced_what = what | (e->at[i] & SN_CELL_ATOMIC ? SN_RACE_ATOMIC : 0);
		}
}

/* Whether the new entry says all that the old one says of the bytes that both have. */
static int stands_for(const struct sn_race_thread *t, uint64_t entry, uint64_t old)
{
	return sn_race_ordered(t, old) && (!(entry & SN_CELL_ATOMIC) || old & SN_CELL_ATOMIC);
}

static void strip(struct sn_entries *e, const struct sn_race_thread *t, uint64_t entry)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < e->count; i++) {
		uint64_t old = e->at[i];
		if (sn_cell_bytes(old & entry) && stands_for(t, entry, old)) {
			old &= ~(entry & SN_CELL_BYTES);
			e->again |= sn_cell_slot(old) == t->slot;
		}
		e->at[kept] = old;
		kept += sn_cell_bytes(old) != 0;
	}
	e->count = kept;
}

static int is_alike(uint64_t a, uint64_t b)
{
	return !((a ^ b) & ~SN_CELL_BYTES);
}

static void add(struct sn_entries *e, uint64_t entry)
{
	for (uint32_t i = 0; i < e->count; i++)
		if (is_alike(e->at[i], entry)) {
			e->at[i] |= entry;
			return;
		}
	if (e->count == SN_ENTRIES_MOST) {
		sn_race_lose(SN_LOSS_CELL);
		e->at[0] = e->at[--e->count];
	}
	e->at[e->count++] = entry;
}

static void write_locked(struct walk *w, uintptr_t at, struct sn_word *word, uint64_t entry)
{
	struct sn_entries e;
	sn_entries_load(word->write, &e);
	judge(w, at, entry, &e, SN_RACE_WRITE);
	strip(&e, w->t, entry);
	add(&e, entry);
	sn_entries_store(&word->write, &e);
	if (!word->read)
		return;
	sn_entries_load(word->read, &e);
	judge(w, at, entry, &e, SN_RACE_READ);
	strip(&e, w->t, entry);
	sn_entries_store(&word->read, &e);
}

static void read_locked(struct walk *w, uintptr_t at, struct sn_word *word, uint64_t entry)
{
	struct sn_entries e;
	sn_entries_load(word->write, &e);
	judge(w, at, entry, &e, SN_RACE_WRITE);
	sn_entries_load(word->read, &e);
	strip(&e, w->t, entry);
	add(&e, entry);
	sn_entries_store(&word->read, &e);
}

static SN_RACE_SLOW void update(struct walk *w, uintptr_t at, struct sn_word *word, uint64_t entry)
{
	struct sn_race_lock *lock = sn_entries_lock(word);
	sn_race_lock(lock);
	if (w->what & SN_RACE_WRITE)
		write_locked(w, at, word, entry);
	else
		read_locked(w, at, word, entry);
	sn_race_unlock(lock);
}

/* What a cell is when the entry has been added, if that is one entry again; 0: it is not. */
static uint64_t added(const struct sn_race_thread *t, uint64_t cell, uint64_t entry)
{
	if (!cell)
		return entry;
	if (sn_cell_is_reference(cell))
		return 0;
	if (is_alike(cell, entry))
		return cell | entry;
	return !sn_cell_bytes(cell & ~entry) && stands_for(t, entry, cell) ? entry : 0;
}

/* Whether the cell is one entry at most, and does not conflict with a new one of the other kind. */
static int is_apart(const struct walk *w, uint64_t cell, uint64_t entry)
{
	return !cell || (!sn_cell_is_reference(cell) && !conflicts(w, entry, cell));
}

static int write_simply(const struct walk *w, struct sn_word *word, uint64_t entry)
{
	uint64_t written = __atomic_load_n(&word->write, __ATOMIC_RELAXED);
	uint64_t read = __atomic_load_n(&word->read, __ATOMIC_RELAXED);
	uint64_t new = added(w->t, written, entry);
	if (!new || !is_apart(w, read, entry))
		return 0;
	__atomic_store_n(&word->write, new, __ATOMIC_RELAXED);
	if (sn_cell_bytes(read & entry) && stands_for(w->t, entry, read)) {
		read &= ~(entry & SN_CELL_BYTES);
		__atomic_store_n(&word->read, sn_cell_bytes(read) ? read : 0, __ATOMIC_RELAXED);
	}
	return 1;
}

static int read_simply(const struct walk *w, struct sn_word *word, uint64_t entry)
{
	uint64_t written = __atomic_load_n(&word->write, __ATOMIC_RELAXED);
	uint64_t read = __atomic_load_n(&word->read, __ATOMIC_RELAXED);
	uint64_t new = added(w->t, read, entry);
	if (!new || !is_apart(w, written, entry))
		return 0;
	__atomic_store_n(&word->read, new, __ATOMIC_RELAXED);
	return 1;
}

static int is_known(uint64_t cell, uint64_t entry)
{
	uint32_t bytes = sn_cell_bytes(entry);
	uint64_t atomic = entry & SN_CELL_ATOMIC;
	if (sn_cell_is_reference(cell))
		return sn_entries_have(cell, entry & SN_CELL_STAMP, bytes, !atomic);
	return sn_race_is_seen(cell, entry & SN_CELL_STAMP, bytes, atomic);
}

static inline void access_word(struct walk *w, uintptr_t at, struct sn_word *word, uint32_t bytes)
{
	uint64_t entry = w->entry | bytes;
	if (w->what & SN_RACE_WRITE ? write_simply(w, word, entry) : read_simply(w, word, entry))
		return;
	if (is_known(__atomic_load_n(&word->write, __ATOMIC_ACQUIRE), entry) ||
	    (!(w->what & SN_RACE_WRITE) &&
	     is_known(__atomic_load_n(&word->read, __ATOMIC_ACQUIRE), entry)))
		return;
	update(w, at, word, entry);
}

static void walk_words(struct walk *w)
{
	uintptr_t at = w->address, end = at + w->size;
	while (at < end) {
		struct sn_leaf *leaf = sn_shadow_leaf_make(at);
		uintptr_t next = (at | 7) + 1, stop = next < end ? next : end;
		if (sn_race_unlikely(!leaf))
			return;
		access_word(w, at, sn_shadow_word(leaf, at),
			    (0xffu >> (8 - (stop - at))) << (at & 7));
		at = next;
	}
}

static SN_RACE_COLD void tell(const struct walk *w)
{
	uint32_t both = sn_cell_bytes(w->raced), first = (uint32_t)__builtin_ctz(both);
	struct sn_race race = {
		.now = {w->address, w->size, w->what, sn_cell_context(w->entry), w->t->serial},
		.before = {(w->raced_at & -(uintptr_t)8) + first,
			   32 - (size_t)__builtin_clz(both) - first, w->raced_what,
			   sn_cell_context(w->raced),
			   sn_race_thread_who(sn_cell_slot(w->raced), sn_cell_clock(w->raced))},
	};
	if (sn_race_found)
		sn_race_found(w->t, &race);
}

void sn_race_access_within(struct sn_race_thread *t, uintptr_t address, size_t size, uint32_t what,
			   uint32_t context)
{
	uint64_t atomic = what & SN_RACE_ATOMIC ? SN_CELL_ATOMIC : 0;
	struct walk w = {
		.t = t,
		.address = address,
		.size = size,
		.what = what,
		.entry = sn_cell_entry(t->stamp, 0, atomic, context),
	};
	if (sn_race_unlikely(sn_race_off))
		return;
	walk_words(&w);
	if (sn_race_unlikely(w.raced))
		tell(&w);
}

void sn_race_access(struct sn_race_thread *t, uintptr_t address, size_t size, uint32_t what,
		    uint32_t context)
{
	if (sn_race_unlikely(t->busy)) {
		sn_race_lose(SN_LOSS_HANDLER);
		return;
	}
	t->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_race_access_within(t, address, size, what, context);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->busy = 0;
}

void sn_race_forget(struct sn_race_thread *t, uintptr_t address, size_t size)
{
	if (t->busy)
		return;
	t->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_sync_forget(address, size);
	sn_shadow_forget(address, size);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->busy = 0;
}
