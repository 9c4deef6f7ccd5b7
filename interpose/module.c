/* SPDX-License-Identifier: Apache-2.0
 *
 * See module.h.  The records of what is loaded are chained, newest first; a search along the chain
 * is enough on this path, which only runs when a stack is new.
 *
 * Another thread may unmap a module at any moment.  Its memory and the loader's description of it
 * are read only for a pc that is on the calling thread's own stack: whoever returns there keeps it
 * loaded.  Of all other modules nothing is used but what _dl_find_object answers by value. */
#include "interpose/module.h"
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include "interpose/real.h"
#include "interpose/shim.h"

/* Weak: glibc before 2.35 does not have it, and then dl_iterate_phdr answers. */
extern int _dl_find_object(void *, struct dl_find_object *) __attribute__((weak));

struct where {
	uintptr_t start, end, bias;
	const ElfW(Phdr) * phdr;
	uint32_t phdr_count;
	const char *name;
	uint64_t loader; /* the loader's description of it; 0: not known */
};

static uint32_t newest; /* of the chain of what is loaded; 0: none */

static int in_module(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	struct where *w = data;
	uintptr_t pc = w->start, low = UINTPTR_MAX, high = 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD)
			continue;
		uintptr_t at = info->dlpi_addr + p->p_vaddr;
		low = at < low ? at : low;
		high = at + p->p_memsz > high ? at + p->p_memsz : high;
	}
	if (pc < low || pc >= high)
		return 0;
	*w = (struct where){
		low, high, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum, info->dlpi_name, 0};
	return 1;
}

/* The program headers through the ELF header at the start of the mapping, where it is there. */
static void find_headers(struct where *w)
{
	const ElfW(Ehdr) *e = (const void *)w->start;
	if (memcmp(e->e_ident, ELFMAG, SELFMAG) || e->e_phentsize != sizeof(ElfW(Phdr)) ||
	    e->e_phoff > 4096 - sizeof(ElfW(Phdr)))
		return;
	w->phdr = (const void *)(w->start + e->e_phoff);
	w->phdr_count = e->e_phnum;
}

/* The module of a pc that keeps it loaded (see above). */
static int locate(uintptr_t pc, struct where *w)
{
	struct dl_find_object found;
	if (!_dl_find_object) {
		w->start = pc;
		return dl_iterate_phdr(in_module, w);
	}
	if (_dl_find_object((void *)pc, &found) != 0)
		return 0;
	*w = (struct where){.start = (uintptr_t)found.dlfo_map_start,
			    .end = (uintptr_t)found.dlfo_map_end,
			    .bias = found.dlfo_link_map->l_addr,
			    .name = found.dlfo_link_map->l_name};
	find_headers(w);
	/* With gaps between its segments the loader names only the one around the pc. */
	struct where whole = {.start = pc};
	if (!w->phdr && dl_iterate_phdr(in_module, &whole))
		*w = whole;
	w->loader = (uintptr_t)found.dlfo_link_map;
	return 1;
}

static void copy_build_id(struct sn_module_rec *m, const char *note, size_t size)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *n = (const void *)note;
		size_t name = (n->n_namesz + 3) & ~3u, desc = (n->n_descsz + 3) & ~3u;
		size_t whole = sizeof *n + name + desc;
		if (whole > size)
			return;
		if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 &&
		    !memcmp(note + sizeof *n, "GNU", 4) && n->n_descsz <= SN_BUILD_ID_MAX) {
			memcpy(m->build_id, note + sizeof *n + name, n->n_descsz);
			m->build_id_size = n->n_descsz;
			return;
		}
		note += whole;
		size -= whole;
	}
}

static void find_build_id(struct sn_module_rec *m, const struct where *w)
{
	for (uint32_t i = 0; i < w->phdr_count && !m->build_id_size; i++) {
		const ElfW(Phdr) *p = &w->phdr[i];
		uintptr_t at = w->bias + p->p_vaddr;
		if (p->p_type == PT_NOTE && at >= w->start && at + p->p_memsz <= w->end)
			copy_build_id(m, (const char *)at, p->p_memsz);
	}
}

static uint32_t path_text(const char *name)
{
	char path[512];
	struct sn_recorder *r = &sn_shim.recorder;
	if (name && *name == '/')
		return sn_recorder_text(r, name, (uint32_t)strlen(name));
	if (name && *name && !strchr(name, '/'))
		return sn_recorder_text(r, name, (uint32_t)strlen(name)); /* linux-vdso.so.1 */
	if (name && *name) {
		/* A relative path, as of now: the program may change its directory. */
		long n = sn_sys(SYS_getcwd, path, sizeof path);
		size_t length = strlen(name);
		if (n > 0 && (size_t)n + length < sizeof path) {
			path[n - 1] = '/';
			memcpy(path + n, name, length);
			return sn_recorder_text(r, path, (uint32_t)(n + (long)length));
		}
		return sn_recorder_text(r, name, (uint32_t)length);
	}
	long n = sn_sys(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path);
	return n > 0 && n < (long)sizeof path ? sn_recorder_text(r, path, (uint32_t)n) : 0;
}

/* Without the shim's lock the chain may change meanwhile: a record that has just been taken out of
 * it still leads on, and the steps are bounded. */
static uint32_t find_loaded(uintptr_t pc)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	uint32_t steps = r->header->tables[SN_TABLE_MODULE].used;
	for (uint32_t i = __atomic_load_n(&newest, __ATOMIC_ACQUIRE); i && steps--;) {
		const struct sn_module_rec *m = sn_rec_module(r, i);
		if (pc >= m->start && pc < m->end && m->unloaded_epoch == UINT32_MAX)
			return i;
		i = __atomic_load_n(&m->next_loaded, __ATOMIC_ACQUIRE);
	}
	return 0;
}

static uint32_t name_hash(const char *name)
{
	uint32_t hash = 2166136261u;
	while (name && *name)
		hash = (hash ^ (unsigned char)*name++) * 16777619u;
	return hash;
}

/* Whether what is loaded around this pc, which keeps it loaded, is still what the record says: the
 * thread whose dlclose took the recorded one away may not have come to say so yet. */
static int is_still(const struct sn_module_rec *m, uintptr_t pc)
{
	struct dl_find_object found;
	if (!m->loader)
		return 1;
	return _dl_find_object((void *)pc, &found) == 0 &&
	       m->loader == (uintptr_t)found.dlfo_link_map &&
	       m->bias == found.dlfo_link_map->l_addr &&
	       m->name_hash == name_hash(found.dlfo_link_map->l_name);
}

static int is_known(uintptr_t pc)
{
	uint32_t i = find_loaded(pc);
	return i && is_still(sn_rec_module(&sn_shim.recorder, i), pc);
}

static void fill(struct sn_module_rec *m, const struct where *w)
{
	m->path = path_text(w->name);
	find_build_id(m, w);
	m->start = w->start;
	m->end = w->end;
	m->bias = w->bias;
	m->loader = w->loader;
	m->name_hash = name_hash(w->name);
	m->loaded_epoch = sn_shim.module_epoch;
	m->next_loaded = newest;
	__atomic_store_n(&m->unloaded_epoch, UINT32_MAX, __ATOMIC_RELEASE);
}

/* Takes those for which `gone` holds out of the chain, and outdates every trace: other code may
 * come to the same addresses. Called with the shim's lock held. */
static void unload(int (*gone)(const struct sn_module_rec *, const struct where *),
		   const struct where *w)
{
	struct sn_recorder *r = &sn_shim.recorder;
	uint32_t epoch = sn_shim.module_epoch + 1, *link = &newest;
	while (*link) {
		struct sn_module_rec *m = sn_rec_module(r, *link);
		if (!gone(m, w)) {
			link = &m->next_loaded;
			continue;
		}
		m->unloaded_epoch = epoch;
		__atomic_store_n(link, m->next_loaded, __ATOMIC_RELEASE);
		r->header->module_epoch = epoch;
		__atomic_store_n(&sn_shim.module_epoch, epoch, __ATOMIC_RELEASE);
	}
}

static int overlaps(const struct sn_module_rec *m, const struct where *w)
{
	return m->start < w->end && w->start < m->end;
}

/* Called with the shim's lock held. */
static void record(uintptr_t pc, const struct where *w)
{
	struct sn_recorder *r = &sn_shim.recorder;
	if (is_known(pc))
		return;
	unload(overlaps, w);
	uint32_t i = sn_recorder_append(r, SN_TABLE_MODULE, 1);
	if (!i) {
		sn_recorder_count(r, SN_COUNTER_MODULES_FULL);
		return;
	}
	fill(sn_rec_module(r, i), w);
	__atomic_store_n(&newest, i, __ATOMIC_RELEASE);
}

void sn_module_seen(uintptr_t pc)
{
	struct where w = {0};
	if (is_known(pc) || !locate(pc, &w))
		return;
	if (sn_lock_take(&sn_shim.lock))
		return;
	record(pc, &w);
	sn_lock_give(&sn_shim.lock);
}

void sn_module_reset(void)
{
	newest = 0;
}

void sn_module_start(void)
{
	struct link_map *map = _r_debug.r_map;
	if (map && map->l_ld)
		sn_module_seen((uintptr_t)map->l_ld);
}

/* Nothing of the module is read: it may be on its way out, by another thread. What came to its
 * place is told from it when it is first on a stack. */
static int is_unloaded(const struct sn_module_rec *m, const struct where *unused)
{
	(void)unused;
	struct dl_find_object found;
	struct where w = {.start = m->start};
	if (!_dl_find_object)
		return !dl_iterate_phdr(in_module, &w) || w.start != m->start;
	return _dl_find_object((void *)m->start, &found) != 0 ||
	       (uintptr_t)found.dlfo_link_map != m->loader;
}

SN_EXPORT int dlclose(void *handle)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	int result = sn_real(dlclose)(handle);
	int saved = errno;
	if (self && sn_self_tls == self) {
		sn_busy_begin(self, SN_CALLER_CFA);
		if (!sn_lock_take(&sn_shim.lock)) {
			unload(is_unloaded, NULL);
			sn_lock_give(&sn_shim.lock);
		}
		sn_busy_end(self);
	}
	errno = saved;
	return result;
}
