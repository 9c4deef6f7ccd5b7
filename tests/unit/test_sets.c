/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that were asleep together at the end: which are told as one, as what, and who is told
 * with them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/view_maker.h"

static struct maker m;
static struct collector c;
static struct test_memory memory;
static struct sn_end end;
static uint32_t mutex, channel, other;

static uint32_t counted(enum sn_lock_type type, uint32_t waker)
{
	uint32_t lock = maker_lock(&m, type, SN_LOCK_INIT_SEEN),
		 sync = maker_add(&m, SN_TABLE_SYNC, 1);
	struct sn_lock_rec *l = maker_record(&m, SN_TABLE_LOCK, lock);
	struct sn_sync_rec *s = maker_record(&m, SN_TABLE_SYNC, sync);

	l->sync = sync;
	s->object = lock;
	s->wakers[0] = s->waker_serial[0] = waker;
	return lock;
}

/* Main, and three workers. */
static int set_up(void **state)
{
	(void)state;
	maker_init(&m);
	collector_init(&c);
	test_memory_init(&memory);
	for (int i = 0; i < 4; i++)
		maker_thread(&m, 0, 0);
	maker_thread_at(&m, 1)->flags = SN_THREAD_MAIN;
	mutex = maker_lock(&m, SN_LOCK_MUTEX, 0);
	channel = counted(SN_LOCK_CHANNEL, 3);
	other = counted(SN_LOCK_CHANNEL, 2);
	maker_thread_at(&m, 4)->state = SN_THREAD_JOINED;
	end = (struct sn_end){.ended = 1, .thread_leaks = 1, .workers = 1};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	maker_free(&m);
	collector_free(&c);
	assert_int_equal(memory.in_use, 0);
	return 0;
}

static uint32_t detect(void)
{
	collector_clear(&c);
	sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	return c.count;
}

static void expect_one(enum sn_kind kind, enum sn_verdict verdict, enum sn_why why)
{
	assert_int_equal(detect(), 1);
	assert_int_equal(c.list[0].kind, kind);
	assert_int_equal(c.list[0].verdict, verdict);
	assert_int_equal(c.list[0].why, why);
}

static int is_told(enum sn_role role, uint32_t thread, uint32_t object)
{
	for (uint32_t i = 0; i < c.list[0].part_count; i++) {
		const struct sn_part *p = &c.list[0].parts[i];

		if (p->role == role && p->thread == thread && p->object == object)
			return 1;
	}
	return 0;
}

static void sleep_sealed(uint32_t thread, enum sn_wait kind, uint32_t object)
{
	maker_wait(&m, thread, kind, object, 0);
	maker_thread_at(&m, thread)->flags |= SN_THREAD_SEALED;
}

static void a_lock_makes_a_deadlock(void **state)
{
	(void)state;
	maker_hold(&m, 2, (struct sn_held){.lock = mutex});
	sleep_sealed(2, SN_WAIT_SEND, channel);
	sleep_sealed(3, SN_WAIT_LOCK, mutex);
	expect_one(SN_KIND_DEADLOCK, SN_CONFIRMED, SN_WHY_NOBODY_REACHES);
	assert_true(is_told(SN_ROLE_WAITS, 2, channel) && is_told(SN_ROLE_HOLDS, 2, mutex));
	assert_true(is_told(SN_ROLE_WAITS, 3, mutex));
	assert_int_equal(c.list[0].part_count, 3);
}

static void so_does_a_circle(void **state)
{
	(void)state;
	sleep_sealed(2, SN_WAIT_SEND, channel);
	sleep_sealed(3, SN_WAIT_SEND, other);
	expect_one(SN_KIND_DEADLOCK, SN_CONFIRMED, SN_WHY_NOBODY_REACHES);
	/* The second waits for nobody: the first is behind it, and that is all. */
	maker_wait(&m, 3, SN_WAIT_SEND, maker_lock(&m, SN_LOCK_CHANNEL, 0), 0);
	expect_one(SN_KIND_LEAKED_WORKER, SN_CONFIRMED, SN_WHY_NOBODY_REACHES);
	assert_true(is_told(SN_ROLE_SUBJECT, 2, 0) && is_told(SN_ROLE_WAITS, 2, channel));
	assert_int_equal(c.list[0].part_count, 3);
}

/* Two that have nothing to do with each other are two findings, as are two senders. */
static void others_are_told_alone(void **state)
{
	struct sn_sync_rec *s = maker_record(&m, SN_TABLE_SYNC, 1);

	(void)state;
	s->waker_serial[0] = 0;
	sleep_sealed(2, SN_WAIT_SEND, channel);
	sleep_sealed(3, SN_WAIT_RECEIVE, maker_lock(&m, SN_LOCK_CHANNEL, 0));
	assert_int_equal(detect(), 2);
	maker_wait(&m, 3, SN_WAIT_SEND, channel, 0);
	((struct sn_sync_rec *)maker_record(&m, SN_TABLE_SYNC, 1))->waker_serial[0] = 3;
	assert_int_equal(detect(), 2);
	assert_int_equal(c.list[0].kind, SN_KIND_LEAKED_WORKER);
	assert_int_equal(c.list[0].verdict, SN_CONFIRMED);
}

static void who_is_not_sealed_is_told_with_its_holder(void **state)
{
	(void)state;
	maker_hold(&m, 1, (struct sn_held){.lock = mutex});
	maker_thread_at(&m, 2)->state = SN_THREAD_JOINED;
	maker_wait(&m, 3, SN_WAIT_LOCK, mutex, 0);
	expect_one(SN_KIND_LEAKED_WORKER, SN_SUSPECT, SN_WHY_WHOLE_PROGRAM);
	assert_true(is_told(SN_ROLE_HOLDS, 1, mutex) && is_told(SN_ROLE_WAITS, 3, mutex));
	end.strict = 1;
	expect_one(SN_KIND_LEAKED_WORKER, SN_CONFIRMED, SN_WHY_STRICT);
	end.strict = 0;
	end.workers = 0;
	assert_int_equal(detect(), 0);
	end.workers = 1;
	end.killed = 1;
	assert_int_equal(detect(), 0);
}

/* One holds the lock in a wait of which nothing is known; the waits for the lock are one place. */
static void a_set_of_suspects(void **state)
{
	(void)state;
	maker_hold(&m, 2, (struct sn_held){.lock = mutex});
	maker_wait(&m, 2, SN_WAIT_COND, other, 0);
	maker_wait(&m, 3, SN_WAIT_LOCK, mutex, 0);
	expect_one(SN_KIND_LEAKED_WORKER, SN_SUSPECT, SN_WHY_WHOLE_PROGRAM);
	assert_true(is_told(SN_ROLE_WAITS, 2, other) && is_told(SN_ROLE_WAITS, 3, mutex));
	assert_true(is_told(SN_ROLE_HOLDS, 2, mutex));
	/* A wait with a time limit may have ended any moment: who has it only holds. */
	maker_thread_at(&m, 2)->wait_mode = SN_MODE_TIMED;
	assert_int_equal(detect(), 2);
}

static void without_memory_each_is_told_alone(void **state)
{
	(void)state;
	maker_hold(&m, 2, (struct sn_held){.lock = mutex});
	sleep_sealed(2, SN_WAIT_SEND, channel);
	sleep_sealed(3, SN_WAIT_LOCK, mutex);
	for (int grows = 0; grows < 2; grows++) {
		memory.grows_left = grows;
		assert_int_equal(detect(), 2);
		assert_int_equal(memory.in_use, 0);
	}
	memory.grows_left = 2;
	assert_int_equal(detect(), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lock_makes_a_deadlock), TEST(so_does_a_circle),
		TEST(others_are_told_alone),   TEST(who_is_not_sealed_is_told_with_its_holder),
		TEST(a_set_of_suspects),       TEST(without_memory_each_is_told_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
