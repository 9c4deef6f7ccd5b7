/* SPDX-License-Identifier: Apache-2.0
 *
 * From a pc to its row: the module's search table (.eh_frame_hdr) leads to the frame description
 * entry (FDE), and that to the common information entry (CIE) whose program comes first.  Reads the
 * module's information only, never the stack. */
#include "base/unwind_internal.h"

/* Most frames are in the module of the frame before. */
static int find_module(struct sn_walk *w, uintptr_t pc)
{
	if (pc >= w->table.start && pc < w->table.end)
		return 1;
	if (sn_unwind_find_table(pc, &w->table))
		return 0;
	w->cie.at = NULL;
	return 1;
}

struct table_entry {
	int32_t start; /* both relative to the header */
	int32_t entry;
};

/* Last entry that starts at or below `wanted`; the table is sorted. NULL: none. */
static const struct table_entry *search(const struct table_entry *table, uint64_t count,
					int64_t wanted)
{
	uint64_t low = 0, high = count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (table[middle].start <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &table[low - 1] : NULL;
}

/* The one form of binary search table that linkers write; without one there is no information. */
static const uint8_t *find_entry(struct sn_walk *w, uintptr_t pc)
{
	struct sn_bytes r = {(const uint8_t *)w->table.header, (const uint8_t *)w->table.data_end,
			     0};
	const struct table_entry *found;
	unsigned frame_encoding, count_encoding;
	uint64_t count;

	if (w->table.header < w->table.data_start || w->table.header >= w->table.data_end ||
	    sn_take(&r, 1) != 1)
		return NULL;
	frame_encoding = sn_take(&r, 1);
	count_encoding = sn_take(&r, 1);
	if (sn_take(&r, 1) != 0x3b || count_encoding == 0xff) /* datarel, sdata4 */
		return NULL;
	sn_skip_address(&r, frame_encoding);
	count = sn_take_format(&r, count_encoding);
	if (r.bad || ((uintptr_t)r.p & 3) || count > (uint64_t)(r.end - r.p) / sizeof(*found))
		return NULL;
	found = search((const void *)r.p, count, (int64_t)(pc - w->table.header));
	return found ? (const uint8_t *)(w->table.header + found->entry) : NULL;
}

/* Sets r to what follows the length of the CIE or FDE at `at`. */
static int open_entry(const struct sn_walk *w, const uint8_t *at, struct sn_bytes *r)
{
	uint64_t length;

	if ((uintptr_t)at < w->table.data_start || (uintptr_t)at >= w->table.data_end)
		return 0;
	*r = (struct sn_bytes){at, (const uint8_t *)w->table.data_end, 0};
	length = sn_take(r, 4);
	if (!length || length == UINT32_MAX || length > (uint64_t)(r->end - r->p))
		return 0;
	r->end = r->p + length;
	return 1;
}

/* Reads the augmentation of a CIE. What comes after an unknown letter is skipped by its length. */
static void parse_augmentation(struct sn_cie *cie, struct sn_bytes *r, const char *letters)
{
	uint64_t length = sn_take_uleb(r);
	struct sn_bytes body = *r;

	sn_skip(r, length);
	for (cie->augmented = 1; *letters && !r->bad; letters++) {
		if (*letters == 'R')
			cie->encoding = sn_take(&body, 1);
		else if (*letters == 'S')
			cie->signal_frame = 1;
		else if (*letters == 'L')
			sn_take(&body, 1);
		else if (*letters == 'P')
			sn_skip_address(&body, sn_take(&body, 1));
		else
			return;
	}
	r->bad |= body.bad;
}

static int parse_cie(struct sn_walk *w, const uint8_t *at)
{
	struct sn_cie *cie = &w->cie;
	struct sn_bytes r;
	const char *letters;
	unsigned version;

	*cie = (struct sn_cie){.at = NULL};
	w->row = cie->initial;
	if (!open_entry(w, at, &r) || sn_take(&r, 4) != 0)
		return 0;
	version = sn_take(&r, 1);
	letters = (const char *)r.p;
	while (sn_take(&r, 1))
		;
	cie->code_align = sn_take_uleb(&r);
	cie->data_align = sn_take_sleb(&r);
	if ((version == 1 ? sn_take(&r, 1) : sn_take_uleb(&r)) != SN_RA ||
	    (version != 1 && version != 3))
		return 0;
	if (*letters == 'z')
		parse_augmentation(cie, &r, letters + 1);
	else if (*letters)
		return 0;
	if (r.bad || !sn_unwind_run(w, &r, 0, UINTPTR_MAX))
		return 0;
	cie->initial = w->row;
	cie->at = at;
	return 1;
}

int sn_unwind_find_row(struct sn_walk *w)
{
	/* A return address may be the first byte of the next function, after a call of one that
	 * does not return; the call itself is what the row must be for. */
	uintptr_t pc = w->now.value[SN_RA] - !w->exact, start;
	const uint8_t *entry, *cie;
	struct sn_bytes r;
	uint64_t offset;

	if (!find_module(w, pc) || !(entry = find_entry(w, pc)) || !open_entry(w, entry, &r))
		return 0;
	cie = r.p;
	offset = sn_take(&r, 4);
	cie -= offset;
	if (!offset || (cie != w->cie.at && !parse_cie(w, cie)))
		return 0;
	start = sn_take_address(&r, w->cie.encoding);
	if (pc < start || pc - start >= sn_take_format(&r, w->cie.encoding & 0x0f))
		return 0;
	if (w->cie.augmented)
		sn_skip(&r, sn_take_uleb(&r));
	w->function = start;
	w->row = w->cie.initial;
	return !r.bad && sn_unwind_run(w, &r, start, pc);
}
