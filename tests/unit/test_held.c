/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks that are held while others wait, found in a registry: who holds, who has waited longest,
 * and what the holder does; and what is no such hold.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/view_maker.h"

#define MS 1000000ull
#define SECOND (1000 * MS)
#define NOW (100 * SECOND)

static struct maker m;
static struct sn_hold holds[4];

static int set_up(void **state)
{
	(void)state;
	maker_init(&m);
	maker_thread(&m, 0, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	maker_free(&m);
	return 0;
}

static uint32_t holder_of(uint32_t lock, uint32_t mode)
{
	uint32_t thread = maker_thread(&m, 1, 0);
	maker_hold(&m, thread, (struct sn_held){.lock = lock, .stack = 70, .mode = mode});
	return thread;
}

static uint32_t waiter_for(uint32_t lock, uint32_t mode, uint64_t waited_ns)
{
	uint32_t thread = maker_thread(&m, 1, 0);
	maker_wait(&m, thread, SN_WAIT_LOCK, lock, mode);
	maker_thread_at(&m, thread)->wait_since_ns = NOW - waited_ns;
	return thread;
}

static uint32_t found(void)
{
	return sn_detect_held(&m.view, NOW, SECOND, holds, 4);
}

static void one_waits(void **state)
{
	(void)state;
	uint32_t lock = maker_lock(&m, SN_LOCK_MUTEX, 0);
	uint32_t waiter = waiter_for(lock, 0, SECOND), holder = holder_of(lock, 0);
	assert_int_equal(found(), 1);
	assert_int_equal(holds[0].holder, holder);
	assert_int_equal(holds[0].waiter, waiter);
	assert_int_equal(holds[0].lock, lock);
	assert_int_equal(holds[0].more, 0);
}

static void the_longest_of_several(void **state)
{
	(void)state;
	uint32_t lock = maker_lock(&m, SN_LOCK_MUTEX, 0);
	holder_of(lock, 0);
	waiter_for(lock, 0, SECOND);
	uint32_t longest = waiter_for(lock, SN_MODE_TIMED, 3 * SECOND);
	waiter_for(lock, 0, MS);
	assert_int_equal(found(), 1);
	assert_int_equal(holds[0].waiter, longest);
	assert_int_equal(holds[0].more, 2);
}

static void not_long_enough(void **state)
{
	(void)state;
	uint32_t lock = maker_lock(&m, SN_LOCK_MUTEX, 0);
	holder_of(lock, 0);
	waiter_for(lock, 0, SECOND - MS);
	assert_int_equal(found(), 0);
}

/* Whoever waits for a lock itself is not the cause, but whoever holds that one. */
static void the_end_of_the_chain(void **state)
{
	(void)state;
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0), b = maker_lock(&m, SN_LOCK_MUTEX, 0);
	uint32_t middle = waiter_for(b, 0, 2 * SECOND);
	maker_hold(&m, middle, (struct sn_held){.lock = a, .stack = 1});
	waiter_for(a, 0, SECOND);
	uint32_t last = holder_of(b, 0);
	assert_int_equal(found(), 1);
	assert_int_equal(holds[0].holder, last);
	assert_int_equal(holds[0].waiter, middle);
}

static void readers(void **state)
{
	(void)state;
	uint32_t lock = maker_lock(&m, SN_LOCK_RWLOCK, 0);
	holder_of(lock, SN_MODE_READ);
	waiter_for(lock, SN_MODE_READ, SECOND);
	assert_int_equal(found(), 0);
	waiter_for(lock, SN_MODE_WRITE, SECOND);
	assert_int_equal(found(), 1);
}

static void what_is_none(void **state)
{
	(void)state;
	uint32_t once = maker_lock(&m, SN_LOCK_ONCE, 0), given = maker_lock(&m, SN_LOCK_MUTEX, 0);
	uint32_t stuck = maker_lock(&m, SN_LOCK_MUTEX, 0), free = maker_lock(&m, SN_LOCK_MUTEX, 0);
	uint32_t left = maker_lock(&m, SN_LOCK_MUTEX, 0), cond = maker_lock(&m, SN_LOCK_COND, 0);
	holder_of(once, 0);
	waiter_for(once, 0, SECOND);
	holder_of(given, 0);
	waiter_for(given, 0, SECOND);
	((struct sn_lock_rec *)maker_record(&m, SN_TABLE_LOCK, given))->passes = 1;
	maker_thread_at(&m, holder_of(stuck, 0))->flags = SN_THREAD_DEADLOCKED;
	waiter_for(stuck, 0, SECOND);
	waiter_for(free, 0, SECOND);
	maker_thread_at(&m, holder_of(left, 0))->state = SN_THREAD_ENDED;
	waiter_for(left, 0, SECOND);
	maker_wait(&m, maker_thread(&m, 1, 0), SN_WAIT_COND, cond, 0);
	assert_int_equal(found(), 0);
}

/* A recursive mutex that a damaged recording says its holder waits for. */
static void not_itself(void **state)
{
	(void)state;
	uint32_t lock = maker_lock(&m, SN_LOCK_MUTEX, 0);
	uint32_t thread = holder_of(lock, 0);
	maker_wait(&m, thread, SN_WAIT_LOCK, lock, 0);
	maker_thread_at(&m, thread)->wait_since_ns = 1;
	assert_int_equal(found(), 0);
}

static void no_more_than_asked_for(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		uint32_t lock = maker_lock(&m, SN_LOCK_MUTEX, 0);
		holder_of(lock, 0);
		waiter_for(lock, 0, SECOND);
	}
	assert_int_equal(found(), 4);
}

static const struct sn_part *told(struct sn_finding *f)
{
	assert_int_equal(found(), 1);
	sn_hold_finding(&m.view, &holds[0], NOW, f);
	assert_int_equal(f->kind, SN_KIND_BLOCKING_UNDER_LOCK);
	assert_int_equal(f->verdict, SN_SUSPECT);
	assert_int_equal(f->part_count, 3);
	assert_int_equal(f->parts[0].role, SN_ROLE_HOLDS);
	assert_int_equal(f->parts[0].stack, 70);
	assert_int_equal(f->parts[2].role, SN_ROLE_WAITS);
	assert_int_equal(f->parts[2].number, 1500);
	assert_int_equal(f->parts[1].role, SN_ROLE_BLOCKED);
	return &f->parts[1];
}

static void what_the_holder_does(void **state)
{
	(void)state;
	struct sn_finding f;
	uint32_t lock = maker_lock(&m, SN_LOCK_MUTEX, 0), cond = maker_lock(&m, SN_LOCK_COND, 0);
	uint32_t holder = holder_of(lock, 0);
	waiter_for(lock, 0, 1500 * MS);
	assert_int_equal(told(&f)->stack, 0);

	m.header.started_mono_ns = 10 * SECOND;
	maker_thread_at(&m, holder)->call = sn_call_pack(&m.header, 12, NOW - 2 * SECOND);
	assert_int_equal(told(&f)->stack, 12);
	/* To within the unit in which it is kept. */
	assert_in_range(f.parts[1].number, 2000, 2002);
	assert_int_equal(f.parts[1].object, 0);

	maker_wait(&m, holder, SN_WAIT_COND, cond, 0);
	assert_int_equal(told(&f)->object, cond);
	assert_int_equal(f.parts[1].stack, 1000 + holder);
	assert_false(f.parts[1].object_is_thread);
	maker_wait(&m, holder, SN_WAIT_JOIN, 1, 0);
	assert_true(told(&f)->object_is_thread);
}

static void noise(void **state)
{
	(void)state;
	struct dice d = {1};
	struct sn_finding f;
	for (int i = 0; i < 50; i++) {
		maker_free(&m);
		maker_init(&m);
		maker_noise(&m, &d, 200);
		uint32_t n = sn_detect_held(&m.view, NOW, MS, holds, 4);
		assert_in_range(n, 0, 4);
		for (uint32_t k = 0; k < n; k++)
			sn_hold_finding(&m.view, &holds[k], NOW, &f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_longest_of_several, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_long_enough, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_end_of_the_chain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(readers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_more_than_asked_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_the_holder_does, set_up, tear_down),
		cmocka_unit_test_setup_teardown(noise, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
