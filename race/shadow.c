/* SPDX-License-Identifier: Apache-2.0
 *
 * See shadow.h. */
#include "race/shadow.h"
#include "race/entries.h"

struct sn_leaf **sn_shadow_top;
static struct sn_race_lock growing;

#define PAGE 4096u

int sn_shadow_start(void)
{
	sn_shadow_top = sn_race_map(sizeof *sn_shadow_top << (SN_ADDRESS_BITS - SN_LEAF_SHIFT));
	return sn_shadow_top ? 0 : -ENOMEM;
}

struct sn_leaf *sn_shadow_grow(uintptr_t address)
{
	if (address >> SN_ADDRESS_BITS)
		return NULL;
	struct sn_leaf **at = &sn_shadow_top[address >> SN_LEAF_SHIFT];
	sn_race_lock(&growing);
	struct sn_leaf *leaf = *at;
	if (!leaf) {
		leaf = sn_race_map(sizeof *leaf);
		/* Pairs with the load in sn_shadow_leaf. */
		__atomic_store_n(at, leaf, __ATOMIC_RELEASE);
	}
	sn_race_unlock(&growing);
	return leaf;
}

static void forget_words(struct sn_word *from, const struct sn_word *to)
{
	for (; from < to; from++)
		if (__atomic_load_n(&from->write, __ATOMIC_RELAXED) |
		    __atomic_load_n(&from->read, __ATOMIC_RELAXED))
			sn_entries_forget(from, SN_CELL_BYTES);
}

#define AT_ONCE 256u

static void forget_pages(char *page, size_t count)
{
	unsigned char there[AT_ONCE];
	if (count > AT_ONCE)
		count = AT_ONCE;
	/* Where the kernel does not say which are there, all are looked at. */
	int known = !sn_sys(SYS_mincore, page, count * PAGE, there);
	for (size_t i = 0; i < count; i++)
		if (!known || there[i] & 1)
			forget_words((struct sn_word *)(page + i * PAGE),
				     (struct sn_word *)(page + (i + 1) * PAGE));
}

/* Whole words of one leaf. Pages of the shadow that were never touched are not touched now, and
 * those that are done with are given back. */
static void forget_in_leaf(struct sn_word *from, struct sn_word *to)
{
	char *first = (char *)(((uintptr_t)from + PAGE - 1) & -(uintptr_t)PAGE);
	char *last = (char *)((uintptr_t)to & -(uintptr_t)PAGE);
	if (first >= last) {
		forget_words(from, to);
		return;
	}
	forget_words(from, (struct sn_word *)first);
	for (char *page = first; page < last; page += AT_ONCE * PAGE)
		forget_pages(page, (size_t)(last - page) / PAGE);
	sn_race_give_back(first, (size_t)(last - first));
	forget_words((struct sn_word *)last, to);
}

/* Some bytes of one word. */
static void forget_bytes(uintptr_t address, size_t size)
{
	struct sn_leaf *leaf = sn_shadow_leaf(address);
	if (leaf && size)
		sn_entries_forget(sn_shadow_word(leaf, address), (0xffu >> (8 - size))
									 << (address & 7));
}

void sn_shadow_forget(uintptr_t address, size_t size)
{
	uintptr_t end = address + size, to = end & -(uintptr_t)8;
	uintptr_t from = (address + 7) & -(uintptr_t)8;
	if (from > to) {
		forget_bytes(address, size);
		return;
	}
	forget_bytes(address, from - address);
	forget_bytes(to, end - to);
	while (from < to && !(from >> SN_ADDRESS_BITS)) {
		uintptr_t next = (from | (SN_LEAF_BYTES - 1)) + 1;
		uintptr_t stop = next < to ? next : to;
		struct sn_leaf *leaf = sn_shadow_leaf(from);
		if (leaf)
			forget_in_leaf(sn_shadow_word(leaf, from),
				       sn_shadow_word(leaf, from) + (stop - from) / 8);
		from = next;
	}
}
