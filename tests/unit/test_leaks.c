/* SPDX-License-Identifier: Apache-2.0
 *
 * Leaked threads and abandoned locks: each kind with its verdicts and a twin that must stay silent.
 */
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
static uint32_t worker;

static int set_up(void **state)
{
	(void)state;
	maker_init(&m);
	collector_init(&c);
	test_memory_init(&memory);
	maker_thread(&m, 0, 0);
	maker_thread_at(&m, 1)->flags = SN_THREAD_MAIN;
	worker = maker_thread(&m, 1, 0);
	maker_thread_at(&m, worker)->state = SN_THREAD_JOINED;
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

static void expect_silence(void)
{
	collector_clear(&c);
	sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	assert_int_equal(c.count, 0);
}

static void expect_one(enum sn_kind kind, enum sn_verdict verdict, enum sn_why why, uint32_t parts)
{
	const struct sn_part *p;

	collector_clear(&c);
	sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.list[0].kind, kind);
	assert_int_equal(c.list[0].verdict, verdict);
	assert_int_equal(c.list[0].why, why);
	assert_int_equal(c.list[0].part_count, parts);
	p = &c.list[0].parts[0];
	assert_int_equal(p->role, SN_ROLE_SUBJECT);
	assert_int_equal(p->thread, worker);
	assert_int_equal(p->stack, 0);
}

static struct sn_thread_rec *w(void)
{
	return maker_thread_at(&m, worker);
}

static void joined_is_silent(void **state)
{
	(void)state;
	expect_silence();
}

#define MS 1000000ull

/* Main ends the process ten seconds after its start, by returning. */
static void main_ends(void)
{
	m.header.started_mono_ns = 1000 * MS;
	m.header.ended_by = 1;
	m.header.end_flags = SN_END_MAIN_RETURNED;
	end.end_ns = 11000 * MS;
}

static void worker_ended(uint64_t before_end_ms)
{
	w()->state = SN_THREAD_ENDED;
	w()->ended_ns = end.end_ns - before_end_ms * MS;
}

static void never_joined(void **state)
{
	static const uint32_t exempt[] = {SN_THREAD_MAIN, SN_THREAD_DETACHED, SN_THREAD_FOREIGN};

	(void)state;
	main_ends();
	worker_ended(6000);
	expect_one(SN_KIND_THREAD_LEAK, SN_CONFIRMED, SN_WHY_NEVER_JOINED, 1);
	for (int i = 0; i < 3; i++) {
		w()->flags = exempt[i];
		expect_silence();
	}
	w()->flags = 0;
	end.thread_leaks = 0;
	expect_silence();
	end.thread_leaks = 1;
	end.ended = 0;
	expect_silence();
}

static void ended_with_the_process(void **state)
{
	(void)state;
	main_ends();
	worker_ended(4000);
	expect_one(SN_KIND_THREAD_LEAK, SN_SUSPECT, SN_WHY_ENDED_LATE, 1);
	m.header.started_mono_ns = end.end_ns - 100 * MS;
	worker_ended(99); /* so short a run tells nothing */
	expect_one(SN_KIND_THREAD_LEAK, SN_SUSPECT, SN_WHY_ENDED_LATE, 1);
	end.strict = 1;
	expect_one(SN_KIND_THREAD_LEAK, SN_CONFIRMED, SN_WHY_STRICT, 1);
	m.header.counters[SN_COUNTER_GROW_FAILED] = 1;
	expect_silence();
}

/* Its creator lived, and did not end the process, or not as one that is done. */
static void on_the_way_to_join(void **state)
{
	(void)state;
	main_ends();
	worker_ended(6000);
	m.header.end_flags = 0;
	expect_one(SN_KIND_THREAD_LEAK, SN_CONFIRMED, SN_WHY_NEVER_JOINED, 1);
	m.header.ended_status = 1;
	expect_one(SN_KIND_THREAD_LEAK, SN_SUSPECT, SN_WHY_CUT_SHORT, 1);
	m.header.ended_status = 0;
	m.header.end_flags = SN_END_IN_HANDLER;
	expect_one(SN_KIND_THREAD_LEAK, SN_SUSPECT, SN_WHY_CUT_SHORT, 1);
	m.header.ended_by = 0;
	expect_one(SN_KIND_THREAD_LEAK, SN_SUSPECT, SN_WHY_CUT_SHORT, 1);
	end.killed = 1;
	expect_one(SN_KIND_THREAD_LEAK, SN_SUSPECT, SN_WHY_CUT_SHORT, 1);
	end.stuck = 1;
	expect_silence();
	end.stuck = end.killed = 0;
	worker_ended(4000);
	expect_silence();
	maker_thread_at(&m, 1)->state = SN_THREAD_ENDED;
	expect_one(SN_KIND_THREAD_LEAK, SN_SUSPECT, SN_WHY_ENDED_LATE, 1);
	end.killed = 1;
	expect_silence();
}

/* Main is in the join of another thread, of the same place or not. */
static void next_to_be_joined(void **state)
{
	uint32_t other = maker_thread(&m, 1, 0);

	(void)state;
	main_ends();
	worker_ended(6000);
	m.header.ended_by = 0;
	end.workers = 0;
	maker_wait(&m, 1, SN_WAIT_JOIN, other, 0);
	expect_silence();
	maker_thread_at(&m, 1)->wait_kind = SN_WAIT_COND;
	expect_one(SN_KIND_THREAD_LEAK, SN_SUSPECT, SN_WHY_CUT_SHORT, 1);
}

static void blocked_at_the_end(void **state)
{
	static const enum sn_wait kinds[] = {SN_WAIT_LOCK, SN_WAIT_COND, SN_WAIT_JOIN};

	(void)state;
	w()->state = SN_THREAD_RUNNING;
	for (int i = 0; i < 3; i++) {
		maker_wait(&m, worker, kinds[i], 3, 0);
		expect_one(SN_KIND_LEAKED_WORKER, SN_SUSPECT, SN_WHY_WHOLE_PROGRAM, 2);
		assert_int_equal(c.list[0].parts[1].role, SN_ROLE_WAITS);
		assert_int_equal(c.list[0].parts[1].object, 3);
		assert_int_equal(c.list[0].parts[1].stack, 1000 + worker);
		assert_int_equal(c.list[0].parts[1].object_is_thread, kinds[i] == SN_WAIT_JOIN);
	}
	end.strict = 1;
	expect_one(SN_KIND_LEAKED_WORKER, SN_CONFIRMED, SN_WHY_STRICT, 2);
}

static void working_at_the_end(void **state)
{
	(void)state;
	w()->state = SN_THREAD_RUNNING;
	expect_one(SN_KIND_EARLY_EXIT, SN_SUSPECT, SN_WHY_WHOLE_PROGRAM, 1);
	w()->state = SN_THREAD_CREATED;
	expect_one(SN_KIND_EARLY_EXIT, SN_SUSPECT, SN_WHY_WHOLE_PROGRAM, 1);
	end.strict = 1;
	expect_one(SN_KIND_EARLY_EXIT, SN_CONFIRMED, SN_WHY_STRICT, 1);
	w()->flags = SN_THREAD_DONE;
	expect_silence();
	w()->flags = SN_THREAD_FOREIGN;
	expect_silence();
	w()->flags = SN_THREAD_DETACHED;
	expect_one(SN_KIND_EARLY_EXIT, SN_CONFIRMED, SN_WHY_STRICT, 1);
}

static void alive_but_no_leak(void **state)
{
	(void)state;
	w()->state = SN_THREAD_RUNNING;
	end.killed = 1;
	expect_silence();
	end.killed = 0;
	end.workers = 0;
	expect_silence();
	end.workers = 1;
	end.ended = 0;
	expect_silence();
}

static void lock_held_at_exit(void **state)
{
	uint32_t lock = maker_lock(&m, SN_LOCK_MUTEX, 0);

	(void)state;
	maker_hold(&m, worker, (struct sn_held){.lock = 0});
	maker_hold(&m, worker, (struct sn_held){.lock = lock, .stack = 5});
	expect_one(SN_KIND_LOCK_HELD_AT_THREAD_EXIT, SN_CONFIRMED, SN_WHY_ENDED_HOLDING, 2);
	assert_int_equal(c.list[0].parts[1].role, SN_ROLE_HOLDS);
	assert_int_equal(c.list[0].parts[1].object, lock);
	assert_int_equal(c.list[0].parts[1].stack, 5);
	w()->state = SN_THREAD_ENDED;
	w()->flags = SN_THREAD_DETACHED;
	end.ended = 0;
	expect_one(SN_KIND_LOCK_HELD_AT_THREAD_EXIT, SN_CONFIRMED, SN_WHY_ENDED_HOLDING, 2);
	((struct sn_lock_rec *)maker_record(&m, SN_TABLE_LOCK, lock))->flags = SN_LOCK_ROBUST;
	expect_one(SN_KIND_LOCK_HELD_AT_THREAD_EXIT, SN_SUSPECT, SN_WHY_ROBUST, 2);
	w()->state = SN_THREAD_RUNNING;
	expect_silence();
}

#define SITE 1
#define WORKERS 16

/* Sixteen more workers of one site, each made after the one before had been blocked. */
static struct sn_thread_rec *grow(uint32_t i)
{
	return maker_thread_at(&m, worker + i);
}

static void set_up_growth(void)
{
	maker_add(&m, SN_TABLE_STACK, SITE + 1);
	end.end_ns = (WORKERS + 1) * 1000u;
	for (uint32_t i = 1; i <= WORKERS; i++) {
		uint32_t t = maker_thread(&m, 1, 0);

		maker_wait(&m, t, SN_WAIT_COND, 3, 0);
		grow(i)->create_stack = SITE;
		grow(i)->created_ns = i * 1000u;
		grow(i)->wait_since_ns = i * 1000u + 500;
	}
}

/* Threads of one place that ended before the newest of it was created. */
static void threads_that_pile_up(void **state)
{
	struct sn_stack_rec *site;

	(void)state;
	set_up_growth();
	main_ends();
	for (uint32_t i = 1; i <= WORKERS; i++) {
		grow(i)->state = i > 5 ? SN_THREAD_JOINED : SN_THREAD_ENDED;
		grow(i)->created_ns = end.end_ns - 100 * MS + i * MS;
		grow(i)->ended_ns = end.end_ns - 100 * MS;
	}
	collector_clear(&c);
	sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	assert_int_equal(c.count, 5);
	assert_int_equal(c.list[0].why, SN_WHY_PILED_UP);
	assert_int_equal(c.list[0].verdict, SN_CONFIRMED);
	/* Others of the place have been joined: these are late. */
	site = maker_record(&m, SN_TABLE_STACK, SITE);
	site->flags = SN_STACK_THREAD_JOINED;
	collector_clear(&c);
	sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	assert_int_equal(c.list[0].why, SN_WHY_ENDED_LATE);
	m.header.ended_by = 0;
	expect_silence();
	site->flags = 0;
	collector_clear(&c);
	sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	assert_int_equal(c.list[0].verdict, SN_SUSPECT);
	/* A pool: all ended when all had been made. */
	m.header.ended_by = 1;
	for (uint32_t i = 1; i <= 5; i++)
		grow(i)->ended_ns = end.end_ns - MS;
	collector_clear(&c);
	sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	assert_int_equal(c.count, 5);
	assert_int_equal(c.list[0].why, SN_WHY_ENDED_LATE);
}

static void expect_growth(int only_grew)
{
	collector_clear(&c);
	sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	assert_true(c.count >= WORKERS - 1);
	assert_int_equal(c.list[1].verdict, only_grew ? SN_CONFIRMED : SN_SUSPECT);
	assert_int_equal(c.list[1].why, only_grew ? SN_WHY_ONLY_GREW : SN_WHY_WHOLE_PROGRAM);
}

static void workers_that_only_grew(void **state)
{
	struct sn_stack_rec *site;

	(void)state;
	set_up_growth();
	expect_growth(1);
	site = maker_record(&m, SN_TABLE_STACK, SITE);
	site->flags = SN_STACK_THREAD_ENDED; /* one of them, which is forgotten */
	expect_growth(0);
	site->flags = 0;
	grow(5)->state = SN_THREAD_JOINED;
	expect_growth(0);
	grow(5)->state = SN_THREAD_RUNNING;
	grow(5)->wait_since_ns = 6001; /* it had work when the next was made */
	expect_growth(0);
	grow(5)->wait_since_ns = 5500;
	grow(5)->wait_mode = SN_MODE_TIMED;
	expect_growth(0);
	grow(5)->wait_mode = 0;
	expect_growth(1);
	end.end_ns = 0;
	expect_growth(0);
}

/* A pool that is made in one go, and one too small to be sure of. */
static void pools_are_no_growth(void **state)
{
	(void)state;
	set_up_growth();
	end.end_ns = 10 * WORKERS * 1000u;
	expect_growth(0);
	end.end_ns = (WORKERS + 1) * 1000u;
	grow(WORKERS)->create_stack = 0;
	expect_growth(0);
}

static void noise_is_survived(void **state)
{
	struct dice d = {3};

	(void)state;
	for (int i = 0; i < 300; i++) {
		collector_clear(&c);
		maker_free(&m);
		maker_init(&m);
		maker_noise(&m, &d, 1 + roll(&d, 40));
		sn_detect_leaks(&m.view, &end, &memory.memory, &c.sink);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(joined_is_silent),       TEST(never_joined),
		TEST(blocked_at_the_end),     TEST(ended_with_the_process),
		TEST(on_the_way_to_join),     TEST(next_to_be_joined),
		TEST(threads_that_pile_up),   TEST(working_at_the_end),
		TEST(alive_but_no_leak),      TEST(lock_held_at_exit),
		TEST(workers_that_only_grew), TEST(pools_are_no_growth),
		TEST(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
