/* SPDX-License-Identifier: Apache-2.0
 *
 * See brief.h. A set of a few places for each hash; one that is full makes its objects unknown. */
#include "interpose/brief.h"
#include <string.h>
#include "graph/registry.h"

#define SETS 1024u
#define WAYS 8

struct entry {
	const void *address; /* NULL: free */
	uint32_t type;
	uint32_t lock;
	uint32_t users;
};

/* Guarded by the shim's lock, apart from sn_brief_find. */
static struct entry table[SETS][WAYS];
static uint32_t owner; /* nonce of the process whose objects these are */

static struct entry *set_of(const void *address)
{
	return table[((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 54];
}

static struct entry *find(const void *address, uint32_t type)
{
	struct entry *e = set_of(address);
	for (int i = 0; i < WAYS; i++)
		if (__atomic_load_n(&e[i].address, __ATOMIC_ACQUIRE) == address &&
		    e[i].type == type)
			return &e[i];
	return NULL;
}

static struct entry *find_free(const void *address)
{
	struct entry *e = set_of(address);
	for (int i = 0; i < WAYS; i++)
		if (!e[i].address)
			return &e[i];
	return NULL;
}

static struct entry *make(struct sn_self *self, const void *address, uint32_t type, uint32_t stack)
{
	struct sn_recorder *r = &sn_shim.recorder;
	struct entry *e = find_free(address);
	uint32_t lock = 0;
	if (e)
		lock = sn_registry_lock_new(r, (uintptr_t)address, type, 0, stack, self->thread);
	if (!lock)
		return NULL;
	if (type == SN_LOCK_FUTEX && !sn_registry_sync_new(r, lock)) {
		sn_registry_lock_free(r, lock);
		return NULL;
	}
	e->type = type;
	e->lock = lock;
	e->users = 0;
	__atomic_store_n(&e->address, address, __ATOMIC_RELEASE);
	return e;
}

/* Called with the shim's lock held. */
static void enter(struct sn_self *self, struct sn_brief *b, uint32_t type, uint32_t stack)
{
	if (owner != sn_shim.nonce) {
		memset(table, 0, sizeof table);
		owner = sn_shim.nonce;
	}
	struct entry *e = find(b->address, type);
	if (!e)
		e = make(self, b->address, type, stack);
	if (!e)
		return;
	e->users++;
	b->lock = e->lock;
}

void sn_brief_enter(struct sn_self *self, struct sn_brief *b, const void *address, uint32_t type,
		    uint32_t stack)
{
	uint32_t state = self->state;
	*b = (struct sn_brief){.address = address, .nonce = sn_shim.nonce};
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		enter(self, b, type, stack);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
}

/* Called with the shim's lock held. */
static void leave(const struct sn_brief *b, uint32_t type)
{
	struct entry *e = b->nonce == owner ? find(b->address, type) : NULL;
	if (!e || e->lock != b->lock || --e->users)
		return;
	__atomic_store_n(&e->address, NULL, __ATOMIC_RELEASE);
	sn_registry_lock_free(&sn_shim.recorder, e->lock);
}

void sn_brief_leave(struct sn_self *self, struct sn_brief *b, uint32_t type)
{
	if (!b->lock || b->nonce != sn_shim.nonce)
		return;
	uint32_t state = self->state;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		leave(b, type);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	b->lock = 0;
}

uint32_t sn_brief_find(const void *address, uint32_t type)
{
	if (!address || owner != sn_shim.nonce)
		return 0;
	const struct entry *e = find(address, type);
	return e ? e->lock : 0;
}
