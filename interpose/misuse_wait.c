/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be wrong with a wait: the mutex of a condition wait is not held, is held twice, or is
 * not the one that others wait with; and an object is destroyed while threads sleep on it. */
#include "interpose/misuse.h"
#include "base/asleep.h"
#include "interpose/mutex.h"

/* Looks, a millisecond apart, at a thread that is about to sleep. */
#define PATIENCE 20

#define OWNER_BITS 0x3fffffffu
#define ELISION 256

/* Types that look at their owner in the wait's inner unlock: the wait returns EPERM. */
static int is_checked(int kind)
{
	int type = kind & SN_MUTEX_TYPE;
	return type == PTHREAD_MUTEX_RECURSIVE_NP || type == PTHREAD_MUTEX_ERRORCHECK_NP ||
	       kind & (SN_MUTEX_ROBUST | SN_MUTEX_PI);
}

/* Taken by this thread where we could not see it, by the parent's thread that became it, or in a
 * transaction that leaves no mark. */
static int may_be_held(const struct sn_self *self, const pthread_mutex_t *m, int kind)
{
	uint32_t owner = sn_mutex_owner(m) & OWNER_BITS;
	if (!m->__data.__lock)
		return (kind & ELISION) != 0;
	return owner == self->tid || !owner || owner == sn_shim.forked_from;
}

/* `checked`: the wait looks at the mutex's owner, and returns an error. */
void sn_misuse_wait_with(struct sn_self *self, const struct sn_sync_rec *cond, uint32_t lock,
			 int checked, struct sn_site site)
{
	struct sn_finding f;
	struct sn_use use;
	sn_finding_start(&f, SN_KIND_WAIT_WITHOUT_MUTEX, checked ? SN_SUSPECT : SN_CONFIRMED,
			 checked ? SN_WHY_CALL_SAID_SO : SN_WHY_MUTEX_NOT_HELD);
	sn_misuse_part(&f, SN_ROLE_CALLED, self->thread, cond->object,
		       sn_trace(self, site.ra, site.cfa));
	if (sn_use_of(self, lock, &use))
		sn_misuse_part(&f, SN_ROLE_HOLDS, use.thread, lock, use.stack);
	else
		sn_misuse_part(&f, SN_ROLE_SUBJECT, 0, lock, 0);
	sn_report_finding(self, &f);
	if (!checked)
		sn_forget_holders(lock); /* the wait unlocks it, whoever holds it */
}

void sn_misuse_wait_unheld(struct sn_self *self, const struct sn_sync_rec *cond, pthread_mutex_t *m,
			   uint32_t mode, struct sn_site site)
{
	int kind = sn_mutex_kind(m);
	(void)mode;
	if (sn_misuse_kind(kind)) {
		sn_misuse_bad_mutex(self, m, site);
		return;
	}
	uint32_t lock = may_be_held(self, m, kind) ? 0 : sn_mutex_lock_of(self, m, site);
	if (lock)
		sn_misuse_wait_with(self, cond, lock, is_checked(kind), site);
}

void sn_misuse_wait_twice(struct sn_self *self, const struct sn_sync_rec *cond, uint32_t slot,
			  uint32_t mode, struct sn_site site)
{
	struct sn_finding f;
	/* A timed wait ends by itself. */
	sn_finding_start(&f, SN_KIND_WAIT_WITHOUT_MUTEX,
			 mode & SN_MODE_TIMED ? SN_SUSPECT : SN_CONFIRMED, SN_WHY_MUTEX_HELD_TWICE);
	sn_misuse_part(&f, SN_ROLE_CALLED, self->thread, cond->object,
		       sn_trace(self, site.ra, site.cfa));
	sn_misuse_part(&f, SN_ROLE_HOLDS, self->thread, self->held[slot].lock,
		       self->held[slot].stack);
	sn_report_finding(self, &f);
}

/* A thread that sleeps on the condition with a mutex at another address; 0 where there is none.
 * *waiting counts those that say they do. */
static uint32_t look_for_other(struct sn_self *self, const struct sn_sync_rec *cond, uint32_t mutex,
			       uint32_t *waiting)
{
	struct sn_view v;
	*waiting = 0;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(&v, i);
		if (t->state != SN_THREAD_RUNNING || t->wait_kind != SN_WAIT_COND ||
		    t->wait_object != cond->object || !t->wait_mutex || i == self->thread ||
		    self->locks[t->wait_mutex].address == self->locks[mutex].address)
			continue;
		++*waiting;
		if (sn_asleep_on(&v, t, sizeof(pthread_cond_t)))
			return i;
	}
	return 0;
}

static uint32_t find_other(struct sn_self *self, const struct sn_sync_rec *cond, uint32_t mutex)
{
	struct timespec millisecond = {0, 1000000};
	uint32_t found = 0, waiting = 1;
	for (int i = 0; i < PATIENCE && !found && waiting; i++) {
		if (i)
			sn_sys(SYS_nanosleep, &millisecond, 0);
		found = look_for_other(self, cond, mutex, &waiting);
	}
	return found;
}

void sn_misuse_wait_other(struct sn_self *self, const struct sn_sync_rec *cond, uint32_t slot,
			  struct sn_site site)
{
	struct sn_finding f;
	const struct sn_held *h = &self->held[slot];
	uint32_t i = 0;
	if (sn_sync_has_sleepers(cond) && !(cond->flags & SN_SYNC_OUTSIDE))
		i = find_other(self, cond, h->lock);
	if (!i)
		return;
	const struct sn_thread_rec *other = sn_rec_thread(&sn_shim.recorder, i);
	sn_finding_start(&f, SN_KIND_COND_TWO_MUTEXES, SN_CONFIRMED, SN_WHY_OTHER_MUTEX);
	sn_misuse_part(&f, SN_ROLE_CALLED, self->thread, cond->object,
		       sn_trace(self, site.ra, site.cfa));
	sn_misuse_part(&f, SN_ROLE_HOLDS, self->thread, h->lock, h->stack);
	sn_misuse_part(&f, SN_ROLE_WAITS, i, cond->object, other->wait_stack);
	sn_misuse_part(&f, SN_ROLE_ACQUIRED, i, other->wait_mutex, other->wait_mutex_stack);
	sn_report_finding(self, &f);
}

static void report_sleeper(struct sn_self *self, uint32_t lock, const struct sn_use *use,
			   struct sn_site site)
{
	struct sn_finding f;
	const struct sn_sync_rec *sync = sn_rec_sync(&sn_shim.recorder, self->locks[lock].sync);
	sn_finding_start(&f, SN_KIND_DESTROY_WHILE_WAITED, SN_CONFIRMED, SN_WHY_WAITED_FOR);
	sn_misuse_part(&f, SN_ROLE_DESTROYED, self->thread, lock,
		       sn_trace(self, site.ra, site.cfa));
	sn_misuse_part(&f, use->role, use->thread, lock, use->stack);
	uint64_t w = sync->waiters;
	uint32_t sleepers = sn_sync_waiting(w) - sn_sync_pending(w);
	f.parts[1].more = sleepers > 1 ? sleepers - 1 : 0;
	sn_report_finding(self, &f);
}

uint32_t sn_misuse_destroy(struct sn_self *self, void *address, uint32_t type, struct sn_site site)
{
	struct sn_use use;
	uint32_t lock = sn_identity_find(self, address);
	int saved = errno, waited = 0;
	if (lock && self->locks[lock].type == type && self->locks[lock].sync)
		waited = sn_use_of(self, lock, &use);
	else if (!lock)
		sn_wrong_unknown(self, address, type, NULL, site);
	if (waited)
		report_sleeper(self, lock, &use, site);
	else
		sn_misuse_destroyed(self, address, type, NULL, site);
	errno = saved;
	return waited ? lock : 0;
}
