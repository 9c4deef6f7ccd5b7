/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flight: who shares a call, who gets what, and what is forgotten. */
#include "callers.h"
#include "snarl_channel/future.h"

static int give_argument(void *argument, void **value)
{
	*value = argument;
	return argument ? 0 : -EIO;
}

static struct {
	struct snarl_flight *flight;
	struct snarl_channel *gate;
	int calls;
	int shares;
} air;

static void count_share(void *value)
{
	(void)value;
	__atomic_fetch_add(&air.shares, 1, __ATOMIC_SEQ_CST);
}

static int fly(void *argument, void **value)
{
	__atomic_fetch_add(&air.calls, 1, __ATOMIC_SEQ_CST);
	snarl_receive(air.gate, NULL);
	*value = argument;
	return argument ? 0 : -EIO;
}

static int seven = 7;

static int fly_a(void *argument)
{
	void *value = NULL;
	int e = snarl_flight_do(air.flight, "a", 1, fly, argument, &value);

	return e ? e : *(int *)value;
}

static void make_air(void)
{
	air.flight = snarl_flight_new(count_share);
	air.gate = snarl_channel_new(0, 0);
	air.calls = air.shares = 0;
}

static void release_air(void)
{
	snarl_flight_release(air.flight);
	snarl_channel_release(air.gate);
}

static void the_same_key_shares_a_call(void **state)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	struct caller callers[3];
	void *value = NULL;

	(void)state;
	make_air();
	snarl_context_cancel(c);
	for (int i = 0; i < 3; i++)
		start_blocked(&callers[i], fly_a, &seven);
	assert_int_equal(snarl_flight_try_do(air.flight, "a", 1, fly, NULL, &value), -EAGAIN);
	assert_int_equal(snarl_flight_do_until(air.flight, "a", 1, fly, NULL, &value, snarl_now()),
			 -ETIMEDOUT);
	assert_int_equal(snarl_flight_do_with(air.flight, "a", 1, fly, NULL, &value, c),
			 -ECANCELED);
	snarl_channel_close(air.gate);
	for (int i = 0; i < 3; i++)
		assert_int_equal(end_call(&callers[i]), 7);
	assert_int_equal(air.calls, 1);
	assert_int_equal(air.shares, 2);
	assert_int_equal(fly_a(&seven), 7);
	assert_int_equal(air.calls, 2);
	assert_int_equal(air.shares, 2);
	release_air();
	snarl_context_release(c);
}

static void an_error_is_shared_but_no_value(void **state)
{
	struct caller one, two;

	(void)state;
	make_air();
	start_blocked(&one, fly_a, NULL);
	start_blocked(&two, fly_a, &seven);
	snarl_channel_close(air.gate);
	assert_int_equal(end_call(&one), -EIO);
	assert_int_equal(end_call(&two), -EIO);
	assert_int_equal(air.shares, 0);
	release_air();
}

static void other_keys_have_calls_of_their_own(void **state)
{
	struct caller one;
	void *value = NULL;

	(void)state;
	make_air();
	start_blocked(&one, fly_a, &seven);
	assert_int_equal(snarl_flight_do(air.flight, "ab", 2, give_argument, &one, &value), 0);
	assert_ptr_equal(value, &one);
	assert_int_equal(snarl_flight_do(air.flight, NULL, 0, give_argument, &one, NULL), 0);
	snarl_channel_close(air.gate);
	assert_int_equal(end_call(&one), 7);
	assert_int_equal(snarl_flight_do(air.flight, NULL, 1, fly, NULL, NULL), -EINVAL);
	assert_int_equal(snarl_flight_do(air.flight, "a", 1, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(snarl_flight_do(NULL, "a", 1, fly, NULL, NULL), -EINVAL);
	release_air();
}

static void what_is_forgotten_runs_anew(void **state)
{
	struct caller old, new;

	(void)state;
	make_air();
	assert_int_equal(snarl_flight_forget(air.flight, "a", 1), -ENOENT);
	start_blocked(&old, fly_a, &seven);
	assert_int_equal(snarl_flight_forget(air.flight, "a", 1), 0);
	assert_int_equal(snarl_flight_forget(air.flight, "a", 1), -ENOENT);
	start_blocked(&new, fly_a, &seven);
	assert_int_equal(__atomic_load_n(&air.calls, __ATOMIC_SEQ_CST), 2);
	snarl_channel_close(air.gate);
	assert_int_equal(end_call(&old), 7);
	assert_int_equal(end_call(&new), 7);
	assert_int_equal(air.shares, 0);
	release_air();
}

static int fly_again(void *argument, void **value)
{
	return snarl_flight_do(air.flight, "a", 1, fly_again, argument, value);
}

static int fly_other(void *argument, void **value)
{
	return snarl_flight_do(air.flight, "b", 1, give_argument, argument, value);
}

static void the_same_call_within_itself_is_a_deadlock(void **state)
{
	void *value = NULL;

	(void)state;
	make_air();
	assert_int_equal(snarl_flight_do(air.flight, "a", 1, fly_again, NULL, &value), -EDEADLK);
	assert_int_equal(snarl_flight_do(air.flight, "a", 1, fly_other, &seven, &value), 0);
	assert_ptr_equal(value, &seven);
	release_air();
}

static int attempt_flight(void)
{
	struct snarl_flight *f = snarl_flight_new(NULL);
	int e = f ? snarl_flight_do(f, "a", 1, give_argument, &seven, NULL) : -errno;

	snarl_flight_release(f);
	return e;
}

static void a_flight_tells_want_of_memory(void **state)
{
	(void)state;
	assert_int_equal(fail_each_allocation(attempt_flight), 2);
}

/* How many are inside at once: for a key that is never forgotten, one. */
static int fly_alone(void *inside, void **value)
{
	int others = __atomic_fetch_add((int *)inside, 1, __ATOMIC_SEQ_CST);

	*value = &seven;
	__atomic_fetch_sub((int *)inside, 1, __ATOMIC_SEQ_CST);
	return others ? -EDOM : 0;
}

static int fly_once(char key, int i, int *inside, void **value)
{
	int (*function)(void *, void **) = key == 'a' ? give_argument : fly_alone;
	void *argument = key == 'a' ? &seven : inside;

	if (i % 4)
		return snarl_flight_do(air.flight, &key, 1, function, argument, value);
	return snarl_flight_do_until(air.flight, &key, 1, function, argument, value, snarl_in(1));
}

static int fly_many(void *unused)
{
	static int inside[3];

	(void)unused;
	for (int i = 0; i < 4000; i++) {
		char key = (char)('a' + i % 3);
		void *value = NULL;
		int e = fly_once(key, i, &inside[i % 3], &value);
		if (e == -ETIMEDOUT)
			continue;
		if (e || value != &seven)
			return -EIO;
		if (key == 'a')
			snarl_flight_forget(air.flight, "a", 1);
	}
	return 0;
}

static void flights_may_race(void **state)
{
	struct caller callers[4];

	(void)state;
	make_air();
	for (int i = 0; i < 4; i++)
		start_call(&callers[i], fly_many, NULL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(end_call(&callers[i]), 0);
	release_air();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_key_shares_a_call),
		cmocka_unit_test(an_error_is_shared_but_no_value),
		cmocka_unit_test(other_keys_have_calls_of_their_own),
		cmocka_unit_test(what_is_forgotten_runs_anew),
		cmocka_unit_test(the_same_call_within_itself_is_a_deadlock),
		cmocka_unit_test(a_flight_tells_want_of_memory),
		cmocka_unit_test(flights_may_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
