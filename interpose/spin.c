/* SPDX-License-Identifier: Apache-2.0
 *
 * Spin locks: one word, no room for a tag, so they are found by their address.  Their waits are
 * published like any other: a ring through a spin lock burns a processor for ever. */
#include "interpose/bytes.h"
#include "interpose/progress.h"
#include "interpose/real.h"

static inline void look(const pthread_spinlock_t *l, struct sn_site site)
{
	if (sn_unlikely(sn_bytes_no_spin(l)))
		sn_bytes_tell((const void *)l, SN_LOCK_SPIN, site);
}

static inline uint32_t lock_of(struct sn_self *self, pthread_spinlock_t *l, struct sn_site site)
{
	uint32_t lock = sn_identity_find(self, (const void *)l);
	if (sn_likely(lock))
		return lock;
	return sn_identity_object(self, (void *)l, SN_LOCK_SPIN, 0,
				  sn_trace(self, site.ra, site.cfa), 0);
}

static void note_acquired(struct sn_self *self, pthread_spinlock_t *l, uint32_t mode,
			  struct sn_site site)
{
	uint32_t lock = lock_of(self, l, site);
	if (lock)
		sn_acquired(self, lock, mode, NULL, site);
}

static SN_COLD int lock_blocking(struct sn_self *self, pthread_spinlock_t *l, struct sn_site site)
{
	SN_WAIT_SCOPE(outer);
	uint32_t lock = lock_of(self, l, site);
	if (!lock)
		return sn_real(pthread_spin_lock)(l);
	sn_blocking(self, &outer, lock, SN_MODE_WRITE, 0, site);
	int result = sn_real(pthread_spin_lock)(l);
	sn_wait_end(&outer);
	if (!result)
		note_acquired(self, l, SN_MODE_WRITE, site);
	return result;
}

SN_EXPORT int pthread_spin_lock(pthread_spinlock_t *l)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (!self)
		return sn_real(pthread_spin_lock)(l);
	look(l, site);
	int result = sn_real(pthread_spin_trylock)(l);
	if (result)
		return lock_blocking(self, l, site);
	note_acquired(self, l, SN_MODE_WRITE, site);
	return 0;
}

SN_EXPORT int pthread_spin_trylock(pthread_spinlock_t *l)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	look(l, site);
	int result = sn_real(pthread_spin_trylock)(l);
	if (self && !result)
		note_acquired(self, l, SN_MODE_WRITE | SN_MODE_TRY, site);
	else if (self && result == EBUSY)
		sn_progress_failed(self, lock_of(self, l, site), SN_MODE_TRY, site);
	return result;
}

SN_EXPORT int pthread_spin_unlock(pthread_spinlock_t *l)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self) {
		uint32_t lock = lock_of(self, l, site);
		if (lock && !sn_release(self, lock)) {
			int saved = errno;
			/* x86-64's lock word is 1 when free; it does not name an owner. */
			sn_unlock_unheld(self, lock, 0, *l <= 0, site);
			errno = saved;
		}
	}
	return sn_real(pthread_spin_unlock)(l);
}

SN_EXPORT int pthread_spin_init(pthread_spinlock_t *l, int shared)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_misuse_init(self, (void *)l, SN_LOCK_SPIN, 0, site);
	int result = sn_real(pthread_spin_init)(l, shared);
	if (self && !result) {
		int saved = errno;
		uint32_t flags = shared == PTHREAD_PROCESS_SHARED ? SN_LOCK_PSHARED : 0;
		sn_identity_object(self, (void *)l, SN_LOCK_SPIN, flags | SN_LOCK_INIT_SEEN,
				   sn_trace(self, site.ra, site.cfa), 1);
		errno = saved;
	}
	return result;
}

SN_EXPORT int pthread_spin_destroy(pthread_spinlock_t *l)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	uint32_t lock = self ? sn_identity_find(self, (const void *)l) : 0;
	if (self && !lock)
		sn_wrong_unknown(self, (void *)l, SN_LOCK_SPIN, NULL, site);
	if (lock) {
		int saved = errno, shared = self->locks[lock].flags & SN_LOCK_PSHARED;
		if (sn_destroying(self, lock, site))
			sn_forget_holders(lock);
		sn_identity_end(self, (void *)l, lock, NULL);
		if (!shared)
			sn_misuse_destroyed(self, (void *)l, SN_LOCK_SPIN, NULL, site);
		errno = saved;
	}
	return sn_real(pthread_spin_destroy)(l);
}
