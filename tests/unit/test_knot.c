/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed knots on views built by hand: every kind of wait, stuck and not.  Semaphores' values are
 * read from this process's own memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>
#include "graph/knot.h"
#include "tests/unit/view_maker.h"

static uint32_t value;

static int set_up(void **state)
{
	struct maker *m = malloc(sizeof *m);
	maker_init(m);
	m->header.pid = (uint32_t)getpid();
	value = 0;
	*state = m;
	return 0;
}

static int tear_down(void **state)
{
	maker_free(*state);
	free(*state);
	return 0;
}

static uint32_t running(struct maker *m)
{
	uint32_t t = maker_thread(m, 0, 0);
	maker_thread_at(m, t)->state = SN_THREAD_RUNNING;
	return t;
}

static struct sn_sync_rec *sync_at(struct maker *m, uint32_t object)
{
	struct sn_lock_rec *l = maker_record(m, SN_TABLE_LOCK, object);
	return maker_record(m, SN_TABLE_SYNC, l->sync);
}

/* An object with a thread asleep on it. */
static uint32_t object_waited_for(struct maker *m, enum sn_lock_type type)
{
	uint32_t object = maker_lock(m, type, 0), sync = maker_add(m, SN_TABLE_SYNC, 1);
	struct sn_lock_rec *l = maker_record(m, SN_TABLE_LOCK, object);
	l->sync = sync;
	l->address = (uintptr_t)&value;
	sync_at(m, object)->object = object;
	sync_at(m, object)->waiters = 1;
	return object;
}

static void empty_is_open(void **state)
{
	struct maker *m = *state;
	assert_int_equal(sn_knot_closed(&m->view), 0);
}

static void a_running_thread_keeps_it_open(void **state)
{
	struct maker *m = *state;
	uint32_t cond = object_waited_for(m, SN_LOCK_COND);
	maker_wait(m, running(m), SN_WAIT_COND, cond, 0);
	assert_int_equal(sn_knot_closed(&m->view), 1);
	uint32_t other = running(m);
	assert_int_equal(sn_knot_closed(&m->view), 0);
	maker_thread_at(m, other)->state = SN_THREAD_CREATED;
	assert_int_equal(sn_knot_closed(&m->view), 0);
	maker_thread_at(m, other)->state = SN_THREAD_ENDED;
	assert_int_equal(sn_knot_closed(&m->view), 1);
}

static void check_wakeable(struct maker *m, enum sn_lock_type type, enum sn_wait kind)
{
	uint32_t object = object_waited_for(m, type), t = running(m);
	maker_wait(m, t, kind, object, 0);
	assert_int_equal(sn_knot_closed(&m->view), 1);
	sync_at(m, object)->waiters = 1ull << 32 | 1; /* one has been woken */
	assert_int_equal(sn_knot_closed(&m->view), 0);
	sync_at(m, object)->waiters = 0; /* it has left, or has not yet come */
	assert_int_equal(sn_knot_closed(&m->view), 0);
	sync_at(m, object)->waiters = 1;
	sync_at(m, object)->flags = SN_SYNC_OUTSIDE;
	assert_int_equal(sn_knot_closed(&m->view), 0);
	sync_at(m, object)->flags = 0;
	((struct sn_lock_rec *)maker_record(m, SN_TABLE_LOCK, object))->flags = SN_LOCK_PSHARED;
	assert_int_equal(sn_knot_closed(&m->view), 0);
	((struct sn_lock_rec *)maker_record(m, SN_TABLE_LOCK, object))->flags = 0;
	maker_thread_at(m, t)->wait_mode = SN_MODE_TIMED;
	assert_int_equal(sn_knot_closed(&m->view), 0);
	maker_thread_at(m, t)->wait_mode = 0;
	assert_int_equal(sn_knot_closed(&m->view), 1);
}

static void conditions(void **state)
{
	check_wakeable(*state, SN_LOCK_COND, SN_WAIT_COND);
}

static void barriers(void **state)
{
	check_wakeable(*state, SN_LOCK_BARRIER, SN_WAIT_BARRIER);
}

static void futexes(void **state)
{
	check_wakeable(*state, SN_LOCK_FUTEX, SN_WAIT_FUTEX);
	assert_int_equal(sn_knot_hears_handlers(&((struct maker *)*state)->view), 1);
}

static void semaphores(void **state)
{
	struct maker *m = *state;
	check_wakeable(m, SN_LOCK_SEMAPHORE, SN_WAIT_SEMAPHORE);
	value = 1; /* a post that nobody has taken yet */
	assert_int_equal(sn_knot_closed(&m->view), 0);
	value = 0;
	assert_int_equal(sn_knot_closed(&m->view), 1);
	assert_int_equal(sn_knot_hears_handlers(&m->view), 1);
}

static void locks(void **state)
{
	struct maker *m = *state;
	uint32_t lock = maker_lock(m, SN_LOCK_MUTEX, 0), cond = object_waited_for(m, SN_LOCK_COND);
	uint32_t holder = running(m), waiter = running(m);
	maker_wait(m, holder, SN_WAIT_COND, cond, 0);
	maker_wait(m, waiter, SN_WAIT_LOCK, lock, 0);
	assert_int_equal(sn_knot_closed(&m->view), 0); /* it is about to get it */
	maker_hold(m, holder, (struct sn_held){.lock = lock});
	assert_int_equal(sn_knot_closed(&m->view), 1);
	assert_int_equal(sn_knot_hears_handlers(&m->view), 0);
	((struct sn_lock_rec *)maker_record(m, SN_TABLE_LOCK, lock))->flags = SN_LOCK_PSHARED;
	assert_int_equal(sn_knot_closed(&m->view), 0);
}

static void readers(void **state)
{
	struct maker *m = *state;
	uint32_t lock = maker_lock(m, SN_LOCK_RWLOCK, 0), cond = object_waited_for(m, SN_LOCK_COND);
	uint32_t holder = running(m), waiter = running(m);
	maker_hold(m, holder, (struct sn_held){.lock = lock, .mode = SN_MODE_READ});
	maker_wait(m, holder, SN_WAIT_COND, cond, 0);
	maker_wait(m, waiter, SN_WAIT_LOCK, lock, SN_MODE_READ);
	assert_int_equal(sn_knot_closed(&m->view), 0);
	maker_thread_at(m, waiter)->wait_mode = SN_MODE_WRITE;
	assert_int_equal(sn_knot_closed(&m->view), 1);
}

static void joins(void **state)
{
	struct maker *m = *state;
	uint32_t cond = object_waited_for(m, SN_LOCK_COND), worker = running(m),
		 joiner = running(m);
	maker_wait(m, worker, SN_WAIT_COND, cond, 0);
	maker_wait(m, joiner, SN_WAIT_JOIN, worker, 0);
	assert_int_equal(sn_knot_closed(&m->view), 1);
	maker_thread_at(m, worker)->state = SN_THREAD_ENDED;
	assert_int_equal(sn_knot_closed(&m->view), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty_is_open), TEST(a_running_thread_keeps_it_open),
		TEST(conditions),    TEST(barriers),
		TEST(futexes),       TEST(semaphores),
		TEST(locks),         TEST(readers),
		TEST(joins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
