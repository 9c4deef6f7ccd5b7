/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounded queue and the counter, which never wait. */
#include "callers.h"
#include <sched.h>
#include "snarl_channel/sync.h"

struct odd {
	char bytes[13];
};

static void a_queue_keeps_order_and_its_bound(void **state)
{
	struct snarl_queue *q = snarl_queue_new(sizeof(struct odd), 3);
	struct odd in = {""}, out;

	(void)state;
	assert_int_equal(snarl_queue_capacity(q), 4);
	for (int round = 0; round < 9; round++) {
		for (int i = 0; i < 4; i++) {
			memset(&in, 'a' + i + round, sizeof(in));
			assert_int_equal(snarl_queue_try_push(q, &in), 0);
		}
		assert_int_equal(snarl_queue_try_push(q, &in), -EAGAIN);
		for (int i = 0; i < 4; i++) {
			memset(&in, 'a' + i + round, sizeof(in));
			assert_int_equal(snarl_queue_try_pop(q, &out), 0);
			assert_memory_equal(&in, &out, sizeof(in));
		}
		assert_int_equal(snarl_queue_try_pop(q, &out), -EAGAIN);
		/* The next round starts elsewhere in the ring. */
		assert_int_equal(snarl_queue_try_push(q, &in), 0);
		assert_int_equal(snarl_queue_try_pop(q, NULL), 0);
	}
	assert_int_equal(snarl_queue_try_push(NULL, &in), -EINVAL);
	assert_int_equal(snarl_queue_try_pop(NULL, &out), -EINVAL);
	snarl_queue_release(q);
	snarl_queue_release(NULL);
}

static void impossible_queues_are_refused(void **state)
{
	(void)state;
	errno = 0;
	assert_null(snarl_queue_new(8, 0));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(snarl_queue_new(SIZE_MAX / 2, 2));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(snarl_queue_new(SIZE_MAX / 64, 1024));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_queue_new(8, SIZE_MAX / 2));
}

#define PUSHES 20000

static struct {
	struct snarl_queue *queue;
	unsigned char seen[4 * PUSHES];
	int left; /* to be popped */
} traffic;

static int push_many(void *first)
{
	for (long i = *(int *)first; i < 4 * PUSHES; i += 4) {
		int64_t deadline = snarl_in(PATIENCE);
		while (snarl_queue_try_push(traffic.queue, &i) == -EAGAIN) {
			if (snarl_now() > deadline)
				return -ETIMEDOUT;
			sched_yield();
		}
	}
	return 0;
}

/* Every element once, and each producer's in the order in which it pushed them. */
static int pop_many(void *unused)
{
	long last[4] = {-1, -1, -1, -1}, value;
	int64_t deadline = snarl_in(PATIENCE);

	(void)unused;
	while (__atomic_load_n(&traffic.left, __ATOMIC_RELAXED) > 0) {
		if (snarl_now() > deadline)
			return -ETIMEDOUT;
		if (snarl_queue_try_pop(traffic.queue, &value)) {
			sched_yield();
			continue;
		}
		__atomic_sub_fetch(&traffic.left, 1, __ATOMIC_RELAXED);
		if (value < 0 || value >= 4 * PUSHES || value <= last[value % 4] ||
		    __atomic_exchange_n(&traffic.seen[value], 1, __ATOMIC_RELAXED))
			return -EIO;
		last[value % 4] = value;
	}
	return 0;
}

static void a_queue_neither_loses_nor_doubles(void **state)
{
	struct caller pushers[4], poppers[3];
	int first[4] = {0, 1, 2, 3};

	(void)state;
	traffic.queue = snarl_queue_new(sizeof(long), 64);
	traffic.left = 4 * PUSHES;
	for (int i = 0; i < 4; i++)
		start_call(&pushers[i], push_many, &first[i]);
	for (int i = 0; i < 3; i++)
		start_call(&poppers[i], pop_many, NULL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(end_call(&pushers[i]), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(end_call(&poppers[i]), 0);
	for (int i = 0; i < 4 * PUSHES; i++)
		assert_int_equal(traffic.seen[i], 1);
	snarl_queue_release(traffic.queue);
}

static int count_up(void *counter)
{
	for (int i = 0; i < 10000; i++)
		snarl_counter_add(counter, i % 2 ? 3 : -1);
	return 0;
}

static void a_counter_adds_up(void **state)
{
	struct snarl_counter *c = snarl_counter_new();
	struct caller callers[6];
	int64_t taken = 0;

	(void)state;
	for (int i = 0; i < 6; i++)
		start_call(&callers[i], count_up, c);
	for (int i = 0; i < 50; i++)
		taken += snarl_counter_take(c);
	for (int i = 0; i < 6; i++)
		end_call(&callers[i]);
	assert_int_equal(taken + snarl_counter_read(c), 6 * 10000);
	taken += snarl_counter_take(c);
	assert_int_equal(taken, 6 * 10000);
	assert_int_equal(snarl_counter_read(c), 0);
	snarl_counter_add(c, INT64_MAX);
	snarl_counter_add(c, 1);
	assert_true(snarl_counter_read(c) == INT64_MIN);
	snarl_counter_add(NULL, 1);
	assert_int_equal(snarl_counter_read(NULL), 0);
	snarl_counter_release(c);
	snarl_counter_release(NULL);
}

static int attempt_both(void)
{
	struct snarl_queue *q = snarl_queue_new(1, 1);
	struct snarl_counter *c = q ? snarl_counter_new() : NULL;
	int e = c ? 0 : -errno;

	snarl_queue_release(q);
	snarl_counter_release(c);
	return e;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	assert_int_equal(fail_each_allocation(attempt_both), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_keeps_order_and_its_bound),
		cmocka_unit_test(impossible_queues_are_refused),
		cmocka_unit_test(a_queue_neither_loses_nor_doubles),
		cmocka_unit_test(a_counter_adds_up),
		cmocka_unit_test(want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
