/* SPDX-License-Identifier: Apache-2.0
 *
 * Initialisation of an object that is in use, or that is and has not been destroyed.  It is judged
 * before the real init wipes the bytes that prove it.  Memory that was freed, or whose frame was
 * left by a longjmp, while a lock in it was held may serve a new object, and nothing in it says so:
 * an object is certainly the old one only where it is a static variable or where a thread sleeps in
 * it. */
#include "interpose/misuse.h"

/* The loaded module in which it is a static variable, which has no end; NULL where it is none. */
static const struct sn_module_rec *module_with(uintptr_t address)
{
	struct sn_view v;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_MODULE); i++) {
		const struct sn_module_rec *m = sn_view_module(&v, i);
		if (address >= m->start && address < m->end && m->unloaded_epoch == UINT32_MAX)
			return m;
	}
	return NULL;
}

static int is_static(uintptr_t address)
{
	return module_with(address) != NULL;
}

int sn_misuse_is_same_static(struct sn_self *self, uint32_t lock)
{
	const struct sn_lock_rec *rec = &self->locks[lock];
	const struct sn_module_rec *m = module_with(rec->address);
	return m && rec->flags & SN_LOCK_INIT_SEEN && !(rec->flags & SN_LOCK_DESTROYED) &&
	       sn_rec_stack(&sn_shim.recorder, rec->birth_stack)->epoch >= m->loaded_epoch;
}

/* use NULL: nobody uses it. */
static void report(struct sn_self *self, uint32_t lock, const struct sn_use *use,
		   enum sn_verdict verdict, struct sn_site site)
{
	struct sn_finding f;
	sn_finding_start(&f, SN_KIND_REINIT_IN_USE, verdict,
			 use ? SN_WHY_IN_USE : SN_WHY_NOT_ENDED);
	sn_misuse_part(&f, SN_ROLE_DESTROYED, self->thread, lock,
		       sn_trace(self, site.ra, site.cfa));
	if (use)
		sn_misuse_part(&f, use->role, use->thread, lock, use->stack);
	sn_report_finding(self, &f);
}

static void judge(struct sn_self *self, uint32_t lock, const struct sn_use *use,
		  struct sn_site site)
{
	uintptr_t address = (uintptr_t)self->locks[lock].address;
	int sure = use->role == SN_ROLE_WAITS || is_static(address) || sn_use_is_awaited(lock);
	report(self, lock, use, sure ? SN_CONFIRMED : SN_SUSPECT, site);
}

/* The word of a free mutex or rwlock, glibc's or GLib's, is 0; the real init is about to write it.
 */
static int is_free(const struct sn_lock_rec *rec, const void *address)
{
	uint32_t family = sn_misuse_family(rec->type);
	return (family == SN_LOCK_MUTEX || family == SN_LOCK_RWLOCK ||
		family == SN_LOCK_GLIB_MUTEX) &&
	       !*(const volatile uint32_t *)address;
}

/* What bears a tag in its own memory is known by it: without it, it has been made anew. */
static int has_own_tag(const struct sn_self *self, uint32_t lock)
{
	const struct sn_lock_rec *rec = &self->locks[lock];
	uint32_t family = sn_misuse_family(rec->type);
	return (family == SN_LOCK_MUTEX || family == SN_LOCK_RWLOCK ||
		family == SN_LOCK_GLIB_MUTEX) &&
	       !(rec->flags & (SN_LOCK_PSHARED | SN_LOCK_ROBUST));
}

/* Whoever held what was here holds it no more; who ended with it is told of all the same. */
static void forget_living(uint32_t lock)
{
	struct sn_view v;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t t = 1; t < sn_view_count(&v, SN_TABLE_THREAD); t++) {
		const struct sn_thread_rec *rec = sn_view_thread(&v, t);
		for (uint32_t i = 0; rec->state == SN_THREAD_RUNNING && i < rec->held_count; i++) {
			const struct sn_held *h = sn_view_thread_held(&v, rec, i);
			if (h->lock == lock)
				__atomic_store_n((uint32_t *)(uintptr_t)&h->lock, 0,
						 __ATOMIC_RELEASE);
		}
	}
}

/* Whether nobody uses it, and it is the same object of this type that was initialised before. A
 * child of fork makes its locks anew, since their holders are gone: that is as it should be. */
static int is_again(struct sn_self *self, uint32_t lock, uint32_t type, uint32_t known)
{
	return !sn_shim.forked_from && sn_misuse_family(self->locks[lock].type) == type &&
	       (known || !has_own_tag(self, lock)) && sn_misuse_is_same_static(self, lock);
}

void sn_misuse_init(struct sn_self *self, void *address, uint32_t type, uint32_t known,
		    struct sn_site site)
{
	struct sn_use use;
	uint32_t lock = known ? known : sn_identity_at(self, address);
	if (!lock)
		return;
	int saved = errno, idle = is_free(&self->locks[lock], address);
	if (!idle && sn_use_of(self, lock, &use))
		judge(self, lock, &use, site);
	else if (is_again(self, lock, type, known))
		report(self, lock, NULL, SN_SUSPECT, site);
	if (idle) {
		errno = saved;
		return;
	}
	if (!self->locks[lock].sync)
		forget_living(lock);
	errno = saved;
}
