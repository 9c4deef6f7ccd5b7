/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlines and timers.  What is asserted is that nothing happens before its time, and that what
 * was planned for a time happens; never how late it is. */
#include "peers.h"

static void deadlines_saturate(void **state)
{
	int64_t before = snarl_now(), in = snarl_in(SNARL_SECOND);

	(void)state;
	assert_true(in >= before + SNARL_SECOND);
	assert_true(in <= snarl_now() + SNARL_SECOND);
	assert_true(snarl_in(INT64_MAX) == SNARL_FOREVER);
	assert_true(snarl_in(INT64_MIN) < before);
	assert_true(snarl_now() >= before);
}

static void a_sleep_is_never_too_short(void **state)
{
	int64_t deadline = snarl_in(3 * SNARL_MILLISECOND);

	(void)state;
	assert_int_equal(snarl_sleep_until(deadline), 0);
	assert_true(snarl_now() >= deadline);
	assert_int_equal(snarl_sleep_until(0), 0);
	assert_int_equal(snarl_sleep_with(INT64_MIN, NULL), 0);
}

static void after_ticks_once(void **state)
{
	int64_t before = snarl_now(), tick = 0;
	struct snarl_channel *t = snarl_after(2 * SNARL_MILLISECOND);

	(void)state;
	assert_int_equal(snarl_receive(t, &tick), 0);
	assert_true(tick >= before + 2 * SNARL_MILLISECOND);
	assert_true(snarl_now() >= tick);
	assert_int_equal(snarl_try_receive(t, &tick), -EAGAIN);
	assert_int_equal(snarl_receive_until(t, &tick, snarl_in(SNARL_MILLISECOND)), -ETIMEDOUT);
	assert_int_equal(snarl_channel_length(t), 0);
	snarl_channel_release(t);
}

static void what_is_due_is_there(void **state)
{
	int64_t tick;
	struct snarl_channel *past = snarl_after(-5), *future = snarl_after(SNARL_FOREVER);

	(void)state;
	assert_int_equal(snarl_channel_length(past), 1);
	assert_int_equal(snarl_receive_until(past, &tick, 0), 0);
	assert_int_equal(snarl_try_receive(future, &tick), -EAGAIN);
	assert_int_equal(snarl_channel_length(future), 0);
	assert_int_equal(snarl_receive_until(future, &tick, snarl_in(1000)), -ETIMEDOUT);
	snarl_channel_release(past);
	snarl_channel_release(future);
}

static void a_ticker_keeps_its_beat(void **state)
{
	int64_t period = SNARL_MILLISECOND, first, tick, before = snarl_now();
	struct snarl_channel *t = snarl_ticker_new(period);

	(void)state;
	assert_int_equal(snarl_receive(t, &first), 0);
	assert_true(first >= before + period);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(snarl_receive(t, &tick), 0);
		assert_int_equal((tick - first) % period, 0);
		assert_true(tick > before);
		assert_true(snarl_now() >= tick);
		before = tick;
	}
	snarl_channel_release(t);
	errno = 0;
	assert_null(snarl_ticker_new(0));
	assert_int_equal(errno, EINVAL);
}

static void a_slow_receiver_loses_ticks(void **state)
{
	int64_t period = SNARL_MILLISECOND, tick, now;
	struct snarl_channel *t = snarl_ticker_new(period);

	(void)state;
	snarl_sleep_until(snarl_in(10 * period));
	assert_int_equal(snarl_channel_length(t), 1);
	assert_int_equal(snarl_try_receive(t, &tick), 0);
	now = snarl_now();
	assert_true(now - tick >= 9 * period);
	/* The next is one planned for a time after the one it was taken at: nine are dropped. */
	assert_int_equal(snarl_receive(t, &now), 0);
	assert_true(now - tick >= 9 * period);
	assert_int_equal((now - tick) % period, 0);
	snarl_channel_release(t);
}

static void a_stopped_timer_is_silent(void **state)
{
	int64_t tick;
	struct snarl_channel *t = snarl_ticker_new(SNARL_MILLISECOND), *c = longs(1);

	(void)state;
	snarl_receive(t, &tick);
	assert_int_equal(snarl_timer_stop(t), 0);
	assert_int_equal(snarl_timer_stop(t), -EALREADY);
	assert_int_equal(snarl_receive_until(t, &tick, snarl_in(5 * SNARL_MILLISECOND)),
			 -ETIMEDOUT);
	assert_int_equal(snarl_timer_stop(c), -EINVAL);
	assert_int_equal(snarl_timer_stop(NULL), -EINVAL);
	assert_int_equal(snarl_timer_reset(c, 1, 1), -EINVAL);
	assert_int_equal(snarl_timer_reset(t, -1, 0), -EINVAL);
	snarl_channel_release(t);
	snarl_channel_release(c);
}

/* Whether it was stopped under its waiter before its time came; if not, it is gone with the waiter.
 */
static int stopped_in_time(struct snarl_channel *t, struct peer *waiter, int64_t ahead)
{
	start_receiver(waiter, t, 1);
	assert_int_equal(snarl_timer_reset(t, ahead, 0), 0);
	if (snarl_timer_stop(t) == 0)
		return 1;
	assert_int_equal(finish(waiter), 0);
	snarl_channel_release(t);
	return 0;
}

/* A later timer's tick says that the time of the stopped one has passed. */
static void stopping_under_a_waiter_leaves_it_waiting(void **state)
{
	struct snarl_channel *t, *later;
	struct peer waiter;
	int64_t ahead = 10 * SNARL_MILLISECOND, tick;

	(void)state;
	do {
		ahead *= 2; /* a busy machine may take longer from reset to stop */
		t = snarl_after(SNARL_FOREVER);
		waiter = (struct peer){0};
	} while (!stopped_in_time(t, &waiter, ahead));
	later = snarl_after(ahead);
	assert_int_equal(snarl_receive(later, &tick), 0);
	assert_int_equal(snarl_channel_test_waiters(t, SNARL_RECEIVE), 1);
	assert_int_equal(snarl_channel_close(t), 0);
	assert_int_equal(finish(&waiter), -EPIPE);
	snarl_channel_release(t);
	snarl_channel_release(later);
}

static void a_reset_reaches_those_who_wait(void **state)
{
	struct snarl_channel *t = snarl_after(SNARL_FOREVER), *u = snarl_after(SNARL_FOREVER);
	int64_t tick = 0;
	struct snarl_case cases[] = {{u, &tick, SNARL_RECEIVE, 0}};
	struct peer waiter = {0}, chooser = {.cases = cases, .count = 1};

	(void)state;
	start_receiver(&waiter, t, 1);
	start(&chooser, select_body);
	await_waiters(u, SNARL_RECEIVE, 1);
	assert_int_equal(snarl_timer_reset(t, SNARL_MILLISECOND, 0), 0);
	assert_int_equal(snarl_timer_reset(u, SNARL_MILLISECOND, 0), 0);
	assert_int_equal(finish(&waiter), 0);
	assert_int_equal(finish(&chooser), 0);
	assert_true(tick > 0 && tick <= snarl_now());
	snarl_channel_release(t);
	snarl_channel_release(u);
}

/* Until one of the peers has come back. */
static void await_one(struct peer *peers, size_t n)
{
	int64_t deadline = snarl_in(PATIENCE);

	for (size_t i = 0; __atomic_load_n(&peers[i].result, __ATOMIC_ACQUIRE) == 1;
	     i = (i + 1) % n) {
		assert_true(snarl_now() < deadline);
		sched_yield();
	}
}

static void one_tick_is_for_one_waiter(void **state)
{
	struct snarl_channel *t = snarl_after(SNARL_FOREVER);
	struct peer peers[3] = {0};
	int served = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		peers[i].result = 1; /* not back yet */
		start_receiver(&peers[i], t, i + 1);
	}
	assert_int_equal(snarl_timer_reset(t, SNARL_MILLISECOND, 0), 0);
	await_one(peers, 3);
	assert_int_equal(snarl_channel_close(t), 0);
	for (size_t i = 0; i < 3; i++) {
		int e = finish(&peers[i]);

		assert_true(e == 0 || e == -EPIPE);
		served += !e;
	}
	assert_int_equal(served, 1);
	snarl_channel_release(t);
}

static void select_hears_a_timer(void **state)
{
	struct snarl_channel *c = longs(0), *t = snarl_after(2 * SNARL_MILLISECOND);
	int64_t tick = 0;
	long value;
	struct snarl_case cases[] = {{c, &value, SNARL_RECEIVE, 0}, {t, &tick, SNARL_RECEIVE, 0}};

	(void)state;
	assert_int_equal(snarl_try_select(cases, 2), -EAGAIN);
	assert_int_equal(snarl_select_until(cases, 2, snarl_in(PATIENCE)), 1);
	assert_true(tick && snarl_now() >= tick);
	assert_int_equal(snarl_select_until(cases, 2, snarl_in(SNARL_MILLISECOND)), -ETIMEDOUT);
	assert_int_equal(snarl_channel_test_waiters(c, SNARL_RECEIVE), 0);
	snarl_channel_release(c);
	snarl_channel_release(t);
}

static void nobody_sends_on_a_timer(void **state)
{
	struct snarl_channel *t = snarl_ticker_new(SNARL_SECOND);
	int64_t tick = 0;

	(void)state;
	assert_int_equal(snarl_send(t, &tick), -EINVAL);
	assert_int_equal(snarl_try_send(t, &tick), -EINVAL);
	assert_int_equal(snarl_channel_close(t), 0);
	assert_int_equal(snarl_receive(t, &tick), -EPIPE);
	assert_int_equal(snarl_timer_stop(t), -EALREADY);
	assert_int_equal(snarl_timer_reset(t, 0, 0), -EPIPE);
	snarl_channel_release(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlines_saturate),
		cmocka_unit_test(a_sleep_is_never_too_short),
		cmocka_unit_test(after_ticks_once),
		cmocka_unit_test(what_is_due_is_there),
		cmocka_unit_test(a_ticker_keeps_its_beat),
		cmocka_unit_test(a_slow_receiver_loses_ticks),
		cmocka_unit_test(a_stopped_timer_is_silent),
		cmocka_unit_test(stopping_under_a_waiter_leaves_it_waiting),
		cmocka_unit_test(a_reset_reaches_those_who_wait),
		cmocka_unit_test(one_tick_is_for_one_waiter),
		cmocka_unit_test(select_hears_a_timer),
		cmocka_unit_test(nobody_sends_on_a_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
