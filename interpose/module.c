/* SPDX-License-Identifier: Apache-2.0
 *
 * See module.h. Records are few; a linear search from the newest, behind a small cache, is enough
 * on this path, which only runs when a stack is new. */
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
};

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
		low, high, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum, info->dlpi_name};
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

static int locate(uintptr_t pc, struct where *w)
{
	struct dl_find_object found;
	if (!_dl_find_object) {
		w->start = pc;
		return dl_iterate_phdr(in_module, w);
	}
	if (_dl_find_object((void *)pc, &found) != 0)
		return 0;
	*w = (struct where){(uintptr_t)found.dlfo_map_start,
			    (uintptr_t)found.dlfo_map_end,
			    found.dlfo_link_map->l_addr,
			    NULL,
			    0,
			    found.dlfo_link_map->l_name};
	find_headers(w);
	/* With gaps between its segments the loader names only the one around the pc. */
	struct where whole = {.start = pc};
	if (!w->phdr && dl_iterate_phdr(in_module, &whole))
		*w = whole;
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

static uint32_t find_loaded(uintptr_t pc)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = r->header->tables[SN_TABLE_MODULE].used - 1; i; i--) {
		const struct sn_module_rec *m = sn_rec_module(r, i);
		if (pc >= m->start && pc < m->end && m->unloaded_epoch == UINT32_MAX)
			return i;
	}
	return 0;
}

/* Called with the shim's lock held. */
static void record(uintptr_t pc, const struct where *w)
{
	struct sn_recorder *r = &sn_shim.recorder;
	if (find_loaded(pc))
		return;
	uint32_t i = sn_recorder_append(r, SN_TABLE_MODULE, 1);
	if (!i) {
		sn_recorder_count(r, SN_COUNTER_MODULES_FULL);
		return;
	}
	struct sn_module_rec *m = sn_rec_module(r, i);
	m->path = path_text(w->name);
	find_build_id(m, w);
	m->start = w->start;
	m->end = w->end;
	m->bias = w->bias;
	m->loaded_epoch = sn_shim.module_epoch;
	__atomic_store_n(&m->unloaded_epoch, UINT32_MAX, __ATOMIC_RELEASE);
}

void sn_module_seen(uintptr_t pc)
{
	struct where w = {0};
	if (find_loaded(pc) || !locate(pc, &w))
		return;
	if (sn_lock_take(&sn_shim.lock))
		return;
	record(pc, &w);
	sn_lock_give(&sn_shim.lock);
}

void sn_module_start(void)
{
	struct link_map *map = _r_debug.r_map;
	if (map && map->l_ld)
		sn_module_seen((uintptr_t)map->l_ld);
}

/* What dlclose has unmapped is marked, and every trace is taken anew: other code may come to the
 * same addresses. */
static void look_for_unloaded(void)
{
	struct sn_recorder *r = &sn_shim.recorder;
	struct where w = {0};
	uint32_t epoch = sn_shim.module_epoch + 1;
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_MODULE].used; i++) {
		struct sn_module_rec *m = sn_rec_module(r, i);
		if (m->unloaded_epoch != UINT32_MAX ||
		    (locate(m->start, &w) && w.start == m->start))
			continue;
		m->unloaded_epoch = epoch;
		r->header->module_epoch = epoch;
		__atomic_store_n(&sn_shim.module_epoch, epoch, __ATOMIC_RELEASE);
	}
}

SN_EXPORT int dlclose(void *handle)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	int result = sn_real(dlclose)(handle);
	int saved = errno;
	if (self && sn_self_tls == self) {
		sn_busy_begin(self, SN_CALLER_CFA);
		if (!sn_lock_take(&sn_shim.lock)) {
			look_for_unloaded();
			sn_lock_give(&sn_shim.lock);
		}
		sn_busy_end(self);
	}
	errno = saved;
	return result;
}
