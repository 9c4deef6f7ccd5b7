/* SPDX-License-Identifier: Apache-2.0
 *
 * See sync.h. */
#include "interpose/sync.h"
#include "interpose/evidence.h"

/* Whether the object says of itself that processes share it: it may have been initialised by
 * another one, or by the parent. glibc has kept these words where they are since 2.21 and 2.25. */
static int is_shared(const void *address, uint32_t type)
{
	const uint32_t *word = address;
	switch (type) {
	case SN_LOCK_COND:
		return word[9] & 1; /* __wrefs */
	case SN_LOCK_SEMAPHORE:
		return word[2] != 0;
	case SN_LOCK_BARRIER:
		return word[3] != 0;
	default:
		return 0;
	}
}

struct sn_sync_rec *sn_sync_make(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
				 int fresh, struct sn_site site)
{
	struct sn_recorder *r = &sn_shim.recorder;
	uint32_t stack = sn_trace(self, site.ra, site.cfa), state = self->state;
	uint32_t known = sn_identity_find(self, address);
	/* Memory that served as something else before: it has been used anew without our seeing. */
	if (known && self->locks[known].type != type)
		fresh = 1;
	uint32_t lock = sn_identity_object(self, address, type, flags, stack, fresh);
	if (!lock)
		return NULL;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	uint32_t sync = 0;
	if (!sn_lock_take(&sn_shim.lock)) {
		/* Two threads may come here at once: the second finds the first one's. */
		sync = self->locks[lock].sync;
		if (!sync || fresh)
			sync = sn_registry_sync_new(r, lock);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	if (!sync)
		return NULL;
	if (flags & SN_LOCK_PSHARED || is_shared(address, type))
		sn_rec_sync(r, sync)->flags |= SN_SYNC_OUTSIDE;
	return sn_rec_sync(r, sync);
}

void sn_sync_gone(struct sn_self *self, void *address, struct sn_sync_rec *sync)
{
	sn_identity_end(self, address, sync->object, NULL);
}

void sn_sync_leave(struct sn_sync_rec *sync, int woken)
{
	uint64_t was = __atomic_load_n(&sync->waiters, __ATOMIC_RELAXED), now;
	do {
		uint32_t waiting = sn_sync_waiting(was), pending = sn_sync_pending(was);
		waiting -= waiting != 0;
		pending -= woken && pending;
		/* A waiter that timed out may have been the one that was woken. */
		if (pending > waiting)
			pending = waiting;
		now = (uint64_t)pending << 32 | waiting;
	} while (!__atomic_compare_exchange_n(&sync->waiters, &was, now, 0, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
}

void sn_sync_wake(struct sn_sync_rec *sync, uint32_t n)
{
	uint64_t was = __atomic_load_n(&sync->waiters, __ATOMIC_RELAXED), now;
	do {
		uint32_t waiting = sn_sync_waiting(was), pending = sn_sync_pending(was);
		pending = n < waiting - pending ? pending + n : waiting;
		now = (uint64_t)pending << 32 | waiting;
	} while (!__atomic_compare_exchange_n(&sync->waiters, &was, now, 0, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
}

static void note_waker(struct sn_sync_rec *sync, const struct sn_self *self)
{
	for (int i = 0; i < SN_WAKERS; i++) {
		if (sync->wakers[i] == self->thread && sync->waker_serial[i] == self->rec->serial)
			return;
		if (!sync->wakers[i]) {
			sync->waker_serial[i] = self->rec->serial;
			sync->wakers[i] = self->thread;
			return;
		}
	}
	sync->flags |= SN_SYNC_MANY_WAKERS;
}

void sn_sync_signalled(struct sn_self *self, struct sn_sync_rec *sync, struct sn_signal *to,
		       uint32_t flags, uint32_t stack)
{
	sn_evidence_shared(self);
	if (sync->waker_serial[0] != self->rec->serial)
		note_waker(sync, self);
	/* Thread and stack belong together: one store. Two signallers may mix the rest. */
	__atomic_store_n(&to->by, sn_sync_by(self, stack), __ATOMIC_RELAXED);
	to->flags = flags;
	to->ticks = sn_ticks();
}
