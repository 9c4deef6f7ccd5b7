/* SPDX-License-Identifier: Apache-2.0
 *
 * Knots after the fact: of all threads and of some, each rule with a twin that must stay silent. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/view_maker.h"

#define SECOND 1000000000u

static struct maker m;
static struct collector c;
static struct test_memory memory;
static struct sn_hang hang;

static int set_up(void **state)
{
	(void)state;
	maker_init(&m);
	collector_init(&c);
	test_memory_init(&memory);
	for (int i = 0; i < 3; i++)
		maker_thread(&m, 0, 0);
	maker_thread_at(&m, 1)->flags = SN_THREAD_MAIN;
	hang = (struct sn_hang){.end_ns = 10ull * SECOND, .end_known = 1};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	maker_free(&m);
	collector_free(&c);
	return 0;
}

static uint32_t detect(void)
{
	collector_clear(&c);
	sn_detect_stuck(&m.view, &hang, &memory.memory, &c.sink);
	assert_int_equal(memory.in_use, 0);
	return c.count;
}

static void expect_one(enum sn_kind kind, enum sn_verdict verdict, enum sn_why why)
{
	assert_int_equal(detect(), 1);
	assert_int_equal(c.list[0].kind, kind);
	assert_int_equal(c.list[0].verdict, verdict);
	assert_int_equal(c.list[0].why, why);
}

static void expect_silence(void)
{
	assert_int_equal(detect(), 0);
}

static int is_told(uint32_t thread)
{
	for (uint32_t i = 0; i < c.list[0].part_count; i++)
		if (c.list[0].parts[i].role == SN_ROLE_WAITS && c.list[0].parts[i].thread == thread)
			return 1;
	return 0;
}

static struct sn_sync_rec *sync_of(uint32_t object)
{
	const struct sn_lock_rec *l = maker_record(&m, SN_TABLE_LOCK, object);

	return maker_record(&m, SN_TABLE_SYNC, l->sync);
}

/* An object that threads sleep on. */
static uint32_t sleeping_place(enum sn_lock_type type)
{
	uint32_t object = maker_lock(&m, type, 0), sync = maker_add(&m, SN_TABLE_SYNC, 1);
	struct sn_lock_rec *l = maker_record(&m, SN_TABLE_LOCK, object);

	l->sync = sync;
	sync_of(object)->object = object;
	return object;
}

static void sleep_on(uint32_t thread, enum sn_wait kind, uint32_t object)
{
	maker_wait(&m, thread, kind, object, 0);
	sync_of(object)->waiters++;
}

/* Main joins T2, which waits for T3, which waits for nobody knows whom. */
static uint32_t all_asleep(void)
{
	uint32_t cond = sleeping_place(SN_LOCK_COND);

	maker_wait(&m, 1, SN_WAIT_JOIN, 2, 0);
	sleep_on(2, SN_WAIT_COND, cond);
	sleep_on(3, SN_WAIT_COND, cond);
	return cond;
}

static void everybody_sleeps(void **state)
{
	uint32_t cond = all_asleep();

	(void)state;
	expect_one(SN_KIND_DEADLOCK, SN_SUSPECT, SN_WHY_ALL_WERE_ASLEEP);
	hang.asleep = 1;
	expect_one(SN_KIND_DEADLOCK, SN_CONFIRMED, SN_WHY_NOBODY_LEFT);
	assert_true(is_told(1) && is_told(2) && is_told(3));
	hang.asleep = 0;
	hang.runs = 1; /* the kernel knows better */
	expect_silence();
	hang.runs = 0;
	maker_thread_at(&m, 3)->wait_mode = SN_MODE_TIMED;
	expect_silence();
	maker_thread_at(&m, 3)->wait_mode = 0;
	sync_of(cond)->waiters |= 1ull << 32; /* one has been woken */
	expect_silence();
}

static void a_signal_was_lost(void **state)
{
	uint32_t cond = all_asleep();

	(void)state;
	sync_of(cond)->lost_serial = 2;
	sync_of(cond)->stray.serial = 1;
	expect_one(SN_KIND_LOST_WAKEUP, SN_CONFIRMED, SN_WHY_IN_THE_WINDOW);
	hang.end_known = 0;
	expect_one(SN_KIND_LOST_WAKEUP, SN_SUSPECT, SN_WHY_IN_THE_WINDOW);
	hang.end_known = 1;
	maker_thread_at(&m, 3)->wait_since_ns = hang.end_ns - SECOND / 2;
	expect_one(SN_KIND_LOST_WAKEUP, SN_SUSPECT, SN_WHY_IN_THE_WINDOW);
	hang.asleep = 1;
	expect_one(SN_KIND_LOST_WAKEUP, SN_CONFIRMED, SN_WHY_IN_THE_WINDOW);
}

static void times_are_told_only_where_they_are_known(void **state)
{
	uint32_t cond = all_asleep();

	(void)state;
	m.header.started_ticks = 1000;
	m.header.started_mono_ns = 5;
	sync_of(cond)->unheard = (struct sn_signal){.serial = 1, .ticks = 1500};
	detect();
	assert_int_equal(c.list[0].parts[c.list[0].part_count - 1].role, SN_ROLE_SIGNALLED);
	assert_int_equal(c.list[0].parts[c.list[0].part_count - 1].when_ns, 0);
	hang.now_ticks = 2000;
	hang.now_ns = 1005;
	detect();
	assert_int_equal(c.list[0].parts[c.list[0].part_count - 1].when_ns, 505);
}

static void a_ring_explains_all(void **state)
{
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0), b = maker_lock(&m, SN_LOCK_MUTEX, 0);

	(void)state;
	maker_hold(&m, 2, (struct sn_held){.lock = a});
	maker_hold(&m, 3, (struct sn_held){.lock = b});
	maker_wait(&m, 1, SN_WAIT_JOIN, 2, 0);
	maker_wait(&m, 2, SN_WAIT_LOCK, b, 0);
	maker_wait(&m, 3, SN_WAIT_LOCK, a, 0);
	expect_one(SN_KIND_DEADLOCK, SN_CONFIRMED, SN_WHY_WAIT_RING);
}

static void what_the_process_told_is_not_told_again(void **state)
{
	(void)state;
	all_asleep();
	maker_thread_at(&m, 2)->flags = SN_THREAD_DEADLOCKED;
	expect_silence();
}

/* T2 sleeps with the lock that T3 needs to wake it; the main thread is busy. */
static uint32_t partial(enum sn_lock_type type, enum sn_wait kind)
{
	uint32_t object = sleeping_place(type), lock = maker_lock(&m, SN_LOCK_MUTEX, 0);

	for (uint32_t t = 2; t <= 3; t++) {
		maker_thread_at(&m, t)->held_count = 0;
		maker_thread_at(&m, t)->state = SN_THREAD_RUNNING;
	}
	maker_hold(&m, 2, (struct sn_held){.lock = lock});
	sleep_on(2, kind, object);
	maker_wait(&m, 3, SN_WAIT_LOCK, lock, 0);
	sync_of(object)->wakers[0] = 3;
	return object;
}

static void some_sleep(void **state)
{
	static const struct {
		enum sn_lock_type type;
		enum sn_wait kind;
	} places[] = {{SN_LOCK_COND, SN_WAIT_COND},
		      {SN_LOCK_SEMAPHORE, SN_WAIT_SEMAPHORE},
		      {SN_LOCK_BARRIER, SN_WAIT_BARRIER}};

	(void)state;
	for (int i = 0; i < 3; i++) {
		uint32_t object = partial(places[i].type, places[i].kind);

		hang.runs = 1;
		expect_one(SN_KIND_DEADLOCK, SN_SUSPECT, SN_WHY_WAKERS_ASLEEP);
		assert_true(!is_told(1) && is_told(2) && is_told(3));
		sync_of(object)->wakers[1] = 1; /* who is busy has woken them before */
		expect_silence();
		sync_of(object)->wakers[1] = 0;
		sync_of(object)->waiters |= 1ull << 32;
		expect_silence();
	}
	/* Who had woken them has ended, and its record serves one of them now. */
	sync_of(partial(SN_LOCK_COND, SN_WAIT_COND))->waker_serial[0] = 9;
	expect_silence();
	partial(SN_LOCK_FUTEX, SN_WAIT_FUTEX); /* anybody may write its word */
	expect_silence();
}

static void others_may_come(void **state)
{
	uint32_t object = partial(SN_LOCK_COND, SN_WAIT_COND);

	(void)state;
	sync_of(object)->flags = SN_SYNC_MANY_WAKERS;
	expect_silence();
	sync_of(object)->flags = SN_SYNC_OUTSIDE;
	expect_silence();
	sync_of(object)->flags = 0;
	sync_of(object)->wakers[0] = 0; /* nobody knows whose task it is */
	expect_silence();
	sync_of(object)->wakers[0] = 3;
	maker_thread_at(&m, 3)->wait_mode = SN_MODE_TIMED;
	expect_silence();
	maker_thread_at(&m, 3)->wait_mode = 0;
	maker_thread_at(&m, 3)->wait_since_ns = hang.end_ns - SECOND / 2;
	expect_silence();
	maker_thread_at(&m, 3)->wait_since_ns = 3;
	expect_one(SN_KIND_DEADLOCK, SN_SUSPECT, SN_WHY_WAKERS_ASLEEP);
	maker_thread_at(&m, 3)->state = SN_THREAD_ENDED;
	expect_silence();
}

static void an_idle_worker_is_none(void **state)
{
	uint32_t cond = sleeping_place(SN_LOCK_COND), lock = maker_lock(&m, SN_LOCK_MUTEX, 0);

	(void)state;
	sleep_on(2, SN_WAIT_COND, cond);
	sync_of(cond)->wakers[0] = 2;
	expect_silence();
	maker_hold(&m, 2, (struct sn_held){.lock = lock});
	expect_one(SN_KIND_DEADLOCK, SN_SUSPECT, SN_WHY_WAKERS_ASLEEP);
}

/* Those who join are in it, those who are only joined are not. */
static void joins_belong_to_it(void **state)
{
	(void)state;
	partial(SN_LOCK_COND, SN_WAIT_COND);
	maker_thread(&m, 0, 0);
	maker_wait(&m, 4, SN_WAIT_JOIN, 2, 0);
	expect_one(SN_KIND_DEADLOCK, SN_SUSPECT, SN_WHY_WAKERS_ASLEEP);
	assert_true(is_told(4));
	maker_wait(&m, 2, SN_WAIT_JOIN, 1, 0);
	expect_silence();
}

static void without_memory_nothing_is_told(void **state)
{
	(void)state;
	all_asleep();
	memory.grows_left = 0;
	expect_silence();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everybody_sleeps),
		TEST(a_signal_was_lost),
		TEST(times_are_told_only_where_they_are_known),
		TEST(a_ring_explains_all),
		TEST(what_the_process_told_is_not_told_again),
		TEST(some_sleep),
		TEST(others_may_come),
		TEST(an_idle_worker_is_none),
		TEST(joins_belong_to_it),
		TEST(without_memory_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
