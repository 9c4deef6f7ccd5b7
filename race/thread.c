/* SPDX-License-Identifier: Apache-2.0
 *
 * See thread.h. */
#include "race/thread.h"
#include <string.h>
#include "race/slot.h"

static struct sn_race_pool pool =
	SN_RACE_POOL((sizeof(struct sn_race_thread) + 4095) & ~4095u, 1u << 15);
static struct sn_race_lock lock; /* guards what follows, and the slots */
static struct sn_race_thread *living;
static uint32_t serials;
int sn_race_off;

void sn_race_stop(void)
{
	if (!__atomic_exchange_n(&sn_race_off, 1, __ATOMIC_RELAXED))
		sn_race_lose(SN_LOSS_OFF);
}

void sn_race_past_join(struct sn_race_past *to, const uint32_t *from, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		to->at[i] = to->at[i] > from[i] ? to->at[i] : from[i];
	if (to->count < count)
		to->count = count;
}

/* Another thread's clock may grow meanwhile: then it was known a little later. */
static int is_known(uint32_t slot, uint32_t clock)
{
	for (const struct sn_race_thread *t = living; t; t = t->next)
		if (__atomic_load_n(&t->past.at[slot], __ATOMIC_RELAXED) < clock)
			return 0;
	return 1;
}

static void stand_at(struct sn_race_thread *t, uint32_t slot, uint32_t clock)
{
	t->slot = slot;
	t->clock = clock;
	t->stamp = sn_cell_stamp(slot, clock);
	if (t->past.count <= slot)
		t->past.count = slot + 1;
	if (t->past.at[slot] < clock)
		t->past.at[slot] = clock;
}

/* Where all slots are taken it shares one: see SN_SLOTS. */
static int move(struct sn_race_thread *t)
{
	struct sn_slot s;
	int result = sn_slot_take(&s, t->serial, is_known);
	t->shares = result != 0;
	stand_at(t, s.slot, s.clock + 1);
	return result;
}

static void link_living(struct sn_race_thread *t)
{
	t->next = living;
	t->previous = NULL;
	if (living)
		living->previous = t;
	living = t;
}

static void unlink_living(struct sn_race_thread *t)
{
	if (t->previous)
		t->previous->next = t->next;
	else
		living = t->next;
	if (t->next)
		t->next->previous = t->previous;
}

/* As if it were created by all. */
static void know_all(struct sn_race_thread *t)
{
	const uint32_t *ended;
	uint32_t count = sn_slot_ended(&ended);
	sn_race_past_join(&t->past, ended, count);
	for (const struct sn_race_thread *o = living; o; o = o->next)
		sn_race_past_join(&t->past, o->past.at, o->past.count);
}

static struct sn_race_thread *take_block(void)
{
	uint32_t number = sn_race_pool_take(&pool);
	if (!number) {
		sn_race_stop();
		return NULL;
	}
	struct sn_race_thread *t = sn_race_pool_at(&pool, number);
	t->number = number;
	return t;
}

struct sn_race_thread *sn_race_thread_new(struct sn_race_thread *creator)
{
	struct sn_race_thread *t = take_block();
	if (!t)
		return NULL;
	if (creator)
		sn_race_past_join(&t->past, creator->past.at, creator->past.count);
	sn_race_lock(&lock);
	if (!creator)
		know_all(t);
	t->serial = ++serials;
	move(t);
	link_living(t);
	sn_race_unlock(&lock);
	if (creator)
		sn_race_thread_tick(creator);
	return t;
}

void sn_race_thread_end(struct sn_race_thread *t)
{
	sn_race_lock(&lock);
	unlink_living(t);
	if (!t->shares)
		sn_slot_give(t->slot, t->clock);
	sn_race_unlock(&lock);
	t->ended = 1;
}

void sn_race_thread_join(struct sn_race_thread *joiner, const struct sn_race_thread *t)
{
	sn_race_past_join(&joiner->past, t->past.at, t->past.count);
}

void sn_race_thread_free(struct sn_race_thread *t)
{
	uint32_t number = t->number;
	sn_race_give_back(t, pool.block);
	sn_race_pool_give(&pool, number);
}

static SN_RACE_COLD void move_on(struct sn_race_thread *t)
{
	if (t->shares)
		return; /* its time stands still: races are missed, none is invented */
	sn_race_lock(&lock);
	sn_slot_give(t->slot, t->clock);
	move(t);
	sn_race_unlock(&lock);
}

void sn_race_thread_tick(struct sn_race_thread *t)
{
	if (sn_race_unlikely(t->clock == SN_CLOCK_MOST)) {
		move_on(t);
		return;
	}
	t->clock++;
	t->stamp = sn_cell_stamp(t->slot, t->clock);
	if (t->past.at[t->slot] < t->clock)
		t->past.at[t->slot] = t->clock;
}

uint32_t sn_race_thread_who(uint32_t slot, uint32_t clock)
{
	return sn_slot_who(slot, clock);
}
