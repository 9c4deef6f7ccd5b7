/* SPDX-License-Identifier: Apache-2.0
 *
 * Fan-in and fan-out: nothing is lost or doubled, ends travel, and the rules of who gets what. */
#include "callers.h"
#include "snarl_channel/flow.h"

#define WAYS 4
#define EACH 500

static struct snarl_channel *ways[WAYS];

static void open_ways(size_t capacity)
{
	for (int i = 0; i < WAYS; i++) {
		ways[i] = snarl_channel_new(sizeof(int), capacity);
		assert_non_null(ways[i]);
	}
}

static void release_ways(void)
{
	for (int i = 0; i < WAYS; i++)
		snarl_channel_release(ways[i]);
}

/* A channel in which the numbers from 0 lie, closed. */
static struct snarl_channel *filled(int count)
{
	struct snarl_channel *c = snarl_channel_new(sizeof(int), (size_t)count);

	for (int i = 0; i < count; i++)
		assert_int_equal(snarl_send(c, &i), 0);
	snarl_channel_close(c);
	return c;
}

static int receive_number(struct snarl_channel *c)
{
	int number = -1, e = snarl_receive_until(c, &number, snarl_in(PATIENCE));

	return e ? e : number;
}

/* Numbers that tell the way on which they come. */
static int send_each(void *way)
{
	int first = (int)((struct snarl_channel **)way - ways) * EACH, n;

	for (n = first; n < first + EACH; n++)
		if (snarl_send(*(struct snarl_channel **)way, &n))
			return -EIO;
	return snarl_channel_close(*(struct snarl_channel **)way);
}

static void fan_in_keeps_the_order_of_each_source(void **state)
{
	struct caller senders[WAYS];
	struct snarl_channel *merged;
	int next[WAYS];

	(void)state;
	open_ways(0);
	merged = snarl_fan_in(ways, WAYS, 2, NULL);
	assert_int_equal(snarl_channel_capacity(merged), 2);
	for (int i = 0; i < WAYS; i++) {
		next[i] = i * EACH;
		start_call(&senders[i], send_each, &ways[i]);
	}
	for (int i = 0; i < WAYS * EACH; i++) {
		int n = receive_number(merged);
		assert_in_range(n, 0, WAYS * EACH - 1);
		assert_int_equal(n, next[n / EACH]++);
	}
	assert_int_equal(receive_number(merged), -EPIPE);
	for (int i = 0; i < WAYS; i++)
		assert_int_equal(end_call(&senders[i]), 0);
	release_ways();
	snarl_channel_release(merged);
}

static void fan_in_ends_with_its_context(void **state)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	struct snarl_channel *merged;

	(void)state;
	open_ways(1);
	merged = snarl_fan_in(ways, WAYS, 0, c);
	for (int i = 0; i < WAYS; i++)
		assert_int_equal(snarl_send(ways[i], &i), 0);
	assert_in_range(receive_number(merged), 0, WAYS - 1);
	snarl_context_cancel(c);
	while (receive_number(merged) >= 0)
		;
	assert_int_equal(receive_number(merged), -EPIPE);
	snarl_context_release(c);
	release_ways();
	snarl_channel_release(merged);
}

struct collector {
	struct snarl_channel *from;
	int sum;
	int count;
};

static int collect(void *collector)
{
	struct collector *c = collector;
	int n;

	while ((n = receive_number(c->from)) >= 0) {
		c->sum += n;
		c->count++;
	}
	return n;
}

typedef int fan(struct snarl_channel *, struct snarl_channel *const *, size_t,
		struct snarl_context *);

/* How many each output got; the sum of all. */
static int run_fan(fan *spread, int numbers, int counts[WAYS])
{
	struct collector collectors[WAYS];
	struct caller callers[WAYS];
	struct snarl_channel *source = filled(numbers);
	int sum = 0;

	open_ways(0);
	for (int i = 0; i < WAYS; i++) {
		collectors[i] = (struct collector){ways[i], 0, 0};
		start_call(&callers[i], collect, &collectors[i]);
	}
	assert_int_equal(spread(source, ways, WAYS, NULL), 0);
	for (int i = 0; i < WAYS; i++) {
		assert_int_equal(end_call(&callers[i]), -EPIPE);
		sum += collectors[i].sum;
		counts[i] = collectors[i].count;
	}
	release_ways();
	snarl_channel_release(source);
	return sum;
}

static void fan_out_gives_each_element_to_one(void **state)
{
	int n = WAYS * EACH, counts[WAYS];

	(void)state;
	assert_int_equal(run_fan(snarl_fan_out, n, counts), n * (n - 1) / 2);
	assert_int_equal(counts[0] + counts[1] + counts[2] + counts[3], n);
}

static void dealing_gives_all_the_same_number(void **state)
{
	int n = WAYS * EACH, counts[WAYS];

	(void)state;
	assert_int_equal(run_fan(snarl_fan_deal, n, counts), n * (n - 1) / 2);
	for (int i = 0; i < WAYS; i++)
		assert_int_equal(counts[i], EACH);
}

static void copying_gives_all_to_all(void **state)
{
	int counts[WAYS];

	(void)state;
	assert_int_equal(run_fan(snarl_fan_copy, EACH, counts), WAYS * EACH * (EACH - 1) / 2);
	for (int i = 0; i < WAYS; i++)
		assert_int_equal(counts[i], EACH);
}

/* Only one output is received from: with fan-out that is enough. */
static void fan_out_passes_by_those_that_are_busy(void **state)
{
	struct snarl_channel *source = filled(EACH);

	(void)state;
	open_ways(0);
	assert_int_equal(snarl_fan_out(source, ways, WAYS, NULL), 0);
	for (int i = 0; i < EACH; i++)
		assert_int_equal(receive_number(ways[2]), i);
	for (int i = 0; i < WAYS; i++)
		assert_int_equal(receive_number(ways[i]), -EPIPE);
	release_ways();
	snarl_channel_release(source);
}

static void dealing_goes_round(void **state)
{
	struct snarl_channel *source = filled(3 * WAYS);

	(void)state;
	open_ways(0);
	assert_int_equal(snarl_fan_deal(source, ways, WAYS, NULL), 0);
	for (int i = 0; i < 3 * WAYS; i++)
		assert_int_equal(receive_number(ways[i % WAYS]), i);
	assert_int_equal(receive_number(ways[0]), -EPIPE);
	release_ways();
	snarl_channel_release(source);
}

/* Those that are closed are left out; without any the fan ends. */
static void closed_outputs_are_left_out(void **state)
{
	static fan *const fans[] = {snarl_fan_out, snarl_fan_deal, snarl_fan_copy};

	(void)state;
	for (int k = 0; k < 3; k++) {
		struct snarl_channel *source = snarl_channel_new(sizeof(int), 0);
		int n = 7;
		open_ways(0);
		snarl_channel_close(ways[0]);
		snarl_channel_close(ways[1]);
		snarl_channel_close(ways[3]);
		assert_int_equal(fans[k](source, ways, WAYS, NULL), 0);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(snarl_send_until(source, &n, snarl_in(PATIENCE)), 0);
			assert_int_equal(receive_number(ways[2]), 7);
		}
		assert_int_equal(snarl_send_until(source, &n, snarl_in(PATIENCE)), 0);
		snarl_channel_close(ways[2]);
		release_ways();
		snarl_channel_close(source);
		snarl_channel_release(source);
	}
}

static void fan_out_ends_with_its_context(void **state)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	struct snarl_channel *source = snarl_channel_new(sizeof(int), 0);
	int n = 1;

	(void)state;
	open_ways(0);
	assert_int_equal(snarl_fan_out(source, ways, WAYS, c), 0);
	assert_int_equal(snarl_send_until(source, &n, snarl_in(PATIENCE)), 0);
	assert_int_equal(receive_number(ways[1]), 1);
	snarl_context_cancel(c);
	for (int i = 0; i < WAYS; i++)
		assert_int_equal(receive_number(ways[i]), -EPIPE);
	snarl_context_release(c);
	release_ways();
	snarl_channel_release(source);
}

static void misuse_is_refused(void **state)
{
	struct snarl_channel *narrow = snarl_channel_new(1, 0), *wide = snarl_channel_new(2, 0);
	struct snarl_channel *mixed[] = {narrow, wide}, *none[] = {narrow, NULL};

	(void)state;
	assert_null(snarl_fan_in(mixed, 2, 0, NULL));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_fan_in(none, 2, 0, NULL));
	assert_null(snarl_fan_in(mixed, 0, 0, NULL));
	assert_null(snarl_fan_in(NULL, 1, 0, NULL));
	assert_int_equal(snarl_fan_out(narrow, mixed, 2, NULL), -EINVAL);
	assert_int_equal(snarl_fan_out(wide, mixed, 1, NULL), -EINVAL);
	assert_int_equal(snarl_fan_out(narrow, none, 2, NULL), -EINVAL);
	assert_int_equal(snarl_fan_deal(narrow, mixed, 0, NULL), -EINVAL);
	assert_int_equal(snarl_fan_copy(NULL, mixed, 1, NULL), -EINVAL);
	snarl_channel_release(narrow);
	snarl_channel_release(wide);
}

/* When it cannot be made, no source has lost an element. */
static int attempt_in(void)
{
	struct snarl_channel *merged;
	int e = 0, sum = 0;

	open_ways(2);
	for (int i = 0; i < WAYS; i++) {
		assert_int_equal(snarl_send(ways[i], &i), 0);
		snarl_channel_close(ways[i]);
	}
	merged = snarl_fan_in(ways, WAYS, 0, NULL);
	if (!merged)
		e = -errno;
	for (int i = 0; i < WAYS; i++)
		sum += receive_number(merged ? merged : ways[i]);
	assert_int_equal(sum, WAYS * (WAYS - 1) / 2);
	if (merged)
		assert_int_equal(receive_number(merged), -EPIPE);
	snarl_channel_release(merged);
	release_ways();
	return e;
}

static int attempt_out(void)
{
	struct snarl_channel *source = filled(1);
	int e;

	open_ways(1);
	e = snarl_fan_deal(source, ways, WAYS, NULL);
	assert_int_equal(receive_number(e ? source : ways[0]), 0);
	if (!e)
		assert_int_equal(receive_number(ways[0]), -EPIPE);
	snarl_channel_release(source);
	release_ways();
	return e;
}

/* Fails the n-th allocation after the channels of the test have been made. */
static void want_of_memory_is_told(void **state)
{
	long n;

	(void)state;
	for (n = 1; n <= 100; n++) {
		snarl_channel_test_fail_allocation(WAYS + n);
		if (!attempt_in())
			break;
	}
	assert_true(n > WAYS && n < 100);
	assert_true(snarl_channel_test_fail_allocation(0) > 0);
	for (n = 1; n <= 100; n++) {
		snarl_channel_test_fail_allocation(1 + WAYS + n);
		if (!attempt_out())
			break;
	}
	assert_int_equal(n, 3);
	assert_true(snarl_channel_test_fail_allocation(0) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fan_in_keeps_the_order_of_each_source),
		cmocka_unit_test(fan_in_ends_with_its_context),
		cmocka_unit_test(fan_out_gives_each_element_to_one),
		cmocka_unit_test(dealing_gives_all_the_same_number),
		cmocka_unit_test(copying_gives_all_to_all),
		cmocka_unit_test(fan_out_passes_by_those_that_are_busy),
		cmocka_unit_test(dealing_goes_round),
		cmocka_unit_test(closed_outputs_are_left_out),
		cmocka_unit_test(fan_out_ends_with_its_context),
		cmocka_unit_test(misuse_is_refused),
		cmocka_unit_test(want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
