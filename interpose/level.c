/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of locks as the program declares it: levels, subclasses within a level, addresses within
 * a subclass.  It is checked where a lock is wanted under others in a way that this thread has not
 * taken it before, which is a slow path anyway; so it costs the fast ones nothing. */
#include "interpose/notes.h"
#include "interpose/wait.h"

int sn_levels_used;
/* Levels of what was not known when they were declared. */
static uint32_t unknown;

void sn_level_say(const volatile void *lock, int level, int subclass)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_note_rec n = {.what = SN_NOTE_LEVEL,
				.address = (uintptr_t)lock,
				.value = (uint32_t)level,
				.second = (uint32_t)subclass};
	int saved = errno;
	if (!self)
		return;
	sn_note_object(self, lock, &n.object, &n.generation);
	if (sn_note_add(self, n, NULL, site)) {
		if (n.object)
			__atomic_fetch_or(&self->locks[n.object].flags, SN_LOCK_LEVELLED,
					  __ATOMIC_RELAXED);
		else
			__atomic_fetch_add(&unknown, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&sn_levels_used, 1, __ATOMIC_RELEASE);
	}
	errno = saved;
}

/* One that was not known when its level was declared: static, and used later. */
static uint32_t by_address(uint64_t address)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = r->header->tables[SN_TABLE_NOTE].used; i-- > 1;) {
		const struct sn_note_rec *n = sn_rec_note(r, i);
		if (n->what == SN_NOTE_LEVEL && !n->object && n->address == address)
			return i;
	}
	return 0;
}

static const struct sn_note_rec *level_of(const struct sn_self *self, uint32_t lock)
{
	const struct sn_lock_rec *rec = &self->locks[lock];
	uint32_t note = rec->flags & SN_LOCK_LEVELLED ? sn_note_of(SN_NOTE_LEVEL, lock) : 0;
	if (!note && unknown)
		note = by_address(rec->address);
	return note ? sn_rec_note(&sn_shim.recorder, note) : NULL;
}

/* Whether `inner` may be taken under `outer`. */
static int may_follow(const struct sn_self *self, uint32_t outer, const struct sn_note_rec *o,
		      uint32_t inner, const struct sn_note_rec *i)
{
	if ((int)i->value != (int)o->value)
		return (int)i->value > (int)o->value;
	if ((int)i->second != (int)o->second)
		return (int)i->second > (int)o->second;
	return self->locks[inner].address > self->locks[outer].address;
}

static void tell(struct sn_self *self, const struct sn_held *held, uint32_t lock, uint32_t mode,
		 uint32_t stack)
{
	struct sn_finding f;
	sn_finding_start(&f, SN_KIND_LOCK_ORDER_INVERSION, SN_PREDICTED, SN_WHY_LEVELS);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_HOLDS,
					    .mode = (uint8_t)held->mode,
					    .thread = self->thread,
					    .object = held->lock,
					    .stack = held->stack});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_WANTS,
					    .mode = (uint8_t)mode,
					    .thread = self->thread,
					    .object = lock,
					    .stack = stack});
	sn_report_finding(self, &f);
}

void sn_level_check(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack)
{
	const struct sn_note_rec *mine = mode & SN_MODE_TRY ? NULL : level_of(self, lock);
	for (uint32_t i = 0; mine && i < self->rec->held_count; i++) {
		const struct sn_held *h = &self->held[i];
		const struct sn_note_rec *level =
			h->lock && h->lock != lock ? level_of(self, h->lock) : NULL;
		if (level && !may_follow(self, h->lock, level, lock, mine))
			tell(self, h, lock, mode, stack);
	}
}
