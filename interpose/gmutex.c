/* SPDX-License-Identifier: Apache-2.0
 *
 * GMutex.  As of pthread's mutex, lock and unlock hold GLib's own steps inlined: the same
 * exchanges of the same word, which is also how GLib's own calls, unseen by us, find it.  A thread
 * that must sleep does so here, on the word itself, in the wait that it has published. */
#include <linux/futex.h>
#include "base/asleep.h"
#include "interpose/glib.h"
#include "interpose/hold.h"
#include "interpose/progress.h"

/* The order that was noted last at a mutex stands beside it in a table: it has no room for it.
 * The tag is part of what is noted, so whoever shares a place merely misses. */
#define HINTS 4096u
static uint64_t hints[HINTS];

static inline uint64_t *hint_of(uint32_t lock)
{
	return &hints[lock % HINTS];
}

static SN_COLD uint32_t identify(struct sn_self *self, struct sn_gmutex *m, uint32_t flags,
				 struct sn_site site)
{
	return sn_identity_mark(self, m, SN_LOCK_GLIB_MUTEX, flags,
				sn_trace(self, site.ra, site.cfa), &m->mark);
}

uint32_t sn_gmutex_lock_of(struct sn_self *self, struct sn_gmutex *m, struct sn_site site)
{
	uint32_t lock = sn_gmutex_known(self, m);
	return sn_likely(lock) ? lock : identify(self, m, 0, site);
}

/* The calling thread, where the call is to be noted. Not so inside a condition wait: a GLib whose
 * functions call each other by name gives up and takes the mutex by these. */
static SN_COLD struct sn_self *watched(const struct sn_gmutex *m, struct sn_site site)
{
	if (!sn_glib_ready() || m == sn_glib_wait.mutex)
		return NULL;
	return sn_self_get(site.cfa);
}

static inline int take_word(struct sn_gmutex *m)
{
	uint32_t free_word = SN_GMUTEX_FREE;
	return __atomic_compare_exchange_n(&m->word, &free_word, SN_GMUTEX_TAKEN, 0,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void note_acquired(struct sn_self *self, struct sn_gmutex *m, uint32_t mode,
			  struct sn_site site)
{
	int saved = errno;
	uint32_t lock = sn_gmutex_lock_of(self, m, site);
	if (lock)
		sn_acquired(self, lock, mode, hint_of(lock), site);
	errno = saved;
}

/* As GLib sleeps. A process that nobody watches looks after a while who holds the mutex. */
static void sleep_for(struct sn_self *self, struct sn_gmutex *m)
{
	struct timespec until;
	int looks = self && sn_hold_until(&until);
	while (__atomic_exchange_n(&m->word, SN_GMUTEX_AWAITED, __ATOMIC_ACQUIRE)) {
		long result =
			sn_sys(SYS_futex, &m->word, FUTEX_WAIT_BITSET_PRIVATE, SN_GMUTEX_AWAITED,
			       looks ? &until : NULL, NULL, FUTEX_BITSET_MATCH_ANY);
		if (result != -ETIMEDOUT)
			continue;
		sn_hold_look(self);
		looks = 0;
	}
}

static SN_COLD void lock_blocking(struct sn_self *self, struct sn_gmutex *m, struct sn_site site)
{
	SN_WAIT_SCOPE(outer);
	uint32_t lock = sn_gmutex_lock_of(self, m, site);
	if (lock)
		sn_blocking(self, &outer, lock, SN_MODE_WRITE, 0, site);
	sleep_for(self, m);
	sn_wait_end(&outer);
	if (lock)
		note_acquired(self, m, SN_MODE_WRITE, site);
}

/* Without a note of ours. */
static void lock_plainly(struct sn_gmutex *m)
{
	if (sn_glib_real_table.g_mutex_lock)
		sn_glib_real_table.g_mutex_lock(m);
	else if (!take_word(m))
		sleep_for(NULL, m);
}

static SN_COLD void lock_otherwise(struct sn_gmutex *m, struct sn_site site)
{
	struct sn_self *self = watched(m, site);
	if (!self)
		lock_plainly(m);
	else if (take_word(m))
		note_acquired(self, m, SN_MODE_WRITE, site);
	else
		lock_blocking(self, m, site);
}

/* Whether lock and unlock may go the short way. */
static inline int is_short(const struct sn_self *self, const struct sn_gmutex *m)
{
	return self && self->state == SN_SELF_READY && sn_glib_state == SN_GLIB_KNOWN &&
	       m != sn_glib_wait.mutex;
}

/* All that there is to note of taking the mutex, known before it is taken; 0: not so. */
static inline __attribute__((always_inline)) uint32_t known_before(const struct sn_self *self,
								   const struct sn_gmutex *m,
								   uint64_t *print, uint32_t *stack,
								   struct sn_site site)
{
	uint32_t lock = is_short(self, m) ? sn_gmutex_known(self, m) : 0;
	if (sn_unlikely(!lock))
		return 0;
	*print = sn_print(sn_tag_make(self, lock), SN_MODE_WRITE);
	*stack = sn_acquired_before(self, self->rec->held_count, *print, hint_of(lock), site);
	return sn_likely(*stack) ? lock : 0;
}

SN_EXPORT void g_mutex_lock(struct sn_gmutex *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_tls;
	uint64_t print;
	uint32_t stack, lock = known_before(self, m, &print, &stack, site);
	if (sn_unlikely(!lock || !take_word(m))) {
		lock_otherwise(m, site);
		return;
	}
	sn_held_put(self, self->rec->held_count, lock, print, SN_MODE_WRITE, stack);
}

static SN_COLD int try_otherwise(struct sn_gmutex *m, struct sn_site site)
{
	struct sn_self *self = watched(m, site);
	if (!self)
		return sn_glib_real_table.g_mutex_trylock ? sn_glib_real_table.g_mutex_trylock(m)
							  : take_word(m);
	if (take_word(m)) {
		note_acquired(self, m, SN_MODE_WRITE | SN_MODE_TRY, site);
		return 1;
	}
	/* Nothing is wrong with trying what one holds: so programs assert that they hold it. */
	int saved = errno;
	sn_progress_failed(self, sn_gmutex_lock_of(self, m, site), SN_MODE_TRY, site);
	errno = saved;
	return 0;
}

SN_EXPORT int g_mutex_trylock(struct sn_gmutex *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_tls;
	uint64_t print;
	uint32_t stack, lock = known_before(self, m, &print, &stack, site);
	if (sn_unlikely(!lock || !take_word(m)))
		return try_otherwise(m, site);
	sn_held_put(self, self->rec->held_count, lock, print, SN_MODE_WRITE | SN_MODE_TRY, stack);
	return 1;
}

static void wake_one(const struct sn_gmutex *m)
{
	sn_sys(SYS_futex, &m->word, FUTEX_WAKE_PRIVATE, 1);
}

/* The thread is about to give up the mutex: notes whether others wait for it. */
static void note_pass(struct sn_self *self, const struct sn_gmutex *m, uint32_t lock)
{
	if (sn_likely(__atomic_load_n(&m->word, __ATOMIC_RELAXED) != SN_GMUTEX_AWAITED))
		return;
	uint32_t slot = sn_held_find(self, lock);
	sn_progress_passed(self, lock, slot != UINT32_MAX ? self->held[slot].stack : 0);
}

static void note_released(struct sn_self *self, struct sn_gmutex *m, struct sn_site site)
{
	int saved = errno;
	uint32_t lock = sn_gmutex_lock_of(self, m, site);
	if (lock)
		note_pass(self, m, lock);
	if (lock && !sn_release(self, lock))
		sn_unlock_unheld(self, lock, 0, m->word != SN_GMUTEX_FREE, site);
	errno = saved;
}

/* The real call says so, and ends the process, where the mutex is free. */
static SN_COLD void unlock_otherwise(struct sn_gmutex *m, struct sn_site site)
{
	struct sn_self *self = watched(m, site);
	if (self)
		note_released(self, m, site);
	if (sn_glib_real_table.g_mutex_unlock)
		sn_glib_real_table.g_mutex_unlock(m);
	else if (__atomic_exchange_n(&m->word, SN_GMUTEX_FREE, __ATOMIC_RELEASE) > SN_GMUTEX_TAKEN)
		wake_one(m);
}

/* The mutex has been given up, and may be gone: only its address is used, as GLib does. */
static SN_COLD void wake(struct sn_self *self, const struct sn_gmutex *m, uint32_t lock)
{
	sn_progress_passed(self, lock, self->held[self->rec->held_count].stack);
	wake_one(m);
}

SN_EXPORT void g_mutex_unlock(struct sn_gmutex *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_tls;
	uint32_t lock = is_short(self, m) ? sn_gmutex_known(self, m) : 0;
	if (sn_unlikely(!lock || !__atomic_load_n(&m->word, __ATOMIC_RELAXED) ||
			!sn_held_pop_newest(self, lock))) {
		unlock_otherwise(m, site);
		return;
	}
	if (sn_unlikely(__atomic_exchange_n(&m->word, SN_GMUTEX_FREE, __ATOMIC_RELEASE) !=
			SN_GMUTEX_TAKEN))
		wake(self, m, lock);
}

static void born(struct sn_gmutex *m, struct sn_site site)
{
	struct sn_self *self = m ? watched(m, site) : NULL;
	int saved = errno;
	if (self)
		identify(self, m, SN_LOCK_INIT_SEEN, site);
	errno = saved;
}

SN_EXPORT void g_mutex_init(struct sn_gmutex *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = watched(m, site);
	if (self)
		sn_misuse_init(self, m, SN_LOCK_GLIB_MUTEX, sn_gmutex_known(self, m), site);
	if (sn_glib_real_table.g_mutex_init)
		sn_glib_real_table.g_mutex_init(m);
	else
		m->word = SN_GMUTEX_FREE;
	born(m, site);
}

/* The real call ends the process where the mutex is locked. */
static void dies(struct sn_gmutex *m, struct sn_site site)
{
	struct sn_self *self = m ? watched(m, site) : NULL;
	uint32_t lock = self ? sn_gmutex_known(self, m) : 0;
	int saved = errno;
	if (!lock)
		return;
	if (m->word != SN_GMUTEX_FREE && sn_destroying(self, lock, site))
		sn_forget_holders(lock);
	sn_identity_end_mark(self, m, lock, &m->mark);
	errno = saved;
}

SN_EXPORT void g_mutex_clear(struct sn_gmutex *m)
{
	dies(m, SN_SITE);
	if (sn_glib_real(g_mutex_clear))
		sn_glib_real_table.g_mutex_clear(m);
}

/* GLib's own calls of init and clear in these two do not pass by us. */
SN_EXPORT struct sn_gmutex *g_mutex_new(void)
{
	struct sn_gmutex *m = sn_glib_real(g_mutex_new) ? sn_glib_real_table.g_mutex_new() : NULL;
	born(m, SN_SITE);
	return m;
}

SN_EXPORT void g_mutex_free(struct sn_gmutex *m)
{
	dies(m, SN_SITE);
	if (sn_glib_real(g_mutex_free))
		sn_glib_real_table.g_mutex_free(m);
}

uint32_t sn_gmutex_leave(struct sn_self *self, const struct sn_gmutex *m)
{
	uint32_t lock = sn_gmutex_known(self, m);
	if (!lock)
		return 0;
	note_pass(self, m, lock);
	return sn_release(self, lock) ? lock : 0;
}

void sn_gmutex_come_back(struct sn_self *self, uint32_t lock, uint32_t woken, struct sn_site site)
{
	sn_acquired(self, lock, SN_MODE_WRITE, hint_of(lock), site);
	/* Not part of the mode that orders are told apart by. */
	uint32_t slot = woken ? sn_held_find(self, lock) : UINT32_MAX;
	if (slot != UINT32_MAX)
		self->held[slot].mode |= woken;
}

enum sn_lock_says sn_gmutex_says(uint32_t lock)
{
	struct sn_gmutex m;
	const struct sn_lock_rec *rec = sn_rec_lock(&sn_shim.recorder, lock);
	int error = sn_peek(sn_shim.pid, rec->address, &m, sizeof m);
	if (error)
		return error == -EFAULT ? SN_BYTES_UNMAPPED : SN_BYTES_OTHERS;
	if (m.mark != lock || m.word > SN_GMUTEX_AWAITED)
		return SN_BYTES_CHANGED;
	return m.word ? SN_BYTES_HELD : SN_BYTES_OTHERS;
}
