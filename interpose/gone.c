/* SPDX-License-Identifier: Apache-2.0
 *
 * See gone.h.  What is seen afterwards, in memory that holds something else, is a suspicion: an
 * unlock may have gone unseen.  That memory is given back to the system while the lock's own bytes
 * say that a thread holds it is none; nor is that a frame was left, if every call was seen. */
#include "interpose/gone.h"
#include <sys/auxv.h>
#include "base/asleep.h"
#include "base/unwind_internal.h"
#include "interpose/glib.h"
#include "interpose/misuse.h"
#include "interpose/real.h"

/* How many of the newest locks are looked at where that costs a system call each. */
#define NEWEST 8
/* The outermost frame of a thread lies this near to the end of its stack. */
#define START_BYTES 65536u
/* No thread id of the kernel's is as high, nor are there as many threads. */
#define TIDS (1u << 22)

static int is_tid(uint32_t n)
{
	return n && n < TIDS;
}

/* A mutex that links robust ones through its list, or that other processes see, has no tag. */
static int is_tagged(const struct sn_self *self, uint32_t lock)
{
	return !(self->locks[lock].flags & (SN_LOCK_ROBUST | SN_LOCK_PSHARED));
}

static int has_tag(struct sn_self *self, uint32_t lock, uint64_t tag)
{
	return sn_tag_lock(self, tag, (void *)(uintptr_t)self->locks[lock].address) == lock;
}

static enum sn_lock_says mutex_bytes(struct sn_self *self, uint32_t lock, uint32_t tid)
{
	pthread_mutex_t m;
	int error = sn_peek(sn_shim.pid, self->locks[lock].address, &m, sizeof m);
	uint32_t word = (uint32_t)m.__data.__lock, owner = sn_mutex_owner(&m) & 0x3fffffff;
	if (error)
		return error == -EFAULT ? SN_BYTES_UNMAPPED : SN_BYTES_OTHERS;
	if (is_tagged(self, lock) && !has_tag(self, lock, *sn_mutex_tag(&m)))
		return SN_BYTES_CHANGED;
	/* glibc's words of a normal mutex: free, taken, taken and waited for. Others have the
	 * owner's id there, and flags. */
	if (!(self->locks[lock].flags & (SN_LOCK_PI | SN_LOCK_ROBUST)) &&
	    (word > 2 || (word && !is_tid(owner))))
		return SN_BYTES_CHANGED;
	return word && owner == tid ? SN_BYTES_HELD : SN_BYTES_OTHERS;
}

static enum sn_lock_says rwlock_bytes(struct sn_self *self, uint32_t lock, uint32_t tid,
				      uint32_t mode)
{
	pthread_rwlock_t l;
	int error = sn_peek(sn_shim.pid, self->locks[lock].address, &l, sizeof l);
	uint32_t writer = (uint32_t)l.__data.__cur_writer, readers = l.__data.__readers >> 3;
	if (error)
		return error == -EFAULT ? SN_BYTES_UNMAPPED : SN_BYTES_OTHERS;
	if (is_tagged(self, lock) && !has_tag(self, lock, *sn_rwlock_tag(&l)))
		return SN_BYTES_CHANGED;
	if ((writer && !is_tid(writer)) || (readers & (UINT32_MAX >> 4)) >= TIDS)
		return SN_BYTES_CHANGED;
	return (mode & SN_MODE_READ ? readers != 0 : writer == tid) ? SN_BYTES_HELD
								    : SN_BYTES_OTHERS;
}

static enum sn_lock_says spin_bytes(const struct sn_self *self, uint32_t lock)
{
	int word = 0;
	int error = sn_peek(sn_shim.pid, self->locks[lock].address, &word, sizeof word);
	if (error)
		return error == -EFAULT ? SN_BYTES_UNMAPPED : SN_BYTES_OTHERS;
	/* x86-64's word is 1 when free, and less when taken. */
	return word > 1 ? SN_BYTES_CHANGED : word == 1 ? SN_BYTES_OTHERS : SN_BYTES_HELD;
}

enum sn_lock_says sn_bytes_of(struct sn_self *self, uint32_t lock, uint32_t tid, uint32_t mode)
{
	switch (sn_misuse_family(self->locks[lock].type)) {
	case SN_LOCK_MUTEX:
		return mutex_bytes(self, lock, tid);
	case SN_LOCK_RWLOCK:
		return rwlock_bytes(self, lock, tid, mode);
	case SN_LOCK_SPIN:
		return spin_bytes(self, lock);
	case SN_LOCK_GLIB_MUTEX:
		return sn_gmutex_says(lock);
	default:
		return SN_BYTES_OTHERS;
	}
}

static void tell(struct sn_self *self, uint32_t slot, enum sn_verdict verdict, enum sn_why why,
		 uint32_t stack)
{
	struct sn_finding f;
	const struct sn_held *h = &self->held[slot];
	sn_finding_start(&f, SN_KIND_DESTROY_WHILE_LOCKED, verdict, why);
	if (stack)
		sn_misuse_part(&f, SN_ROLE_CALLED, self->thread, h->lock, stack);
	else
		sn_misuse_part(&f, SN_ROLE_SUBJECT, self->thread, h->lock, 0);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_HOLDS,
					    .mode = (uint8_t)h->mode,
					    .thread = self->thread,
					    .object = h->lock,
					    .stack = h->stack});
	sn_report_finding(self, &f);
	sn_held_remove(self, slot);
}

/* A coroutine may have its stack in a frame of the thread's, and what lies below it are live frames
 * then. The walk from here must end where the thread began. */
void sn_gone_tell_left(struct sn_self *self, uint32_t slot, struct sn_site site)
{
	int saved = errno;
	const struct sn_held *h = &self->held[slot];
	uintptr_t end = sn_trace_end_of(self, site.cfa);
	if (end && self->stack_high - end < START_BYTES) {
		/* Our own frames may have overwritten it: the registry says that it is held. */
		int sure = !sn_shim.recorder.header->counters[SN_COUNTER_REENTRANT] ||
			   sn_bytes_of(self, h->lock, self->tid, h->mode) == SN_BYTES_HELD;
		tell(self, slot, sure ? SN_CONFIRMED : SN_SUSPECT, SN_WHY_FRAME_LEFT,
		     sn_trace(self, site.ra, site.cfa));
	}
	errno = saved;
}

static enum sn_why why_of(enum sn_lock_says bytes)
{
	return bytes == SN_BYTES_UNMAPPED ? SN_WHY_MEMORY_UNMAPPED : SN_WHY_MEMORY_CHANGED;
}

int sn_gone_memory(struct sn_self *self, struct sn_site site)
{
	int saved = errno, gone = 0;
	uint32_t n = self->rec->held_count;
	for (uint32_t i = n; i-- > 0 && n - i <= NEWEST;) {
		const struct sn_held *h = &self->held[i];
		if (!h->lock)
			continue;
		enum sn_lock_says bytes = sn_bytes_of(self, h->lock, self->tid, h->mode);
		if (bytes != SN_BYTES_CHANGED && bytes != SN_BYTES_UNMAPPED)
			continue;
		tell(self, i, SN_SUSPECT, why_of(bytes), sn_trace(self, site.ra, site.cfa));
		gone = 1;
	}
	errno = saved;
	return gone;
}

static uintptr_t module_of(uintptr_t pc)
{
	struct sn_unwind_table module;
	return sn_unwind_find_table(pc, &module) ? 0 : module.start;
}

#define ENTRY_BYTES 128 /* of _start, at most */

/* Else there is somebody between _start and us who is not the C library or the loader. */
int sn_main_has_returned(uint32_t stack)
{
	struct sn_view v;
	uint32_t depth;
	uintptr_t libc = module_of((uintptr_t)sn_real(pthread_mutex_unlock));
	sn_recorder_view(&sn_shim.recorder, &v);
	const uint64_t *pcs = sn_view_stack_pcs(&v, stack, &depth);
	if (depth < 2 || !libc || pcs[depth - 1] - getauxval(AT_ENTRY) > ENTRY_BYTES)
		return 0;
	for (uint32_t i = 0; i + 1 < depth; i++) {
		uintptr_t module = module_of(pcs[i] - 1);
		if (module != libc && module != getauxval(AT_BASE))
			return 0;
	}
	return 1;
}

/* Whoever was left behind in its wait for the lock is told with whoever holds it. */
static int is_awaited(uint32_t lock)
{
	struct sn_view v;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(&v, i);
		if (t->state == SN_THREAD_RUNNING && t->wait_kind == SN_WAIT_LOCK &&
		    t->wait_object == lock)
			return 1;
	}
	return 0;
}

static void tell_at_exit(struct sn_self *self, uint32_t slot)
{
	struct sn_finding f;
	const struct sn_held *h = &self->held[slot];
	sn_finding_start(&f, SN_KIND_LOCK_HELD_AT_THREAD_EXIT, SN_SUSPECT, SN_WHY_MAIN_RETURNED);
	sn_misuse_part(&f, SN_ROLE_SUBJECT, self->thread, 0, 0);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_HOLDS,
					    .mode = (uint8_t)h->mode,
					    .thread = self->thread,
					    .object = h->lock,
					    .stack = h->stack});
	sn_report_finding(self, &f);
}

void sn_gone_at_exit(struct sn_self *self, struct sn_site site)
{
	if (!self->rec->held_count || !(self->rec->flags & SN_THREAD_MAIN) ||
	    !sn_main_has_returned(sn_trace(self, site.ra, site.cfa)))
		return;
	for (uint32_t i = self->rec->held_count; i-- > 0;) {
		const struct sn_held *h = &self->held[i];
		/* What a finding names already is not told again for the same fault. */
		if (!h->lock || self->locks[h->lock].flags & SN_LOCK_PINNED || is_awaited(h->lock))
			continue;
		enum sn_lock_says bytes = sn_bytes_of(self, h->lock, self->tid, h->mode);
		/* Every frame of the program has been left by now. */
		uint64_t address = self->locks[h->lock].address;
		int on_stack = address >= self->stack_low && address < self->stack_high;
		if (bytes == SN_BYTES_HELD || on_stack)
			tell_at_exit(self, i);
		else if (bytes != SN_BYTES_OTHERS)
			tell(self, i, SN_SUSPECT, why_of(bytes), 0);
	}
}

/* The slot of some thread's held lock in [from, from + bytes). */
static const struct sn_held *held_within(const struct sn_view *v, const struct sn_thread_rec *t,
					 uint64_t from, uint64_t bytes)
{
	for (uint32_t i = 0; i < t->held_count; i++) {
		const struct sn_held *h = sn_view_thread_held(v, t, i);
		if (h->lock && sn_view_lock(v, h->lock)->address - from < bytes)
			return h;
	}
	return NULL;
}

static void tell_unmapped(struct sn_self *self, uint32_t thread, const struct sn_held *h,
			  struct sn_site site)
{
	struct sn_finding f;
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	if (sn_bytes_of(self, h->lock, t->tid, h->mode) != SN_BYTES_HELD)
		return;
	sn_finding_start(&f, SN_KIND_DESTROY_WHILE_LOCKED, SN_CONFIRMED, SN_WHY_MEMORY_UNMAPPED);
	sn_misuse_part(&f, SN_ROLE_DESTROYED, self->thread, h->lock,
		       sn_trace(self, site.ra, site.cfa));
	sn_misuse_part(&f, SN_ROLE_HOLDS, thread, h->lock, h->stack);
	sn_report_finding(self, &f);
	sn_forget_holders(h->lock);
}

static void unmapping(struct sn_self *self, uint64_t from, uint64_t bytes, struct sn_site site)
{
	struct sn_view v;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(&v, i);
		const struct sn_held *h;
		if (t->state != SN_THREAD_RUNNING || !t->held_count || t->flags & SN_THREAD_GHOST)
			continue;
		h = held_within(&v, t, from, bytes);
		if (h)
			tell_unmapped(self, i, h, site);
	}
}

SN_EXPORT int munmap(void *address, size_t bytes)
{
	struct sn_self *self = sn_self_tls;
	if (self && self->state == SN_SELF_READY) {
		int saved = errno;
		unmapping(self, (uintptr_t)address, bytes, SN_SITE);
		errno = saved;
	}
	return sn_real(munmap)(address, bytes);
}
