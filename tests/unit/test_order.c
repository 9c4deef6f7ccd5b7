/* SPDX-License-Identifier: Apache-2.0
 *
 * lock-order-inversion and the create/join order: each condition alone, rings of several lengths,
 * large recordings, and many small random ones against an oracle that tries every cycle. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "graph/happens.h"
#include "tests/unit/view_maker.h"

#define CASES 40000
#define LOCKS 6
#define THREADS 5
#define DEPS 12
#define EPOCHS 4
/* Of one ring: they are places of one finding for whoever reads it. */
#define VARIANTS 16

struct world {
	struct maker m;
	struct collector c;
	struct test_memory memory;
};

static int set_up(void **state)
{
	struct world *w = malloc(sizeof(*w));

	maker_init(&w->m);
	collector_init(&w->c);
	test_memory_init(&w->memory);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	maker_free(&w->m);
	collector_free(&w->c);
	free(w);
	return 0;
}

static uint32_t detect(struct world *w)
{
	uint32_t cut;

	collector_clear(&w->c);
	cut = sn_detect_order(&w->m.view, &w->memory.memory, &w->c.sink);
	assert_int_equal(w->memory.in_use, 0);
	return cut;
}

static void threads(struct world *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		maker_thread(&w->m, 0, 0);
}

static void locks(struct world *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		maker_lock(&w->m, SN_LOCK_MUTEX, 0);
}

/* `thread` wants `to` in `mode` while it holds `from` for writing and then `also`, if not 0. */
static void step(struct world *w, uint32_t thread, uint32_t from, uint32_t to, uint32_t mode,
		 uint32_t also)
{
	struct sn_held held[2] = {{.lock = from, .stack = 100 + from}, {.lock = also}};

	maker_dep(
		&w->m,
		(struct sn_dep_rec){.thread = thread, .lock = to, .mode = mode, .stack = 200 + to},
		held, also ? 2 : 1);
}

static void expect_one(struct world *w, enum sn_verdict verdict, enum sn_why why)
{
	assert_int_equal(detect(w), 0);
	assert_int_equal(w->c.count, 1);
	assert_int_equal(w->c.list[0].kind, SN_KIND_LOCK_ORDER_INVERSION);
	assert_int_equal(w->c.list[0].verdict, verdict);
	assert_int_equal(w->c.list[0].why, why);
}

static void expect_part(const struct sn_part *p, enum sn_role role, uint32_t thread,
			uint32_t object, uint32_t stack)
{
	assert_int_equal(p->role, role);
	assert_int_equal(p->thread, thread);
	assert_int_equal(p->object, object);
	assert_int_equal(p->stack, stack);
}

static void two_locks_two_threads(void **state)
{
	struct world *w = *state;
	const struct sn_part *p;

	threads(w, 2);
	locks(w, 2);
	step(w, 1, 2, 1, 0, 0);
	step(w, 2, 1, 2, 0, 0);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
	assert_int_equal(w->c.list[0].part_count, 4);
	p = w->c.list[0].parts;
	expect_part(&p[0], SN_ROLE_HOLDS, 2, 1, 101);
	expect_part(&p[1], SN_ROLE_WANTS, 2, 2, 202);
	expect_part(&p[2], SN_ROLE_HOLDS, 1, 2, 102);
	expect_part(&p[3], SN_ROLE_WANTS, 1, 1, 201);
}

static void one_order_is_silent(void **state)
{
	struct world *w = *state;

	threads(w, 3);
	locks(w, 4);
	for (uint32_t t = 1; t <= 3; t++)
		for (uint32_t a = 1; a < 4; a++)
			step(w, t, a, a + 1, 0, 0);
	assert_int_equal(detect(w), 0);
	assert_int_equal(w->c.count, 0);
}

static void empty_is_silent(void **state)
{
	assert_int_equal(detect(*state), 0);
}

static void any_length(void **state)
{
	struct world *w = *state;

	for (uint32_t n = 2; n <= 40; n++) {
		maker_free(&w->m);
		maker_init(&w->m);
		threads(w, n);
		locks(w, n);
		for (uint32_t i = 0; i < n; i++)
			step(w, i + 1, (i * 7 + 3) % n + 1, ((i + 1) * 7 + 3) % n + 1, 0, 0);
		if (n % 7 == 0)
			continue;
		expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
		assert_int_equal(w->c.list[0].part_count,
				 2 * n < SN_PARTS_MAX ? 2 * n : SN_PARTS_MAX);
		expect_part(&w->c.list[0].parts[0], SN_ROLE_HOLDS, w->c.list[0].parts[0].thread, 1,
			    101);
	}
}

static void same_thread(void **state)
{
	struct world *w = *state;

	threads(w, 2);
	locks(w, 2);
	step(w, 1, 1, 2, 0, 0);
	step(w, 1, 2, 1, 0, 0);
	expect_one(w, SN_REFUTED, SN_WHY_SAME_THREAD);
}

static void gate(void **state)
{
	struct world *w = *state;

	threads(w, 2);
	locks(w, 3);
	step(w, 1, 1, 2, 0, 3);
	step(w, 2, 2, 1, 0, 3);
	expect_one(w, SN_REFUTED, SN_WHY_GATE);
	expect_part(&w->c.list[0].parts[4], SN_ROLE_GATE, 0, 3, 0);
}

static void read_lock_around_is_no_gate(void **state)
{
	struct world *w = *state;
	uint32_t gate_lock;
	struct sn_held held[2] = {{.lock = 1}, {.mode = SN_MODE_READ}};

	threads(w, 2);
	locks(w, 2);
	gate_lock = maker_lock(&w->m, SN_LOCK_RWLOCK, 0);
	held[1].lock = gate_lock;
	maker_dep(&w->m, (struct sn_dep_rec){.thread = 1, .lock = 2}, held, 2);
	held[0].lock = 2;
	maker_dep(&w->m, (struct sn_dep_rec){.thread = 2, .lock = 1}, held, 2);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);

	/* With one of the two holding it for writing it is one. */
	((struct sn_held *)maker_record(&w->m, SN_TABLE_HELD, 2))->mode = SN_MODE_WRITE;
	expect_one(w, SN_REFUTED, SN_WHY_GATE);
}

static void trylock_and_timed(void **state)
{
	struct world *w = *state;
	struct sn_dep_rec *d;

	threads(w, 2);
	locks(w, 2);
	step(w, 1, 1, 2, SN_MODE_TRY, 0);
	step(w, 2, 2, 1, 0, 0);
	expect_one(w, SN_REFUTED, SN_WHY_TRYLOCK);
	d = maker_record(&w->m, SN_TABLE_DEP, 1);
	d->mode = SN_MODE_TIMED;
	expect_one(w, SN_REFUTED, SN_WHY_TIMED);
	/* Held by a try it blocks others all the same. */
	d->mode = 0;
	((struct sn_held *)maker_record(&w->m, SN_TABLE_HELD, 1))->mode = SN_MODE_TRY;
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
}

static void readers(void **state)
{
	struct world *w = *state;
	struct sn_held read = {.mode = SN_MODE_READ};
	struct sn_lock_rec *lock;

	threads(w, 2);
	locks(w, 1);
	read.lock = maker_lock(&w->m, SN_LOCK_RWLOCK, SN_LOCK_WRITER_SEEN);
	maker_dep(&w->m, (struct sn_dep_rec){.thread = 1, .lock = 1}, &read, 1);
	step(w, 2, 1, 2, SN_MODE_READ, 0);
	expect_one(w, SN_REFUTED, SN_WHY_READERS);
	lock = maker_record(&w->m, SN_TABLE_LOCK, 2);
	lock->type = SN_LOCK_RWLOCK_WRITER;
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
	lock->flags = 0;
	expect_one(w, SN_REFUTED, SN_WHY_READERS);
	((struct sn_dep_rec *)maker_record(&w->m, SN_TABLE_DEP, 2))->mode = SN_MODE_WRITE;
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
}

static void set_epoch(struct world *w, uint32_t dep, uint32_t epoch)
{
	((struct sn_dep_rec *)maker_record(&w->m, SN_TABLE_DEP, dep))->epoch = epoch;
}

static void ordered_by_creation(void **state)
{
	struct world *w = *state;

	threads(w, 1);
	maker_thread(&w->m, 1, 3);
	locks(w, 2);
	step(w, 1, 1, 2, 0, 0);
	step(w, 2, 2, 1, 0, 0);
	set_epoch(w, 1, 3);
	expect_one(w, SN_REFUTED, SN_WHY_ORDERED);
	set_epoch(w, 1, 4);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
}

static void ordered_by_join(void **state)
{
	struct world *w = *state;
	struct sn_thread_rec *t;

	threads(w, 2);
	locks(w, 2);
	t = maker_thread_at(&w->m, 2);
	t->joiner = 1;
	t->joiner_epoch = 5;
	t->state = SN_THREAD_JOINED;
	step(w, 1, 1, 2, 0, 0);
	step(w, 2, 2, 1, 0, 0);
	set_epoch(w, 2, 77);
	set_epoch(w, 1, 5);
	expect_one(w, SN_REFUTED, SN_WHY_ORDERED);
	set_epoch(w, 1, 4);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
	/* Before a thread is joined its record may use the field otherwise. */
	set_epoch(w, 1, 5);
	maker_thread_at(&w->m, 2)->state = SN_THREAD_ENDED;
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
}

/* A barrier whose rounds are those of fixed members, numbered from 1. */
static uint32_t barrier(struct world *w)
{
	uint32_t lock = maker_lock(&w->m, SN_LOCK_BARRIER, 0);
	uint32_t sync = maker_add(&w->m, SN_TABLE_SYNC, 1);

	((struct sn_lock_rec *)maker_record(&w->m, SN_TABLE_LOCK, lock))->sync = sync;
	((struct sn_sync_rec *)maker_record(&w->m, SN_TABLE_SYNC, sync))->object = lock;
	return lock;
}

static struct sn_phases *phases_of(struct world *w, uint32_t dep)
{
	return &((struct sn_dep_rec *)maker_record(&w->m, SN_TABLE_DEP, dep))->phases;
}

static void set_phases(struct world *w, uint32_t dep, int slot, uint32_t lock, uint32_t first,
		       uint32_t last, uint32_t stride)
{
	struct sn_phases *p = phases_of(w, dep);

	p->barrier[slot] = lock;
	p->first[slot] = first;
	p->last[slot] = last;
	p->stride[slot] = stride;
}

static uint32_t opposite_orders(struct world *w)
{
	threads(w, 2);
	locks(w, 2);
	step(w, 1, 1, 2, 0, 0);
	step(w, 2, 2, 1, 0, 0);
	return barrier(w);
}

static void expect_standing(struct world *w, int stands)
{
	if (stands)
		expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
	else
		expect_one(w, SN_REFUTED, SN_WHY_BARRIER);
}

static void rounds_of_a_barrier(void **state)
{
	struct world *w = *state;
	uint32_t b = opposite_orders(w);
	struct sn_sync_rec *sync = maker_record(&w->m, SN_TABLE_SYNC, 1);

	set_phases(w, 1, 0, b, 3, 3, 0);
	set_phases(w, 2, 0, b, 3, 3, 0);
	expect_standing(w, 1);
	set_phases(w, 2, 0, b, 4, 4, 0);
	expect_standing(w, 0);
	sync->flags = SN_SYNC_MEMBERS_VARY;
	expect_standing(w, 1);
	sync->flags = SN_SYNC_OUTSIDE;
	expect_standing(w, 1);
	sync->flags = 0;
	set_phases(w, 2, 0, barrier(w), 4, 4, 0);
	expect_standing(w, 1);
}

/* Before its first round a thread names no barrier; its record tells that it came to it. */
static void before_the_first_round(void **state)
{
	struct world *w = *state;
	uint32_t b = opposite_orders(w);

	set_phases(w, 2, 0, b, 1, 1, 0);
	expect_standing(w, 1);
	maker_thread_at(&w->m, 1)->barrier[1] = b;
	expect_standing(w, 0);
	set_phases(w, 1, 0, SN_BARRIER_LOST, 0, 0, 0);
	expect_standing(w, 0);
	set_phases(w, 1, 1, SN_BARRIER_LOST, 0, 0, 0);
	expect_standing(w, 1);
}

/* The worker's part lies between start and end, the other's between end and start: each barrier by
 * itself lets their phases meet, both together do not. */
static void two_barriers_in_step(void **state)
{
	struct world *w = *state;
	uint32_t start = opposite_orders(w), end = barrier(w);

	set_phases(w, 1, 0, start, 1, 1000, 1);
	set_phases(w, 1, 1, end, 0, 999, 1);
	set_phases(w, 2, 0, end, 1, 1000, 1);
	set_phases(w, 2, 1, start, 1, 1000, 1);
	expect_standing(w, 0);
	set_phases(w, 2, 0, end, 0, 999, 1);
	expect_standing(w, 1);
}

/* Every small pair of rhythms of two barriers against trying all pairs of phases. */
static int meet(const struct sn_phases *a, const struct sn_phases *b, uint32_t n, uint32_t m)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < m; j++) {
			int same = 1;

			for (int k = 0; k < SN_BARRIERS; k++)
				same &= a->first[k] + i * a->stride[k] ==
					b->first[k] + j * b->stride[k];
			if (same)
				return 1;
		}
	}
	return 0;
}

static void rhythms_against_oracle(void **state)
{
	struct world *w = *state;
	uint32_t b[SN_BARRIERS] = {opposite_orders(w), barrier(w)};
	struct dice d = {7};
	uint32_t met = 0;

	for (int i = 0; i < CASES; i++) {
		uint32_t n[2];
		int stands;

		for (uint32_t s = 0; s < 2; s++) {
			n[s] = 1 + roll(&d, 9);
			for (int k = 0; k < SN_BARRIERS; k++) {
				uint32_t first = 1 + roll(&d, 12);
				uint32_t stride = n[s] > 1 ? roll(&d, 6) + (k == 0) : 0;

				if (i % 2 && k)
					first = phases_of(w, s + 1)->first[0];
				if (i % 2 && k)
					stride = phases_of(w, s + 1)->stride[0];
				set_phases(w, s + 1, k, b[k], first, first + (n[s] - 1) * stride,
					   stride);
			}
		}
		stands = meet(phases_of(w, 1), phases_of(w, 2), n[0], n[1]);
		met += (uint32_t)stands;
		expect_standing(w, stands);
	}
	assert_true(met > CASES / 10 && met < CASES / 10 * 9);
}

static void two_reasons_are_not_told(void **state)
{
	struct world *w = *state;

	threads(w, 2);
	locks(w, 3);
	step(w, 1, 1, 2, SN_MODE_TRY, 3);
	step(w, 2, 2, 1, 0, 3);
	assert_int_equal(detect(w), 0);
	assert_int_equal(w->c.count, 0);
}

static void standing_hides_refuted(void **state)
{
	struct world *w = *state;

	threads(w, 2);
	locks(w, 2);
	step(w, 1, 1, 2, 0, 0);
	step(w, 1, 2, 1, 0, 0);
	step(w, 2, 2, 1, 0, 0);
	step(w, 2, 2, 1, SN_MODE_TRY, 0);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
}

static void variants_are_capped(void **state)
{
	struct world *w = *state;
	struct sn_held held = {.lock = 1};

	threads(w, 21);
	locks(w, 2);
	step(w, 1, 2, 1, 0, 0);
	for (uint32_t t = 2; t <= 21; t++) {
		held.stack = t;
		maker_dep(&w->m, (struct sn_dep_rec){.thread = t, .lock = 2, .stack = t}, &held, 1);
	}
	assert_int_equal(detect(w), 0);
	assert_int_equal(w->c.count, VARIANTS);
}

/* A hundred workers running the same code are told once. */
static void same_code_is_told_once(void **state)
{
	struct world *w = *state;

	threads(w, 200);
	locks(w, 2);
	for (uint32_t t = 1; t <= 200; t++)
		step(w, t, t % 2 + 1, 2 - t % 2, 0, 0);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
}

static void hundred_held(void **state)
{
	struct world *w = *state;
	struct sn_held held[100];

	threads(w, 2);
	locks(w, 202);
	for (uint32_t i = 0; i < 100; i++)
		held[i] = (struct sn_held){.lock = 200 - 2 * i, .stack = i + 1};
	maker_dep(&w->m, (struct sn_dep_rec){.thread = 1, .lock = 201}, held, 100);
	for (uint32_t i = 0; i < 100; i++)
		held[i].lock = i == 50 ? 201 : 2 * i + 1;
	maker_dep(&w->m, (struct sn_dep_rec){.thread = 2, .lock = 76}, held, 100);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
	held[99].lock = 100;
	maker_dep(&w->m, (struct sn_dep_rec){.thread = 2, .lock = 78}, held, 100);
	assert_int_equal(detect(w), 0);
	assert_int_equal(w->c.count, 2);
	assert_int_equal(w->c.list[1].why, SN_WHY_GATE);
}

/* One ring of a thousand locks and threads: more than a report can show, but found. */
static void thousand_philosophers(void **state)
{
	struct world *w = *state;

	threads(w, 1000);
	locks(w, 1000);
	for (uint32_t i = 1; i <= 1000; i++)
		step(w, i, i, i % 1000 + 1, 0, 0);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
	assert_int_equal(w->c.list[0].part_count, SN_PARTS_MAX);
}

/* Threads that come one after the other: all their pairs are ordered, and all have to be seen to
 * be. */
static void generations(void **state)
{
	struct world *w = *state;
	struct sn_thread_rec *t;

	threads(w, 1);
	locks(w, 2);
	for (uint32_t i = 1; i <= 1000; i++) {
		t = maker_thread_at(&w->m, maker_thread(&w->m, 1, 2 * i));
		t->state = SN_THREAD_JOINED;
		t->joiner = 1;
		t->joiner_epoch = 2 * i + 2;
		step(w, i + 1, 1 + i % 2, 2 - i % 2, 0, 0);
	}
	expect_one(w, SN_REFUTED, SN_WHY_ORDERED);
	t->joiner_epoch++;
	maker_thread(&w->m, 1, 2002);
	step(w, 1002, 2, 1, 0, 0);
	expect_one(w, SN_PREDICTED, SN_WHY_NOTHING_RULES_IT_OUT);
}

/* 100,000 locks in one order, a million dependencies, and one inversion among them. */
static void many_locks(void **state)
{
	struct world *w = *state;
	struct dice d = {7};

	threads(w, 64);
	locks(w, 100000);
	for (uint32_t i = 0; i < 1000000; i++) {
		uint32_t a = 1 + roll(&d, 99998);

		step(w, 1 + i % 64, a, a + 1 + roll(&d, 100000 - a), 0, 0);
	}
	assert_int_equal(detect(w), 0);
	assert_int_equal(w->c.count, 0);
	step(w, 64, 100, 7, 0, 0);
	step(w, 63, 7, 100, 0, 0);
	detect(w);
	assert_true(w->c.count >= 1);
	assert_int_equal(w->c.list[0].verdict, SN_PREDICTED);
	assert_int_equal(w->c.list[0].part_count, 4);
}

/* A dense component in which there are more rings than can be walked: the work is bounded. */
static void dense(void **state)
{
	struct world *w = *state;
	struct dice d = {9};

	threads(w, 50);
	locks(w, 2000);
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t a = 1 + roll(&d, 2000), b = 1 + roll(&d, 2000);

		if (a != b)
			step(w, 1 + i % 50, a, b, 0, 0);
	}
	assert_true(detect(w) > 0);
	assert_true(w->c.sink.cut > 0);
	assert_true(w->c.count > 0);
}

static void out_of_memory(void **state)
{
	struct world *w = *state;
	long grows;

	threads(w, 2);
	locks(w, 300);
	for (uint32_t i = 0; i < 150; i++) {
		step(w, 1, 2 * i + 1, 2 * i + 2, 0, 0);
		step(w, 2, 2 * i + 2, 2 * i + 1, 0, 0);
	}
	for (grows = 0;; grows++) {
		w->memory.grows_left = grows;
		if (detect(w) == 0)
			break;
	}
	assert_int_equal(w->c.count, 150);
	assert_true(grows > 15);
}

static void noise_is_survived(void **state)
{
	struct world *w = *state;
	struct dice d = {11};

	for (int i = 0; i < 300; i++) {
		maker_free(&w->m);
		maker_init(&w->m);
		maker_noise(&w->m, &d, 1 + roll(&d, 60));
		detect(w);
	}
}

static void reused_creator_record(void **state)
{
	struct world *w = *state;
	struct sn_happens h;
	void *memory;

	threads(w, 1);
	maker_thread(&w->m, 1, 3);
	maker_thread_at(&w->m, 2)->created_ns = 10;
	memory = calloc(1, sn_happens_size(&w->m.view));
	sn_happens_init(&h, &w->m.view, memory);
	assert_true(sn_happens_before(&h, 1, 3, 2, 0));
	assert_false(sn_happens_before(&h, 2, 0, 1, 3));
	maker_thread_at(&w->m, 1)->created_ns = 11;
	assert_false(sn_happens_before(&h, 1, 3, 2, 0));
	free(memory);
}

/* --- The oracle --- */

struct instance {
	uint32_t dep[LOCKS];
	uint32_t slot[LOCKS];
	uint32_t n;
};

struct ring {
	uint32_t lock[LOCKS];
	uint32_t n;
	uint64_t why_mask; /* bit SN_WHY_… : refuted by that alone */
	uint32_t variant_count;
	uint64_t variant[4096];
	uint32_t told; /* by the detector */
	uint64_t told_mask;
};

struct oracle {
	struct maker *m;
	uint8_t before[THREADS + 1][EPOCHS][THREADS + 1][EPOCHS];
	struct ring ring[512];
	uint32_t ring_count;
};

static const struct sn_dep_rec *dep_at(struct oracle *o, uint32_t i)
{
	return sn_view_dep(&o->m->view, i);
}

static const struct sn_held *held_at(struct oracle *o, uint32_t dep, uint32_t slot)
{
	return sn_view_held(&o->m->view, dep_at(o, dep)->held_first + slot);
}

/* The order by definition: a closure over all (thread, epoch). The last epoch stands for a thread's
 * end; deps use the ones before. */
static void close_order(struct oracle *o)
{
	uint8_t(*b)[EPOCHS][THREADS + 1][EPOCHS] = o->before;
	int n = (THREADS + 1) * EPOCHS;
	uint8_t *flat = &o->before[0][0][0][0];

	memset(o->before, 0, sizeof(o->before));
	for (int t = 1; t <= THREADS; t++) {
		const struct sn_thread_rec *r = sn_view_thread(&o->m->view, (uint32_t)t);

		for (int e = 0; e < EPOCHS; e++)
			for (int f = e; f < EPOCHS; f++)
				b[t][e][t][f] = 1;
		if (r->creator)
			b[r->creator][r->creator_epoch][t][0] = 1;
		if (r->joiner)
			b[t][EPOCHS - 1][r->joiner][r->joiner_epoch] = 1;
	}
	for (int k = 0; k < n; k++)
		for (int i = 0; i < n; i++)
			for (int j = 0; flat[i * n + k] && j < n; j++)
				flat[i * n + j] |= flat[k * n + j];
}

static int share_gate(struct oracle *o, uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < dep_at(o, a)->held_count; i++)
		for (uint32_t j = 0; j < dep_at(o, b)->held_count; j++)
			if (held_at(o, a, i)->lock == held_at(o, b, j)->lock &&
			    !(held_at(o, a, i)->mode & held_at(o, b, j)->mode & SN_MODE_READ))
				return 1;
	return 0;
}

static uint64_t pair_mask(struct oracle *o, uint32_t a, uint32_t b)
{
	const struct sn_dep_rec *x = dep_at(o, a), *y = dep_at(o, b);
	uint64_t mask = share_gate(o, a, b) ? 1ull << SN_WHY_GATE : 0;

	if (x->thread == y->thread)
		return mask | 1ull << SN_WHY_SAME_THREAD;
	if (o->before[x->thread][x->epoch][y->thread][y->epoch] ||
	    o->before[y->thread][y->epoch][x->thread][x->epoch])
		mask |= 1ull << SN_WHY_ORDERED;
	return mask;
}

static uint64_t instance_mask(struct oracle *o, const struct instance *in)
{
	uint64_t mask = 0;

	for (uint32_t i = 0; i < in->n; i++) {
		const struct sn_dep_rec *d = dep_at(o, in->dep[i]);
		uint32_t j = (i + 1) % in->n;
		const struct sn_lock_rec *lock = sn_view_lock(&o->m->view, d->lock);

		if (d->mode & SN_MODE_TRY)
			mask |= 1ull << SN_WHY_TRYLOCK;
		if (d->mode & SN_MODE_TIMED)
			mask |= 1ull << SN_WHY_TIMED;
		if (d->mode & SN_MODE_READ &&
		    held_at(o, in->dep[j], in->slot[j])->mode & SN_MODE_READ &&
		    !(lock->type == SN_LOCK_RWLOCK_WRITER && lock->flags & SN_LOCK_WRITER_SEEN))
			mask |= 1ull << SN_WHY_READERS;
		for (uint32_t k = 0; k < i; k++)
			mask |= pair_mask(o, in->dep[k], in->dep[i]);
	}
	return mask;
}

static struct ring *ring_of(struct oracle *o, const uint32_t *lock, uint32_t n)
{
	struct ring *r = o->ring;

	for (; r < o->ring + o->ring_count; r++)
		if (r->n == n && !memcmp(r->lock, lock, n * sizeof(*lock)))
			return r;
	assert_true(o->ring_count < 512);
	o->ring_count++;
	r->n = n;
	memcpy(r->lock, lock, n * sizeof(*lock));
	r->why_mask = r->variant_count = r->told = r->told_mask = 0;
	return r;
}

static uint64_t variant_of(struct oracle *o, const struct instance *in)
{
	uint64_t key = 0;

	for (uint32_t i = 0; i < in->n; i++)
		key = key * 100 + held_at(o, in->dep[i], in->slot[i])->stack * 10 +
		      dep_at(o, in->dep[i])->stack;
	return key;
}

static void add_variant(struct ring *r, uint64_t key)
{
	for (uint32_t i = 0; i < r->variant_count; i++)
		if (r->variant[i] == key)
			return;
	assert_true(r->variant_count < 4096);
	r->variant[r->variant_count++] = key;
}

static void judge_instance(struct oracle *o, const struct instance *in)
{
	uint32_t lock[LOCKS] = {0};
	uint64_t mask = instance_mask(o, in);
	struct ring *r;

	if (mask & (mask - 1))
		return;
	for (uint32_t i = 0; i < in->n; i++)
		lock[i] = held_at(o, in->dep[i], in->slot[i])->lock;
	r = ring_of(o, lock, in->n);
	if (mask)
		r->why_mask |= mask;
	else
		add_variant(r, variant_of(o, in));
}

/* Extends the path by every step that fits, whatever rules it out. */
static void try_all(struct oracle *o, struct instance *in)
{
	uint32_t n = in->n, first = held_at(o, in->dep[0], in->slot[0])->lock;
	uint32_t want = dep_at(o, in->dep[n - 1])->lock;

	if (want == first) {
		judge_instance(o, in);
		return;
	}
	if (want < first)
		return;
	for (uint32_t i = 0; i < n; i++)
		if (held_at(o, in->dep[i], in->slot[i])->lock == want)
			return;
	in->n++;
	for (uint32_t d = 1; d < sn_view_count(&o->m->view, SN_TABLE_DEP); d++) {
		for (uint32_t s = 0; s < dep_at(o, d)->held_count; s++) {
			in->dep[n] = d;
			in->slot[n] = s;
			if (held_at(o, d, s)->lock == want)
				try_all(o, in);
		}
	}
	in->n--;
}

static void ask_oracle(struct oracle *o)
{
	struct instance in;

	o->ring_count = 0;
	close_order(o);
	for (uint32_t d = 1; d < sn_view_count(&o->m->view, SN_TABLE_DEP); d++) {
		for (uint32_t s = 0; s < dep_at(o, d)->held_count; s++) {
			in.n = 1;
			in.dep[0] = d;
			in.slot[0] = s;
			try_all(o, &in);
		}
	}
}

static void random_held(struct maker *m, struct dice *d, struct sn_held *held, uint32_t *n,
			uint32_t wanted)
{
	uint32_t used = 1u << wanted, want = 1 + roll(d, 3);

	for (*n = 0; *n < want;) {
		uint32_t lock = 1 + roll(d, LOCKS);
		int rw = sn_view_lock(&m->view, lock)->type != SN_LOCK_MUTEX;

		if (used & 1u << lock) {
			want--;
			continue;
		}
		used |= 1u << lock;
		held[*n] = (struct sn_held){.lock = lock};
		held[*n].stack = 1 + roll(d, 3);
		held[*n].mode = rw && roll(d, 2) ? SN_MODE_READ : 0;
		held[(*n)++].mode |= roll(d, 9) ? 0 : SN_MODE_TRY;
	}
}

static void random_locks(struct maker *m, struct dice *d)
{
	static const enum sn_lock_type type[] = {SN_LOCK_MUTEX, SN_LOCK_MUTEX, SN_LOCK_RWLOCK,
						 SN_LOCK_RWLOCK_WRITER};
	uint32_t types = roll(d, 2) ? 4 : 1;

	for (uint32_t i = 0; i < LOCKS; i++) {
		uint32_t flags = roll(d, 3) ? SN_LOCK_WRITER_SEEN : 0;

		maker_lock(m, type[roll(d, types)], flags);
	}
}

static void random_threads(struct maker *m, struct dice *d)
{
	uint32_t orders = roll(d, 3);

	for (uint32_t t = 1; t <= THREADS; t++) {
		struct sn_thread_rec *r;

		maker_thread(m, t > 1 && orders && roll(d, 2) ? 1 + roll(d, t - 1) : 0, 0);
		r = maker_thread_at(m, t);
		r->creator_epoch = roll(d, EPOCHS - 1);
		r->joiner = orders && !roll(d, 3) ? 1 + roll(d, THREADS) : 0;
		if (r->joiner == t)
			r->joiner = 0;
		r->joiner_epoch = roll(d, EPOCHS - 1);
		if (r->joiner)
			r->state = SN_THREAD_JOINED;
	}
}

static void random_deps(struct maker *m, struct dice *d)
{
	uint32_t span = 2 + roll(d, LOCKS - 1), deps = 2 + roll(d, DEPS - 1);
	uint32_t flags = roll(d, 2);

	for (uint32_t i = 0; i < deps; i++) {
		struct sn_held held[3];
		struct sn_dep_rec dep;
		uint32_t n, lock = 1 + roll(d, span);
		uint32_t mode = sn_view_lock(&m->view, lock)->type != SN_LOCK_MUTEX && roll(d, 2);

		random_held(m, d, held, &n, lock);
		if (flags && !roll(d, 8))
			mode |= roll(d, 2) ? SN_MODE_TRY : SN_MODE_TIMED;
		dep = (struct sn_dep_rec){.lock = lock, .mode = mode};
		dep.thread = 1 + roll(d, THREADS);
		dep.epoch = roll(d, EPOCHS - 1);
		dep.stack = 1 + roll(d, 3);
		maker_dep(m, dep, held, n);
	}
}

/* What the detector told of one ring: no more than the oracle knows of it. */
static void check_finding(struct oracle *o, const struct sn_finding *f)
{
	uint32_t n = f->part_count / 2, lock[LOCKS], rings = o->ring_count;
	uint64_t key = 0;
	struct ring *r;

	for (uint32_t i = 0; i < n; i++) {
		const struct sn_part *p = &f->parts[2 * i];

		assert_int_equal(p[0].role, SN_ROLE_HOLDS);
		assert_int_equal(p[1].role, SN_ROLE_WANTS);
		assert_int_equal(p[0].thread, p[1].thread);
		assert_int_equal(p[1].object, f->parts[2 * ((i + 1) % n)].object);
		lock[i] = p[0].object;
		assert_true(lock[0] <= lock[i]);
		key = key * 100 + p[0].stack * 10 + p[1].stack;
	}
	r = ring_of(o, lock, n);
	assert_int_equal(o->ring_count, rings);
	if (f->verdict == SN_PREDICTED) {
		uint32_t known = r->variant_count;

		add_variant(r, key);
		assert_int_equal(r->variant_count, known);
		assert_int_equal(f->why, SN_WHY_NOTHING_RULES_IT_OUT);
		r->told++;
		return;
	}
	assert_int_equal(f->verdict, SN_REFUTED);
	assert_true(r->why_mask & 1ull << f->why);
	assert_false(r->told_mask & 1ull << f->why);
	assert_int_equal(f->part_count % 2, f->why == SN_WHY_GATE);
	r->told_mask |= 1ull << f->why;
}

static void check_all_told(const struct oracle *o)
{
	for (const struct ring *r = o->ring; r < o->ring + o->ring_count; r++) {
		assert_int_equal(r->told,
				 r->variant_count < VARIANTS ? r->variant_count : VARIANTS);
		assert_int_equal(r->told_mask, r->variant_count ? 0 : r->why_mask);
	}
}

static void against_oracle(void **state)
{
	struct world *w = *state;
	struct oracle *o = malloc(sizeof(*o));
	struct dice d = {20250101};
	uint32_t standing = 0, refuted = 0, longest = 0;

	o->m = &w->m;
	for (int i = 0; i < CASES; i++) {
		maker_free(&w->m);
		maker_init(&w->m);
		random_locks(&w->m, &d);
		random_threads(&w->m, &d);
		random_deps(&w->m, &d);
		ask_oracle(o);
		assert_int_equal(detect(w), 0);
		for (uint32_t k = 0; k < w->c.count; k++) {
			check_finding(o, &w->c.list[k]);
			standing += w->c.list[k].verdict == SN_PREDICTED;
			refuted += w->c.list[k].verdict == SN_REFUTED;
			if (w->c.list[k].part_count > longest)
				longest = w->c.list[k].part_count;
		}
		check_all_told(o);
	}
	print_message("%d cases: %u stood, %u refuted, longest %u locks\n", CASES, standing,
		      refuted, longest / 2);
	/* The cases must be worth something. */
	assert_true(standing > CASES / 10 && refuted > CASES / 10 && longest >= 10);
	free(o);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_locks_two_threads),
		TEST(one_order_is_silent),
		TEST(empty_is_silent),
		TEST(any_length),
		TEST(same_thread),
		TEST(gate),
		TEST(read_lock_around_is_no_gate),
		TEST(trylock_and_timed),
		TEST(readers),
		TEST(ordered_by_creation),
		TEST(ordered_by_join),
		TEST(rounds_of_a_barrier),
		TEST(before_the_first_round),
		TEST(two_barriers_in_step),
		TEST(rhythms_against_oracle),
		TEST(two_reasons_are_not_told),
		TEST(standing_hides_refuted),
		TEST(variants_are_capped),
		TEST(same_code_is_told_once),
		TEST(hundred_held),
		TEST(thousand_philosophers),
		TEST(generations),
		TEST(many_locks),
		TEST(dense),
		TEST(out_of_memory),
		TEST(noise_is_survived),
		TEST(reused_creator_record),
		TEST(against_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
