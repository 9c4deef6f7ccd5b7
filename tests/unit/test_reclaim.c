/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks and threads that come and go in lock orders: what is given back, what is kept, and that no
 * cycle is ever lost by it, against a model that forgets nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "graph/registry.h"

static struct sn_recorder recorder;
static char path[64];

static int begin(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/snarl-reclaim-%ld.snarl", (long)getpid());
	unlink(path);
	memset(&sn_registry, 0, sizeof sn_registry);
	return sn_recorder_create(&recorder, path, 256u << 20);
}

static int end(void **state)
{
	(void)state;
	sn_recorder_drop(&recorder);
	return unlink(path);
}

static uint32_t random_below(uint32_t n)
{
	static uint64_t seed = 7;
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static uint32_t used(enum sn_table table)
{
	return recorder.header->tables[table].used;
}

static uint32_t lock_at(uint64_t address)
{
	return sn_registry_lock_new(&recorder, address, SN_LOCK_MUTEX, 0, 0, 0);
}

static uint32_t order(uint32_t thread, uint32_t first, uint32_t second, uint32_t wanted)
{
	struct sn_held held[] = {{.lock = first, .stack = 1}, {.lock = second, .stack = 1}};
	return sn_registry_dep(&recorder, thread, wanted, 0, 7, held, second ? 2 : 1);
}

static void a_lock_that_was_only_wanted_is_given_back(void **state)
{
	(void)state;
	uint32_t t = sn_registry_thread_new(&recorder), outer = lock_at(16);
	for (int i = 0; i < 10000; i++) {
		uint32_t inner = lock_at(32);
		assert_true(order(t, outer, 0, inner) != 0);
		sn_registry_lock_free(&recorder, inner);
	}
	assert_int_equal(used(SN_TABLE_LOCK), 3);
	assert_int_equal(used(SN_TABLE_DEP), 2);
	assert_int_equal(used(SN_TABLE_CONTEXT), 2);
	assert_int_equal(sn_rec_thread(&recorder, t)->dep_count, 0);
}

static void a_lock_that_was_only_held_is_given_back(void **state)
{
	(void)state;
	uint32_t t = sn_registry_thread_new(&recorder), inner = lock_at(16);
	for (int i = 0; i < 10000; i++) {
		uint32_t outer = lock_at(32);
		assert_true(order(t, outer, 0, inner) != 0);
		sn_registry_lock_free(&recorder, outer);
	}
	assert_int_equal(used(SN_TABLE_LOCK), 3);
	assert_int_equal(used(SN_TABLE_DEP), 2);
}

static void both_are_given_back_whichever_goes_first(void **state)
{
	(void)state;
	uint32_t t = sn_registry_thread_new(&recorder);
	for (int i = 0; i < 10000; i++) {
		uint32_t outer = lock_at(16), inner = lock_at(32);
		assert_true(order(t, outer, 0, inner) != 0);
		sn_registry_lock_free(&recorder, i & 1 ? inner : outer);
		sn_registry_lock_free(&recorder, i & 1 ? outer : inner);
	}
	assert_int_equal(used(SN_TABLE_LOCK), 3);
	assert_int_equal(used(SN_TABLE_DEP), 2);
}

static void the_middle_of_a_chain_is_kept(void **state)
{
	(void)state;
	uint32_t t = sn_registry_thread_new(&recorder);
	uint32_t a = lock_at(16), b = lock_at(32), c = lock_at(48);
	order(t, a, 0, b);
	order(t, b, 0, c);
	sn_registry_lock_free(&recorder, b);
	assert_int_not_equal(lock_at(64), b);
	assert_int_equal(sn_rec_lock(&recorder, b)->address, 32);
	/* Until one of its ends is gone: then it is an end itself, and goes too. */
	sn_registry_lock_free(&recorder, c);
	uint32_t d = lock_at(80), e = lock_at(96);
	assert_true((d == b && e == c) || (d == c && e == b));
}

static void what_a_finding_names_is_kept(void **state)
{
	int fresh;
	(void)state;
	struct sn_finding f = {.kind = SN_KIND_UNLOCK_NOT_LOCKED, .verdict = SN_CONFIRMED};
	uint32_t t = sn_registry_thread_new(&recorder), a = lock_at(16), b = lock_at(32);
	order(t, a, 0, b);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_UNLOCKED, .thread = t, .object = b});
	assert_true(sn_registry_finding(&recorder, &f, 0, &fresh) != 0);
	sn_registry_lock_free(&recorder, b);
	assert_int_not_equal(lock_at(48), b);
	assert_int_equal(used(SN_TABLE_DEP), 2);
}

static void a_record_in_its_next_life_is_told_apart(void **state)
{
	(void)state;
	uint32_t a = lock_at(16);
	uint16_t was = sn_rec_lock(&recorder, a)->generation;
	sn_registry_lock_free(&recorder, a);
	assert_int_equal(lock_at(16), a);
	assert_int_not_equal(sn_rec_lock(&recorder, a)->generation, was);
}

/* A worker for each job, each of which takes the same two locks. */
static void threads_whose_orders_were_replaced_are_given_back(void **state)
{
	(void)state;
	uint32_t a = lock_at(16), b = lock_at(32);
	for (int i = 0; i < 10000; i++) {
		uint32_t t = sn_registry_thread_new(&recorder);
		assert_true(order(t, a, 0, b) != 0);
		sn_rec_thread(&recorder, t)->state = SN_THREAD_JOINED;
		sn_registry_thread_free(&recorder, t);
	}
	assert_in_range(used(SN_TABLE_THREAD), 3, 80);
	assert_in_range(used(SN_TABLE_DEP), 3, 16);
}

/* The model: objects never die in it, and each has an address of its own. */
#define OBJECTS 120
#define LIVE 12

struct model {
	char edge[OBJECTS][OBJECTS];
	char reach[OBJECTS][OBJECTS];
};
static struct model kept, seen;
static struct {
	uint32_t object;
	uint32_t lock;
} live[LIVE];

static void close_over(struct model *m)
{
	memcpy(m->reach, m->edge, sizeof m->reach);
	for (int k = 0; k < OBJECTS; k++)
		for (int i = 0; i < OBJECTS; i++)
			for (int j = 0; m->reach[i][k] && j < OBJECTS; j++)
				m->reach[i][j] |= m->reach[k][j];
}

static void read_back(struct model *m)
{
	memset(m, 0, sizeof *m);
	for (uint32_t i = 1; i < used(SN_TABLE_DEP); i++) {
		const struct sn_dep_rec *d = sn_rec_dep(&recorder, i);
		for (uint32_t h = 0; d->thread && h < d->held_count; h++) {
			uint32_t from = sn_rec_held(&recorder, d->held_first + h)->lock;
			m->edge[sn_rec_lock(&recorder, from)->address / 16 - 1]
			       [sn_rec_lock(&recorder, d->lock)->address / 16 - 1] = 1;
		}
	}
}

/* Takes the n-th live lock while one or two others are held. */
static void take(uint32_t thread)
{
	uint32_t n = random_below(LIVE), a = random_below(LIVE), b = random_below(LIVE);
	int two = !random_below(4) && b != a && b != n;
	if (a == n)
		return;
	order(thread, live[a].lock, two ? live[b].lock : 0, live[n].lock);
	kept.edge[live[a].object][live[n].object] = 1;
	if (two)
		kept.edge[live[b].object][live[n].object] = 1;
}

static void renew(uint32_t n, uint32_t *objects)
{
	if (live[n].lock)
		sn_registry_lock_free(&recorder, live[n].lock);
	live[n].object = (*objects)++;
	live[n].lock = lock_at(16 * ((uint64_t)live[n].object + 1));
}

static void run_model(void)
{
	uint32_t objects = 0, density = 1 + random_below(20);
	uint32_t threads[] = {sn_registry_thread_new(&recorder), sn_registry_thread_new(&recorder)};
	memset(&kept, 0, sizeof kept);
	memset(live, 0, sizeof live);
	for (uint32_t n = 0; n < LIVE; n++)
		renew(n, &objects);
	while (objects < OBJECTS) {
		for (uint32_t i = random_below(density); i--;)
			take(threads[random_below(2)]);
		renew(random_below(LIVE), &objects);
	}
}

static void no_edge_of_a_cycle_is_ever_lost(void **state)
{
	uint32_t cycles = 0, dropped = 0;
	for (int round = 0; round < 60; round++) {
		run_model();
		close_over(&kept);
		read_back(&seen);
		for (int i = 0; i < OBJECTS; i++) {
			for (int j = 0; j < OBJECTS; j++) {
				int cyclic = kept.edge[i][j] && kept.reach[j][i];
				if (cyclic)
					assert_true(seen.edge[i][j]);
				if (seen.edge[i][j])
					assert_true(kept.edge[i][j]);
				cycles += (uint32_t)cyclic;
				dropped += (uint32_t)(kept.edge[i][j] && !seen.edge[i][j]);
			}
		}
		end(state);
		begin(state);
	}
	assert_true(cycles > 1000);
	assert_true(dropped > 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_lock_that_was_only_wanted_is_given_back),
		TEST(a_lock_that_was_only_held_is_given_back),
		TEST(both_are_given_back_whichever_goes_first),
		TEST(the_middle_of_a_chain_is_kept),
		TEST(what_a_finding_names_is_kept),
		TEST(a_record_in_its_next_life_is_told_apart),
		TEST(threads_whose_orders_were_replaced_are_given_back),
		TEST(no_edge_of_a_cycle_is_ever_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
