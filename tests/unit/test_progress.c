/* SPDX-License-Identifier: Apache-2.0
 *
 * starvation, thundering-herd and unbounded-threads, judged from a registry: each reports at its
 * threshold and is silent just below it, and what must silence it does.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/view_maker.h"

#define MS 1000000ull
#define SECOND (1000 * MS)

static struct maker m;
static struct collector c;
static struct sn_options o;
static const uint64_t end_ns = 100 * SECOND;

static int set_up(void **state)
{
	(void)state;
	maker_init(&m);
	collector_init(&c);
	sn_options_default(&o);
	maker_thread(&m, 0, 0);
	maker_thread_at(&m, 1)->flags = SN_THREAD_MAIN;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	maker_free(&m);
	collector_free(&c);
	return 0;
}

static void expect(uint32_t count, enum sn_kind kind)
{
	collector_clear(&c);
	sn_detect_progress(&m.view, &o, end_ns, &c.sink);
	assert_int_equal(c.count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(c.list[i].kind, kind);
		assert_int_equal(c.list[i].verdict, SN_SUSPECT);
	}
}

static struct sn_lock_rec *lock_at(uint32_t i)
{
	return maker_record(&m, SN_TABLE_LOCK, i);
}

static uint32_t starving(uint64_t waited_ns, uint32_t passes)
{
	uint32_t lock = maker_lock(&m, SN_LOCK_MUTEX, 0), thread = maker_thread(&m, 1, 0);
	maker_wait(&m, thread, SN_WAIT_LOCK, lock, 0);
	maker_thread_at(&m, thread)->state = SN_THREAD_RUNNING;
	maker_thread_at(&m, thread)->wait_since_ns = end_ns - waited_ns;
	maker_thread_at(&m, thread)->wait_passes = 7;
	maker_thread_at(&m, thread)->wait_threads = 2;
	lock_at(lock)->passes = 7 + passes;
	lock_at(lock)->passed_by = (uint64_t)5 << 32 | 1;
	return thread;
}

static void starved(void **state)
{
	(void)state;
	uint32_t thread = starving(SECOND, 100);
	expect(1, SN_KIND_STARVATION);
	assert_int_equal(c.list[0].part_count, 2);
	assert_int_equal(c.list[0].parts[0].role, SN_ROLE_WAITS);
	assert_int_equal(c.list[0].parts[0].thread, thread);
	assert_int_equal(c.list[0].parts[0].number, 1000);
	assert_int_equal(c.list[0].parts[1].role, SN_ROLE_HOLDS);
	assert_int_equal(c.list[0].parts[1].thread, 1);
	assert_int_equal(c.list[0].parts[1].stack, 5);
	assert_int_equal(c.list[0].parts[1].number, 100);
}

static void not_starved(void **state)
{
	(void)state;
	starving(SECOND - MS, 100);
	starving(SECOND, 99);
	/* It is one of so many that each of the others may have had its turn. */
	maker_thread_at(&m, starving(SECOND, 300))->wait_threads = 300;
	maker_thread_at(&m, starving(SECOND, 100))->wait_kind = SN_WAIT_COND;
	maker_thread_at(&m, starving(SECOND, 100))->state = SN_THREAD_ENDED;
	expect(0, 0);
}

static struct sn_sync_rec *herd(uint32_t broadcasts, uint32_t woken, uint32_t back)
{
	uint32_t lock = maker_lock(&m, SN_LOCK_COND, 0), sync = maker_add(&m, SN_TABLE_SYNC, 1);
	struct sn_sync_rec *s = maker_record(&m, SN_TABLE_SYNC, sync);
	lock_at(lock)->sync = sync;
	*s = (struct sn_sync_rec){.object = lock,
				  .broadcasts = broadcasts,
				  .herd_woken = woken,
				  .herd_back = back,
				  .herd_serial = 1,
				  .herd_by = 1};
	return s;
}

static void thundering(void **state)
{
	(void)state;
	herd(100, 300, 240);
	expect(1, SN_KIND_THUNDERING_HERD);
	assert_int_equal(c.list[0].part_count, 3);
	assert_int_equal(c.list[0].parts[0].number, 100);
	assert_int_equal(c.list[0].parts[1].number, 300);
	assert_int_equal(c.list[0].parts[2].number, 240);
}

static void not_thundering(void **state)
{
	(void)state;
	herd(99, 300, 300);
	herd(100, 299, 299);
	herd(100, 300, 239);
	/* A link in the list of free records. */
	herd(100, 300, 300)->object = 1;
	expect(0, 0);
}

/* `count` threads of one site, created evenly between two moments. */
static void grow(uint32_t stack, uint32_t count, uint64_t from, uint64_t to)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t thread = maker_thread(&m, 1, 0);
		struct sn_thread_rec *t = maker_thread_at(&m, thread);
		t->state = SN_THREAD_RUNNING;
		t->serial = thread;
		t->create_stack = stack;
		t->created_ns = from + (to - from) * i / count;
	}
}

static void unbounded(void **state)
{
	(void)state;
	uint32_t stack = maker_add(&m, SN_TABLE_STACK, 1);
	grow(stack, 200, 0, end_ns);
	expect(1, SN_KIND_UNBOUNDED_THREADS);
	assert_int_equal(c.list[0].parts[0].role, SN_ROLE_CREATED);
	assert_int_equal(c.list[0].parts[0].thread, 1);
	assert_int_equal(c.list[0].parts[0].stack, stack);
	assert_int_equal(c.list[0].parts[0].number, 200);
	assert_int_equal(c.list[0].parts[1].thread, 201);
	assert_int_equal(c.list[0].parts[1].more, 199);
}

static void unbounded_among_many_sites(void **state)
{
	(void)state;
	uint32_t first = maker_add(&m, SN_TABLE_STACK, 300);
	for (uint32_t i = 1; i < 300; i++)
		grow(first + i, 2, 0, end_ns);
	grow(first, 200, 0, end_ns);
	expect(1, SN_KIND_UNBOUNDED_THREADS);
}

static void not_unbounded(void **state)
{
	(void)state;
	uint32_t first = maker_add(&m, SN_TABLE_STACK, 6);
	grow(first, 199, 0, end_ns);
	grow(first + 1, 1000, 10 * SECOND, 11 * SECOND); /* a pool */
	grow(first + 2, 1000, 0, end_ns * 2 / 5);        /* one that was slow to fill */
	grow(first + 3, 300, 0, end_ns);                 /* one has ended */
	maker_thread_at(&m, maker_thread(&m, 1, 0))->create_stack = first + 3;
	maker_thread_at(&m, sn_view_count(&m.view, SN_TABLE_THREAD) - 1)->state = SN_THREAD_JOINED;
	grow(first + 4, 300, 0, end_ns); /* one has ended, and its record serves another */
	((struct sn_stack_rec *)maker_record(&m, SN_TABLE_STACK, first + 4))->flags =
		SN_STACK_THREAD_ENDED;
	expect(0, 0);
}

static void noise(void **state)
{
	(void)state;
	struct dice d = {1};
	for (int i = 0; i < 200; i++) {
		maker_free(&m);
		maker_init(&m);
		maker_noise(&m, &d, 200);
		collector_clear(&c);
		sn_detect_progress(&m.view, &o, end_ns, &c.sink);
		for (uint32_t f = 0; f < c.count; f++)
			assert_int_equal(c.list[f].verdict, SN_SUSPECT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(starved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_starved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(thundering, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_thundering, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unbounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unbounded_among_many_sites, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_unbounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(noise, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
