/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the module that held an address when the stack was taken, asks debug information, then the
 * symbol table, and keeps every answer in a search tree. */
#include "report/symbolise.h"
#include "report/demangle.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* An unnamed address this near to the file's entry point is in _start. */
#define START_SIZE 64

struct answer {
	struct sn_binary *binary; /* key; NULL: in no module */
	uint64_t offset;          /* key */
	int is_return;            /* key */
	int64_t within;           /* key: of a variable in a frame, or thread-local: see IN_TLS */
	size_t count;
	struct sn_frame *frames;
	struct sn_variable variable;
};

static int compare(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	if (x->binary != y->binary)
		return (uintptr_t)x->binary < (uintptr_t)y->binary ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	if (x->within != y->within)
		return x->within < y->within ? -1 : 1;
	return x->is_return - y->is_return;
}

/* Farther from a frame than any variable of it. */
#define IN_TLS INT64_MAX

/* The module that held `address` in `epoch`; the one loaded last where several claim it. */
static const struct sn_module_rec *find_module(const struct sn_view *v, uint32_t epoch,
					       uint64_t address)
{
	for (uint32_t i = sn_view_count(v, SN_TABLE_MODULE); i-- > 1;) {
		const struct sn_module_rec *m = sn_view_module(v, i);

		if (m->start <= address && address < m->end && m->loaded_epoch <= epoch &&
		    epoch < m->unloaded_epoch)
			return m;
	}
	return NULL;
}

static struct sn_binary *find_binary(struct sn_symboliser *s, const struct sn_view *v,
				     const struct sn_module_rec *m)
{
	const char *path = sn_view_text(v, m->path);
	size_t size = m->build_id_size;

	if (!*path)
		path = sn_view_text(v, v->header->exe);
	return sn_binary_get(&s->binaries, path, m->build_id,
			     size > SN_BUILD_ID_MAX ? SN_BUILD_ID_MAX : size);
}

/* The name that the symbol table (.symtab, else .dynsym) gives the address; to be freed. */
static char *symbol_name(struct sn_binary *b, uint64_t address, uint64_t *into)
{
	GElf_Sym symbol;
	GElf_Off offset = 0;
	const char *name;

	if (b->state != SN_BINARY_GOOD)
		return NULL;
	name = dwfl_module_addrinfo(b->module, address + b->bias, &offset, &symbol, NULL, NULL,
				    NULL);
	if (name && *name && (!symbol.st_size || offset < symbol.st_size)) {
		*into = offset;
		return sn_demangle(name);
	}
	if (b->entry && address >= b->entry && address - b->entry < START_SIZE)
		return strdup("_start");
	return NULL;
}

/* The C library's restorer is its own, and has no name but in debug information; as debuggers say.
 */
static void name_signal_frame(struct sn_binary *b, uint64_t at, struct sn_frame *f)
{
	if (f->function && strcmp(f->function, "__restore_rt"))
		return;
	f->is_signal = sn_binary_is_signal_frame(b, at);
	if (!f->is_signal)
		return;
	free((char *)f->function);
	f->function = strdup("<signal handler called>");
	f->file = NULL;
}

/* Fills the entry's frames; `at` is the address to look up. */
static void symbolise(struct answer *e, uint64_t at)
{
	struct sn_frame frames[SN_INLINE_MAX] = {0};
	size_t count = 0;
	uint64_t into;

	if (e->binary) {
		count = sn_debug_info_frames(e->binary, at, frames);
		if (!count)
			count = 1;
		if (!frames[count - 1].function)
			frames[count - 1].function = symbol_name(e->binary, at, &into);
		name_signal_frame(e->binary, at, &frames[count - 1]);
	}
	e->count = count ? count : 1;
	for (size_t i = 0; i < e->count; i++) {
		frames[i].offset = e->offset;
		if (e->binary) {
			frames[i].module = e->binary->is_vdso ? "[vdso]" : e->binary->path;
			frames[i].build_id = e->binary->build_id;
		}
	}
	e->frames = malloc(e->count * sizeof(*frames));
	if (e->frames)
		memcpy(e->frames, frames, e->count * sizeof(*frames));
}

/* The tree's entry for the key, new (and *is_new set) where there was none; NULL: out of memory. */
static struct answer *get_answer(void **tree, const struct answer *key, int *is_new)
{
	struct answer *copy, **slot = tfind(key, tree, compare);

	*is_new = 0;
	if (slot)
		return *slot;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *key;
	if (!tsearch(copy, tree, compare)) {
		free(copy);
		return NULL;
	}
	*is_new = 1;
	return copy;
}

static const struct sn_frame *lookup(struct sn_symboliser *s, const struct sn_view *v,
				     uint32_t epoch, uint64_t address, int is_return, size_t *count)
{
	static const struct sn_frame unknown;
	uint64_t at = is_return && address ? address - 1 : address;
	const struct sn_module_rec *m = find_module(v, epoch, at);
	struct answer *e, key = {.is_return = is_return, .offset = address};
	int is_new;

	if (m) {
		key.binary = find_binary(s, v, m);
		key.offset -= m->bias;
		at -= m->bias;
	}
	e = get_answer(&s->frames, &key, &is_new);
	if (e && is_new)
		symbolise(e, at);
	*count = e && e->frames ? e->count : 1;
	return e && e->frames ? e->frames : &unknown;
}

const struct sn_frame *sn_symbolise_return(struct sn_symboliser *s, const struct sn_view *v,
					   uint32_t epoch, uint64_t address, size_t *count)
{
	return lookup(s, v, epoch, address, 1, count);
}

const struct sn_frame *sn_symbolise_exact(struct sn_symboliser *s, const struct sn_view *v,
					  uint32_t epoch, uint64_t address, size_t *count)
{
	return lookup(s, v, epoch, address, 0, count);
}

static void find_variable(struct answer *e)
{
	uint64_t into = 0;
	char *symbol = symbol_name(e->binary, e->offset, &into), *member = NULL, *name = NULL;
	int length;

	if (!symbol)
		return;
	sn_debug_info_variable(e->binary, e->offset - into, into, &e->variable, &member);
	if (member && *member)
		length = asprintf(&name, "%s%s", symbol, member);
	else if (into)
		length = asprintf(&name, "%s+0x%llx", symbol, (unsigned long long)into);
	else
		length = asprintf(&name, "%s", symbol);
	e->variable.name = length < 0 ? NULL : name;
	e->variable.module = e->binary->path;
	free(member);
	free(symbol);
}

const struct sn_variable *sn_symbolise_variable(struct sn_symboliser *s, const struct sn_view *v,
						uint32_t epoch, uint64_t address)
{
	const struct sn_module_rec *m = find_module(v, epoch, address);
	struct answer *e, key = {0};
	int is_new;

	if (!m)
		return NULL;
	key.binary = find_binary(s, v, m);
	key.offset = address - m->bias;
	if (!key.binary || key.binary->state != SN_BINARY_GOOD)
		return NULL;
	e = get_answer(&s->variables, &key, &is_new);
	if (e && is_new)
		find_variable(e);
	return e && e->variable.name ? &e->variable : NULL;
}

static const struct sn_variable *keep_variable(struct sn_symboliser *s, const struct answer *key)
{
	struct answer *e;
	int is_new;

	if (!key->binary || key->binary->state != SN_BINARY_GOOD)
		return NULL;
	e = get_answer(&s->variables, key, &is_new);
	if (e && is_new && key->within == IN_TLS)
		e->variable.name = sn_debug_info_tls(e->binary, e->offset, &e->variable);
	else if (e && is_new)
		e->variable.name =
			sn_debug_info_local(e->binary, e->offset, e->within, &e->variable);
	if (e && is_new)
		e->variable.module = e->binary->path;
	return e && e->variable.name ? &e->variable : NULL;
}

const struct sn_variable *sn_symbolise_tls(struct sn_symboliser *s, const struct sn_view *v,
					   uint64_t offset)
{
	struct answer key = {.offset = offset, .within = IN_TLS};

	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_MODULE) && !key.binary; i++) {
		const struct sn_module_rec *m = sn_view_module(v, i);
		const char *path = sn_view_text(v, m->path);

		if (!*path || !strcmp(path, sn_view_text(v, v->header->exe)))
			key.binary = find_binary(s, v, m);
	}
	return keep_variable(s, &key);
}

const struct sn_variable *sn_symbolise_local(struct sn_symboliser *s, const struct sn_view *v,
					     uint32_t epoch, uint64_t address, int64_t offset)
{
	const struct sn_module_rec *m = find_module(v, epoch, address);
	struct answer key = {.within = offset};

	if (!m || offset == IN_TLS)
		return NULL;
	key.binary = find_binary(s, v, m);
	key.offset = address - 1 - m->bias;
	return keep_variable(s, &key);
}

static void free_answer(void *p)
{
	struct answer *e = p;

	for (size_t i = 0; e->frames && i < e->count; i++)
		free((char *)e->frames[i].function);
	free(e->frames);
	free((char *)e->variable.name);
	free(e);
}

void sn_symboliser_close(struct sn_symboliser *s)
{
	tdestroy(s->frames, free_answer);
	tdestroy(s->variables, free_answer);
	s->frames = s->variables = NULL;
	sn_binaries_close(&s->binaries);
}
