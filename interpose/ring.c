/* SPDX-License-Identifier: Apache-2.0
 *
 * See ring.h.  Called by a busy thread. No lock of the loader's is taken: a member of the ring may
 * hold it. */
#include "interpose/ring.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include "base/asleep.h"
#include "base/memory.h"
#include "base/signals.h"
#include "interpose/shim.h"

/* A futex word of a lock lies this near to its address. */
#define LOCK_BYTES 64

static int may_be_released_elsewhere(const struct sn_view *v, const struct sn_thread_rec *t)
{
	const struct sn_lock_rec *l = sn_view_lock(v, t->wait_object);
	return t->wait_kind == SN_WAIT_LOCK && l->flags & SN_LOCK_PSHARED &&
	       !sn_memory_is_private(v->header->pid, l->address);
}

/* Who waits for a spin lock runs. */
static int spins(const struct sn_view *v, const struct sn_thread_rec *t)
{
	return t->wait_kind == SN_WAIT_LOCK &&
	       sn_view_lock(v, t->wait_object)->type == SN_LOCK_SPIN;
}

/* A join is a cancellation point, a lock is none. */
static int leaves_join(const struct sn_thread_rec *t)
{
	return t->wait_kind == SN_WAIT_JOIN && t->flags & SN_THREAD_CANCELLED;
}

static uint32_t member(const struct sn_view *v, const struct sn_finding *f, uint32_t tid)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == SN_ROLE_WAITS &&
		    sn_view_thread(v, f->parts[i].thread)->tid == tid)
			return f->parts[i].thread;
	return 0;
}

static enum sn_ring who_looks(const struct sn_view *v, const struct sn_finding *f, uint32_t i,
			      uint32_t except)
{
	const struct sn_thread_rec *t = sn_view_thread(v, f->parts[i].thread);
	uint32_t flags = __atomic_load_n(&t->flags, __ATOMIC_SEQ_CST);
	return flags & SN_THREAD_LOOKS && f->parts[i].thread > member(v, f, except)
		       ? SN_RING_OTHERS
		       : SN_RING_NOT_YET;
}

enum sn_ring sn_ring_ask(const struct sn_view *v, const struct sn_finding *f, uint32_t except)
{
	/* There the kernel cannot be asked, and the registry is believed. */
	if (sn_sandboxed)
		return SN_RING_CLOSED;
	for (uint32_t i = 0; i < f->part_count; i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, f->parts[i].thread);
		if (f->parts[i].role != SN_ROLE_WAITS)
			continue;
		if (may_be_released_elsewhere(v, t))
			return SN_RING_OPEN;
		if (leaves_join(t))
			return t->tid == except ? SN_RING_OPEN : SN_RING_NOT_YET;
		if (t->tid != except && !spins(v, t) && !sn_asleep_on(v, t, LOCK_BYTES))
			return who_looks(v, f, i, except);
	}
	return SN_RING_CLOSED;
}

/* A module's dynamic symbols, as far as they are needed here. */
struct symbols {
	const ElfW(Sym) * table;
	const char *names;
	uint32_t undefined; /* those from 1 to below this are not looked up in it */
};

/* The loader has made these addresses absolute, but for the kernel's own module. */
static uintptr_t at(const struct link_map *map, ElfW(Addr) p)
{
	return p < map->l_addr ? map->l_addr + p : p;
}

static void find_symbols(const struct link_map *map, struct symbols *s)
{
	*s = (struct symbols){0};
	for (const ElfW(Dyn) *d = map->l_ld; d && d->d_tag != DT_NULL; d++) {
		const uint32_t *hash = (const uint32_t *)at(map, d->d_un.d_ptr);
		if (d->d_tag == DT_SYMTAB)
			s->table = (const ElfW(Sym) *)hash;
		else if (d->d_tag == DT_STRTAB)
			s->names = (const char *)hash;
		else if (d->d_tag == DT_GNU_HASH)
			s->undefined = hash[1];
		else if (d->d_tag == DT_HASH && !s->undefined)
			s->undefined = hash[1];
	}
}

static int leaves(const char *name)
{
	static const char *const all[] = {"longjmp",       "_longjmp",     "siglongjmp",
					  "__longjmp_chk", "pthread_exit", "thrd_exit",
					  "setcontext"};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (!strcmp(name, all[i]))
			return 1;
	return 0;
}

static int module_leaves(const struct link_map *map)
{
	struct symbols s;
	find_symbols(map, &s);
	if (!s.table || !s.names)
		return 1;
	for (uint32_t i = 1; i < s.undefined; i++)
		if (s.table[i].st_shndx == SHN_UNDEF && leaves(s.names + s.table[i].st_name))
			return 1;
	return 0;
}

static int may_leave(uintptr_t handler)
{
	struct dl_find_object found;
	return _dl_find_object((void *)handler, &found) || module_leaves(found.dlfo_link_map);
}

#define SIGNALS 64
#define NOT_ASKED (SN_SIGNALS_OF_CODE | SN_SIGNALS_TO_STOP)

int sn_ring_handler_may_leave(void)
{
	/* The kernel's struct sigaction. */
	struct {
		uintptr_t handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} a;
	for (int signal = 1; signal <= SIGNALS && !sn_sandboxed; signal++)
		if (!(NOT_ASKED & SN_SIGNAL(signal)) &&
		    sn_sys(SYS_rt_sigaction, signal, 0, &a, 8) == 0 &&
		    a.handler != (uintptr_t)SIG_DFL && a.handler != (uintptr_t)SIG_IGN &&
		    may_leave(a.handler))
			return 1;
	return 0;
}
