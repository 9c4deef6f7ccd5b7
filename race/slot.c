/* SPDX-License-Identifier: Apache-2.0
 *
 * See slot.h.  Slots that were given up wait in a ring, the oldest first.  A slot remembers all
 * threads whose accesses may still be met, newest first. */
#include "race/slot.h"
#include <errno.h>
#include "race/thread.h"

struct tenant {
	uint32_t next; /* first: the pool of free ones uses it */
	uint32_t since;
	uint32_t serial;
	uint32_t reserved;
};
static struct sn_race_pool tenants = SN_RACE_POOL(sizeof(struct tenant), 1u << 22);

static uint32_t newest[SN_SLOTS];
static uint32_t last_clock[SN_SLOTS];
static uint32_t ended_clock[SN_SLOTS]; /* the same where nobody has the slot, else 0 */
static uint32_t ring[SN_SLOTS];
static uint32_t ring_first, ring_count;
static uint32_t used, shared;

#define LOOKS 4 /* at slots that were given up, for each one that is taken */

static uint32_t ring_take(void)
{
	uint32_t slot = ring[ring_first];
	ring_first = (ring_first + 1) % SN_SLOTS;
	ring_count--;
	ended_clock[slot] = 0;
	return slot;
}

static void ring_put(uint32_t slot)
{
	ring[(ring_first + ring_count++) % SN_SLOTS] = slot;
	ended_clock[slot] = last_clock[slot];
}

static void forget_tenants(uint32_t slot)
{
	while (newest[slot]) {
		struct tenant *t = sn_race_pool_at(&tenants, newest[slot]);
		uint32_t next = t->next;
		sn_race_pool_give(&tenants, newest[slot]);
		newest[slot] = next;
	}
}

static int take_known(uint32_t *slot, int (*is_known)(uint32_t slot, uint32_t clock))
{
	for (uint32_t looks = ring_count < LOOKS ? ring_count : LOOKS; looks; looks--) {
		*slot = ring_take();
		/* One that has little time left would soon have to be left again. */
		if (last_clock[*slot] < SN_CLOCK_MOST / 2 && is_known(*slot, last_clock[*slot])) {
			forget_tenants(*slot);
			return 1;
		}
		ring_put(*slot);
	}
	return 0;
}

static int take_any(uint32_t *slot)
{
	if (used < SN_SLOTS) {
		*slot = used++;
		return 0;
	}
	for (uint32_t n = ring_count; n; n--) {
		*slot = ring_take();
		if (last_clock[*slot] < SN_CLOCK_MOST / 2) {
			sn_race_lose(SN_LOSS_SLOT);
			return 0;
		}
		ring_put(*slot);
	}
	sn_race_lose(SN_LOSS_SLOT);
	*slot = shared++ % SN_SLOTS;
	return -EAGAIN;
}

static void move_in(const struct sn_slot *s, uint32_t serial)
{
	uint32_t number = sn_race_pool_take(&tenants);
	if (!number)
		return;
	struct tenant *t = sn_race_pool_at(&tenants, number);
	*t = (struct tenant){.since = s->clock + 1, .serial = serial, .next = newest[s->slot]};
	/* Pairs with the load in sn_slot_who. */
	__atomic_store_n(&newest[s->slot], number, __ATOMIC_RELEASE);
}

int sn_slot_take(struct sn_slot *s, uint32_t serial, int (*is_known)(uint32_t slot, uint32_t clock))
{
	int result = take_known(&s->slot, is_known) ? 0 : take_any(&s->slot);
	s->clock = last_clock[s->slot];
	if (!result)
		move_in(s, serial);
	return result;
}

void sn_slot_give(uint32_t slot, uint32_t clock)
{
	last_clock[slot] = clock;
	ring_put(slot);
}

uint32_t sn_slot_ended(const uint32_t **clocks)
{
	*clocks = ended_clock;
	return used;
}

uint32_t sn_slot_who(uint32_t slot, uint32_t clock)
{
	uint32_t number = __atomic_load_n(&newest[slot], __ATOMIC_ACQUIRE);
	while (number) {
		const struct tenant *t = sn_race_pool_at(&tenants, number);
		if (t->since <= clock)
			return t->serial;
		number = t->next;
	}
	return 0;
}
