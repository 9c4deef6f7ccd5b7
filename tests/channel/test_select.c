/* SPDX-License-Identifier: Apache-2.0
 *
 * Select: what it chooses, that it chooses fairly, and that nothing is left of what it did not
 * choose. */
#include "peers.h"
#include <stdio.h>

static struct snarl_case receive_case(struct snarl_channel *c, long *value)
{
	return (struct snarl_case){c, value, SNARL_RECEIVE, 99};
}

static struct snarl_case send_case(struct snarl_channel *c, long *value)
{
	return (struct snarl_case){c, value, SNARL_SEND, 99};
}

static size_t waiters(struct snarl_channel *c)
{
	return snarl_channel_test_waiters(c, SNARL_SEND) +
	       snarl_channel_test_waiters(c, SNARL_RECEIVE);
}

static void nothing_ready_is_told(void **state)
{
	struct snarl_channel *c = longs(0), *full = longs(1);
	long value = 1, other = 2;
	struct snarl_case cases[] = {receive_case(c, &other), send_case(c, &value),
				     receive_case(NULL, &other), send_case(NULL, &value),
				     send_case(full, &value)};

	(void)state;
	snarl_send(full, &value);
	assert_int_equal(snarl_try_select(cases, 5), -EAGAIN);
	assert_int_equal(snarl_try_select_ordered(cases, 5), -EAGAIN);
	assert_int_equal(snarl_select_until(cases, 5, snarl_in(SNARL_MILLISECOND)), -ETIMEDOUT);
	assert_int_equal(snarl_select_ordered_until(cases, 5, 0), -ETIMEDOUT);
	assert_int_equal(waiters(c) + waiters(full), 0);
	assert_int_equal(other, 2);
	snarl_channel_release(c);
	snarl_channel_release(full);
}

static void a_select_of_nothing_waits(void **state)
{
	long value = 1;
	struct snarl_case cases[] = {receive_case(NULL, &value)};

	(void)state;
	assert_int_equal(snarl_try_select(NULL, 0), -EAGAIN);
	assert_int_equal(snarl_select_until(NULL, 0, snarl_in(1000)), -ETIMEDOUT);
	assert_int_equal(snarl_select_until(cases, 1, snarl_in(1000)), -ETIMEDOUT);
	assert_int_equal(snarl_try_select(cases, 70000), -EINVAL);
}

static void the_ready_case_is_done(void **state)
{
	struct snarl_channel *a = longs(1), *b = longs(1);
	long in = 5, out = 0;
	struct snarl_case cases[] = {receive_case(a, &out), send_case(b, &in)};

	(void)state;
	assert_int_equal(snarl_select(cases, 2), 1);
	assert_int_equal(cases[1].result, 0);
	assert_int_equal(snarl_channel_length(b), 1);
	assert_int_equal(snarl_try_select(cases, 2), -EAGAIN);
	in = 6;
	snarl_send(a, &in);
	assert_int_equal(snarl_select(cases, 2), 0);
	assert_int_equal(cases[0].result, 0);
	assert_int_equal(out, 6);
	snarl_channel_release(a);
	snarl_channel_release(b);
}

static void a_closed_channel_is_ready(void **state)
{
	struct snarl_channel *a = longs(0), *b = longs(1);
	long value = 5;
	struct snarl_case receive[] = {receive_case(b, &value), receive_case(a, &value)};
	struct snarl_case send[] = {send_case(a, &value)};

	(void)state;
	snarl_channel_close(a);
	assert_int_equal(snarl_select(receive, 2), 1);
	assert_int_equal(receive[1].result, -EPIPE);
	assert_int_equal(snarl_select_ordered(receive, 2), 1);
	assert_int_equal(snarl_select(send, 1), 0);
	assert_int_equal(send[0].result, -EPIPE);
	assert_int_equal(value, 5);
	snarl_channel_release(a);
	snarl_channel_release(b);
}

/* Selects `rounds` times among `count` channels of which those in the mask are ready, and checks by
 * chi-square that each of these is chosen equally often.  The bound is the mean of the distribution
 * plus eight standard deviations. */
static void check_uniform(size_t count, unsigned long ready, long rounds)
{
	struct snarl_case cases[40];
	long chosen[40] = {0}, value = 0;
	double expected, square = 0, freedom = __builtin_popcountl(ready) - 1;

	for (size_t i = 0; i < count; i++) {
		cases[i] = receive_case(longs(1), &value);
		if (ready >> i & 1)
			snarl_send(cases[i].channel, &value);
	}
	for (long i = 0; i < rounds; i++) {
		int done = snarl_select(cases, count);

		assert_in_range(done, 0, count - 1);
		assert_true(ready >> done & 1);
		chosen[done]++;
		assert_int_equal(snarl_try_send(cases[done].channel, &value), 0);
	}
	expected = (double)rounds / (freedom + 1);
	for (size_t i = 0; i < count; i++) {
		if (ready >> i & 1)
			square += ((double)chosen[i] - expected) * ((double)chosen[i] - expected) /
				  expected;
		snarl_channel_release(cases[i].channel);
	}
	/* (square - mean)^2 <= 64 * variance, the variance being twice the mean. */
	assert_true(square <= freedom || (square - freedom) * (square - freedom) <= 128 * freedom);
}

static void the_choice_is_uniform(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		snarl_channel_test_seed(seed);
		check_uniform(2, 0x3, 20000);
		check_uniform(3, 0x7, 20000);
		check_uniform(8, 0xff, 20000);
		/* Gaps must not favour the case after them. */
		check_uniform(8, 0x91, 20000);
		check_uniform(16, 0x8003, 20000);
		check_uniform(40, 0x8100000401, 20000);
	}
}

static void the_ordered_choice_is_the_first(void **state)
{
	struct snarl_case cases[8];
	long value = 0;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		cases[i] = receive_case(longs(1), &value);
	for (int i = 7; i >= 0; i--) {
		snarl_send(cases[i].channel, &value);
		for (int j = 0; j < 20; j++) {
			assert_int_equal(snarl_select_ordered(cases, 8), i);
			snarl_send(cases[i].channel, &value);
		}
	}
	for (int i = 0; i < 8; i++)
		assert_int_equal(snarl_try_select_ordered(cases, 8), i);
	for (size_t i = 0; i < 8; i++)
		snarl_channel_release(cases[i].channel);
}

static void losers_are_taken_off(void **state)
{
	struct snarl_channel *c[4];
	long in = 9, out[4] = {0};

	(void)state;
	for (size_t winner = 0; winner < 4; winner++) {
		struct snarl_case cases[4];
		struct peer chooser = {.cases = cases, .count = 4};

		for (size_t i = 0; i < 4; i++) {
			c[i] = longs(0);
			cases[i] = i % 2 ? send_case(c[i], &in) : receive_case(c[i], &out[i]);
		}
		start(&chooser, select_body);
		await_waiters(c[3], SNARL_SEND, 1);
		if (winner % 2)
			assert_int_equal(snarl_try_receive(c[winner], &out[winner]), 0);
		else
			assert_int_equal(snarl_try_send(c[winner], &in), 0);
		assert_int_equal(finish(&chooser), (int)winner);
		assert_int_equal(cases[winner].result, 0);
		assert_int_equal(out[winner], 9);
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(waiters(c[i]), 0);
			snarl_channel_release(c[i]);
		}
	}
}

static void a_served_select_takes_no_second_element(void **state)
{
	struct snarl_channel *a = longs(0), *b = longs(0);
	long value = 1, out = 0;
	struct snarl_case cases[] = {receive_case(a, &out), receive_case(b, &out)};

	(void)state;
	/* The second send comes before the select had time to take its node off, or after. */
	for (int i = 0; i < 200; i++) {
		struct peer chooser = {.cases = cases, .count = 2};

		start(&chooser, select_body);
		await_waiters(a, SNARL_RECEIVE, 1);
		await_waiters(b, SNARL_RECEIVE, 1);
		assert_int_equal(snarl_try_send(a, &value), 0);
		assert_int_equal(snarl_try_send(b, &value), -EAGAIN);
		assert_int_equal(finish(&chooser), 0);
	}
	snarl_channel_release(a);
	snarl_channel_release(b);
}

static void closing_ends_a_select(void **state)
{
	struct snarl_channel *a = longs(0), *b = longs(0);
	long value = 3;
	struct snarl_case cases[] = {receive_case(a, &value), send_case(b, &value)};
	struct peer chooser = {.cases = cases, .count = 2};

	(void)state;
	start(&chooser, select_body);
	await_waiters(b, SNARL_SEND, 1);
	assert_int_equal(snarl_channel_close(b), 0);
	assert_int_equal(finish(&chooser), 1);
	assert_int_equal(cases[1].result, -EPIPE);
	assert_int_equal(waiters(a), 0);
	snarl_channel_release(a);
	snarl_channel_release(b);
}

static void two_selects_meet(void **state)
{
	struct snarl_channel *a = longs(0), *b = longs(0);
	long in = 4, out = 0;
	struct snarl_case sends[] = {send_case(a, &in), send_case(b, &in)};
	struct snarl_case receives[] = {receive_case(b, &out), receive_case(a, &out)};
	int met[2] = {0};

	(void)state;
	snarl_channel_test_seed(5);
	for (int i = 0; i < 100; i++) {
		struct peer chooser = {.cases = sends, .count = 2};
		int done;

		start(&chooser, select_body);
		await_waiters(b, SNARL_SEND, 1);
		out = 0;
		done = snarl_select_until(receives, 2, snarl_in(PATIENCE));
		assert_in_range(done, 0, 1);
		assert_int_equal(finish(&chooser), 1 - done);
		assert_int_equal(out, 4);
		met[done]++;
	}
	assert_true(met[0] && met[1]);
	assert_int_equal(waiters(a) + waiters(b), 0);
	snarl_channel_release(a);
	snarl_channel_release(b);
}

static void a_select_does_not_meet_itself(void **state)
{
	struct snarl_channel *c = longs(0);
	long in = 1, out = 2;
	struct snarl_case cases[] = {send_case(c, &in), receive_case(c, &out), send_case(c, &in)};
	struct peer chooser = {.cases = cases, .count = 3};
	long value = 8;

	(void)state;
	assert_int_equal(snarl_select_until(cases, 3, snarl_in(SNARL_MILLISECOND)), -ETIMEDOUT);
	assert_int_equal(out, 2);
	start(&chooser, select_body);
	await_waiters(c, SNARL_SEND, 2);
	await_waiters(c, SNARL_RECEIVE, 1);
	assert_int_equal(snarl_try_send(c, &value), 0);
	assert_int_equal(finish(&chooser), 1);
	assert_int_equal(out, 8);
	assert_int_equal(waiters(c), 0);
	snarl_channel_release(c);
}

enum { MANY = 100 };

static void many_cases_are_no_different(void **state)
{
	struct snarl_case cases[MANY];
	long values[MANY] = {0};

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		cases[i] = receive_case(i % 10 == 3 ? NULL : longs(0), &values[i]);
	for (size_t i = 0; i < MANY; i += 11) {
		struct peer chooser = {.cases = cases, .count = MANY};
		long value = (long)i + 1;

		if (!cases[i].channel)
			continue;
		start(&chooser, select_body);
		await_waiters(cases[i].channel, SNARL_RECEIVE, 1);
		assert_int_equal(snarl_send(cases[i].channel, &value), 0);
		assert_int_equal(finish(&chooser), (int)i);
		assert_int_equal(values[i], value);
	}
	for (size_t i = 0; i < MANY; i++) {
		if (cases[i].channel)
			assert_int_equal(waiters(cases[i].channel), 0);
		snarl_channel_release(cases[i].channel);
	}
}

static void many_cases_without_memory_do_nothing(void **state)
{
	struct snarl_case cases[MANY];
	long value = 7;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		cases[i] = send_case(longs(1), &value);
	snarl_channel_test_fail_allocation(1);
	assert_int_equal(snarl_select(cases, MANY), -ENOMEM);
	assert_int_equal(snarl_channel_test_fail_allocation(0), 0);
	/* Few cases need no memory at all. */
	snarl_channel_test_fail_allocation(1);
	assert_in_range(snarl_select(cases, 16), 0, 15);
	assert_int_equal(snarl_select_until(cases, 0, 0), -ETIMEDOUT);
	assert_int_equal(snarl_channel_test_fail_allocation(0), 1);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(snarl_channel_length(cases[i].channel) && i >= 16, 0);
		snarl_channel_release(cases[i].channel);
	}
}

static void selects_stand_in_line_like_others(void **state)
{
	struct snarl_channel *a = longs(0), *b = longs(0);
	long out = 0, value;
	struct snarl_case cases[] = {receive_case(a, &out), receive_case(b, &out)};
	struct peer before = {0}, chooser = {.cases = cases, .count = 2}, after = {0};

	(void)state;
	start_receiver(&before, a, 1);
	start(&chooser, select_body);
	await_waiters(a, SNARL_RECEIVE, 2);
	start_receiver(&after, a, 3);
	for (value = 1; value <= 3; value++)
		assert_int_equal(snarl_try_send(a, &value), 0);
	finish(&before);
	assert_int_equal(finish(&chooser), 0);
	finish(&after);
	assert_int_equal(before.value, 1);
	assert_int_equal(out, 2);
	assert_int_equal(after.value, 3);
	snarl_channel_release(a);
	snarl_channel_release(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_ready_is_told),
		cmocka_unit_test(a_select_of_nothing_waits),
		cmocka_unit_test(the_ready_case_is_done),
		cmocka_unit_test(a_closed_channel_is_ready),
		cmocka_unit_test(the_choice_is_uniform),
		cmocka_unit_test(the_ordered_choice_is_the_first),
		cmocka_unit_test(losers_are_taken_off),
		cmocka_unit_test(a_served_select_takes_no_second_element),
		cmocka_unit_test(closing_ends_a_select),
		cmocka_unit_test(two_selects_meet),
		cmocka_unit_test(a_select_does_not_meet_itself),
		cmocka_unit_test(many_cases_are_no_different),
		cmocka_unit_test(many_cases_without_memory_do_nothing),
		cmocka_unit_test(selects_stand_in_line_like_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
