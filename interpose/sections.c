/* SPDX-License-Identifier: Apache-2.0
 *
 * See sections.h. */
#include "interpose/sections.h"
#include "base/names.h"
#include "interpose/misuse.h"

/* The rwlock whose memory has room for the number. It is held, but a program with a fault may have
 * given its memory back all the same: so that is looked at first. */
static pthread_rwlock_t *memory_of(struct sn_self *self, const struct sn_held *h)
{
	const struct sn_lock_rec *rec = &self->locks[h->lock];
	pthread_rwlock_t *l = (pthread_rwlock_t *)(uintptr_t)rec->address;
	if ((rec->type != SN_LOCK_RWLOCK && rec->type != SN_LOCK_RWLOCK_WRITER) ||
	    rec->flags & SN_LOCK_PSHARED)
		return NULL;
	return sn_bytes_of(self, h->lock, self->tid, h->mode) == SN_BYTES_HELD ? l : NULL;
}

void sn_sections_ordered(struct sn_self *self)
{
	for (uint32_t i = 0; i < self->rec->held_count; i++) {
		const struct sn_held *h = &self->held[i];
		const struct sn_lock_rec *rec = &self->locks[h->lock];
		if (!h->lock || !(h->mode & SN_MODE_READ) || !rec->sync)
			continue;
		sn_rec_sync(&sn_shim.recorder, rec->sync)->count++;
		pthread_rwlock_t *l = memory_of(self, h);
		if (l)
			__atomic_store_n(sn_rwlock_salt(l), sn_sections_salt(self, h->lock),
					 __ATOMIC_RELAXED);
	}
}
