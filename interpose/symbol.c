/* SPDX-License-Identifier: Apache-2.0
 *
 * See symbol.h.  A module's dynamic symbols, by the hash table that every linker of the last twenty
 * years makes. */
#include "interpose/symbol.h"
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct search {
	const char *name;
	uint32_t hash;
	int after_us;
	void *found;
};

struct table {
	uintptr_t bias;
	const ElfW(Sym) * symbols;
	const char *names;
	const uint32_t *hash;
};

static uint32_t hash_of(const char *name)
{
	uint32_t h = 5381;
	while (*name)
		h = h * 33 + (uint8_t)*name++;
	return h;
}

/* The loader has made these addresses absolute, but for the kernel's own module. */
static const void *at(uintptr_t bias, ElfW(Addr) p)
{
	return (const void *)(p < bias ? bias + p : p);
}

static int has_table(const struct dl_phdr_info *info, struct table *t)
{
	*t = (struct table){.bias = info->dlpi_addr};
	const ElfW(Dyn) *d = NULL;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const void *)(t->bias + info->dlpi_phdr[i].p_vaddr);
	for (; d && d->d_tag != DT_NULL; d++) {
		const void *p = at(t->bias, d->d_un.d_ptr);
		if (d->d_tag == DT_SYMTAB)
			t->symbols = p;
		else if (d->d_tag == DT_STRTAB)
			t->names = p;
		else if (d->d_tag == DT_GNU_HASH)
			t->hash = p;
	}
	return t->symbols && t->names && t->hash;
}

static void *defined(const struct table *t, const ElfW(Sym) * s, const char *name)
{
	unsigned kind = ELF64_ST_BIND(s->st_info);
	if (s->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(s->st_info) != STT_FUNC ||
	    (kind != STB_GLOBAL && kind != STB_WEAK) || strcmp(t->names + s->st_name, name) != 0)
		return NULL;
	return (void *)(t->bias + s->st_value);
}

/* The table: four counts, a filter of words, buckets, and chains that end with an odd hash. */
static void *look_up(const struct table *t, const struct search *s)
{
	uint32_t buckets = t->hash[0], first = t->hash[1], filter = t->hash[2];
	const uint32_t *bucket = t->hash + 4 + filter * (sizeof(ElfW(Addr)) / sizeof *t->hash);
	const uint32_t *chain = bucket + buckets;
	uint32_t i = buckets ? bucket[s->hash % buckets] : 0;
	for (; i >= first && i; i++) {
		uint32_t h = chain[i - first];
		void *p = (h | 1) == (s->hash | 1) ? defined(t, t->symbols + i, s->name) : NULL;
		if (p || h & 1)
			return p;
	}
	return NULL;
}

static int holds_us(const struct dl_phdr_info *info)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type == PT_LOAD &&
		    (uintptr_t)sn_symbol_next - info->dlpi_addr - p->p_vaddr < p->p_memsz)
			return 1;
	}
	return 0;
}

static int look_in(struct dl_phdr_info *info, size_t size, void *data)
{
	struct search *s = data;
	struct table t;
	(void)size;
	if (!s->after_us) {
		s->after_us = holds_us(info);
		return 0;
	}
	if (has_table(info, &t))
		s->found = look_up(&t, s);
	return s->found != NULL;
}

void *sn_symbol_next(const char *name)
{
	struct search s = {name, hash_of(name), 0, NULL};
	dl_iterate_phdr(look_in, &s);
	return s.found;
}
