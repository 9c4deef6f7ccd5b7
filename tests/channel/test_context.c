/* SPDX-License-Identifier: Apache-2.0
 *
 * Contexts: how they end, how that travels, what they carry, and when they are freed. */
#include "callers.h"
#include <sys/wait.h>
#include <unistd.h>

static int is_done(struct snarl_context *c)
{
	return snarl_try_receive(snarl_context_done(c), NULL) == -EPIPE;
}

static int wait_done(struct snarl_context *c)
{
	return snarl_receive_until(snarl_context_done(c), NULL, snarl_in(PATIENCE));
}

static void the_background_never_ends(void **state)
{
	struct snarl_context *c = snarl_context_background();

	(void)state;
	assert_non_null(c);
	assert_null(snarl_context_done(c));
	assert_int_equal(snarl_context_cancel(c), -EINVAL);
	assert_int_equal(snarl_context_cancel(NULL), -EINVAL);
	assert_int_equal(snarl_context_error(c), 0);
	assert_int_equal(snarl_context_error(NULL), 0);
	assert_int_equal(snarl_context_cause(NULL), 0);
	assert_true(snarl_context_deadline(NULL) == SNARL_FOREVER);
	assert_true(snarl_context_remaining(c) == SNARL_FOREVER);
	assert_ptr_equal(snarl_context_retain(c), c);
	snarl_context_release(c);
	snarl_context_release(c);
	snarl_context_release(NULL);
	assert_int_equal(snarl_context_error(c), 0);
}

static void the_first_cancel_decides(void **state)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);

	(void)state;
	assert_false(is_done(c));
	assert_int_equal(snarl_context_error(c), 0);
	assert_int_equal(snarl_context_cause(c), 0);
	assert_int_equal(snarl_context_cancel_with(c, -EIO), 0);
	assert_true(is_done(c));
	assert_int_equal(snarl_context_error(c), -ECANCELED);
	assert_int_equal(snarl_context_cause(c), -EIO);
	assert_int_equal(snarl_context_cancel(c), 0);
	assert_int_equal(snarl_context_cancel_with(c, -ENOENT), 0);
	assert_int_equal(snarl_context_cause(c), -EIO);
	assert_true(snarl_context_remaining(c) == 0);
	snarl_context_release(c);
}

static void a_cancel_without_cause_is_its_own_cause(void **state)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);

	(void)state;
	snarl_context_cancel(c);
	assert_int_equal(snarl_context_cause(c), -ECANCELED);
	snarl_context_release(c);
}

static void the_end_travels_down_and_not_up(void **state)
{
	struct snarl_context *top = snarl_context_with_cancel(NULL);
	struct snarl_context *left = snarl_context_with_cancel(top);
	struct snarl_context *right = snarl_context_with_cancel(top);
	struct snarl_context *below = snarl_context_with_cancel(left);

	(void)state;
	snarl_context_cancel_with(left, -EIO);
	assert_true(is_done(left) && is_done(below));
	assert_false(is_done(top) || is_done(right));
	assert_int_equal(snarl_context_cause(below), -EIO);
	snarl_context_cancel_with(top, -ENOENT);
	assert_true(is_done(top) && is_done(right));
	assert_int_equal(snarl_context_cause(right), -ENOENT);
	assert_int_equal(snarl_context_cause(below), -EIO);
	snarl_context_release(top);
	snarl_context_release(left);
	snarl_context_release(right);
	snarl_context_release(below);
}

static void a_child_of_an_ended_context_has_ended(void **state)
{
	struct snarl_context *top = snarl_context_with_cancel(NULL), *child;

	(void)state;
	snarl_context_cancel_with(top, -EIO);
	child = snarl_context_with_timeout(top, PATIENCE);
	assert_non_null(child);
	assert_true(is_done(child));
	assert_int_equal(snarl_context_error(child), -ECANCELED);
	assert_int_equal(snarl_context_cause(child), -EIO);
	snarl_context_release(top);
	snarl_context_release(child);
}

static void a_deadline_ends_it_by_itself(void **state)
{
	int64_t deadline = snarl_in(2 * SNARL_MILLISECOND);
	struct snarl_context *c = snarl_context_with_deadline(NULL, deadline);
	struct snarl_context *child = snarl_context_with_cancel(c);

	(void)state;
	assert_true(snarl_context_deadline(c) == deadline);
	assert_true(snarl_context_deadline(child) == deadline);
	/* Only the channel is looked at, not the context, which might look at the clock itself. */
	assert_int_equal(wait_done(child), -EPIPE);
	assert_true(snarl_now() >= deadline);
	assert_int_equal(snarl_context_error(child), -ETIMEDOUT);
	assert_int_equal(snarl_context_error(c), -ETIMEDOUT);
	assert_int_equal(snarl_context_cause(c), -ETIMEDOUT);
	assert_true(snarl_context_remaining(c) == 0);
	snarl_context_release(c);
	snarl_context_release(child);
}

static void the_earlier_deadline_reigns(void **state)
{
	int64_t early = snarl_in(PATIENCE), late = snarl_in(2 * PATIENCE);
	struct snarl_context *top = snarl_context_with_deadline(NULL, early);
	struct snarl_context *later = snarl_context_with_deadline(top, late);
	struct snarl_context *past = snarl_context_with_deadline(later, snarl_now());
	struct snarl_context *never = snarl_context_with_timeout(NULL, SNARL_FOREVER);

	(void)state;
	assert_true(snarl_context_deadline(later) == early);
	assert_true(snarl_context_remaining(later) > 0);
	assert_true(snarl_context_remaining(later) <= PATIENCE);
	assert_true(is_done(past));
	assert_int_equal(snarl_context_error(past), -ETIMEDOUT);
	assert_int_equal(snarl_context_error(later), 0);
	assert_true(snarl_context_deadline(never) == SNARL_FOREVER);
	snarl_context_release(top);
	snarl_context_release(later);
	snarl_context_release(past);
	snarl_context_release(never);
}

#define MANY 300

/* Whatever the order in which they are set, dropped and due; none rings early. */
static void many_deadlines_ring_in_any_order(void **state)
{
	struct snarl_context *all[MANY];
	int64_t deadline[MANY];

	(void)state;
	srand(7);
	for (int i = 0; i < MANY; i++) {
		deadline[i] = snarl_in(rand() % 20 * SNARL_MILLISECOND);
		all[i] = snarl_context_with_deadline(NULL, deadline[i]);
		assert_non_null(all[i]);
		if (rand() % 3 == 0) {
			int drop = rand() % (i + 1);
			snarl_context_release(all[drop]);
			all[drop] = NULL;
		}
	}
	for (int i = 0; i < MANY; i++) {
		if (!all[i])
			continue;
		assert_int_equal(wait_done(all[i]), -EPIPE);
		assert_true(snarl_now() >= deadline[i]);
		snarl_context_release(all[i]);
	}
}

static int destroyed;

static void count_destroyed(void *value)
{
	destroyed += *(int *)value;
}

static void values_are_found_upwards_and_destroyed_once(void **state)
{
	static int key, other, inner_key, outer_value = 1, inner_value = 10;
	struct snarl_context *outer, *middle, *inner;

	(void)state;
	destroyed = 0;
	outer = snarl_context_with_value(NULL, &key, &outer_value, count_destroyed);
	middle = snarl_context_with_timeout(outer, PATIENCE);
	inner = snarl_context_with_value(middle, &inner_key, &inner_value, count_destroyed);
	assert_ptr_equal(snarl_context_value(inner, &key), &outer_value);
	assert_ptr_equal(snarl_context_value(inner, &inner_key), &inner_value);
	assert_null(snarl_context_value(outer, &inner_key));
	assert_null(snarl_context_value(inner, &other));
	assert_null(snarl_context_value(inner, NULL));
	assert_null(snarl_context_value(NULL, &key));
	snarl_context_release(outer);
	snarl_context_release(middle);
	assert_int_equal(destroyed, 0);
	assert_ptr_equal(snarl_context_value(inner, &key), &outer_value);
	snarl_context_release(inner);
	assert_int_equal(destroyed, 11);
	errno = 0;
	assert_null(snarl_context_with_value(NULL, NULL, &outer_value, count_destroyed));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(destroyed, 11);
}

static void a_value_hides_the_one_above(void **state)
{
	static int key, above, below;
	struct snarl_context *outer = snarl_context_with_value(NULL, &key, &above, NULL);
	struct snarl_context *inner = snarl_context_with_value(outer, &key, &below, NULL);

	(void)state;
	assert_ptr_equal(snarl_context_value(inner, &key), &below);
	assert_ptr_equal(snarl_context_value(outer, &key), &above);
	snarl_context_cancel(outer);
	assert_true(is_done(inner));
	snarl_context_release(inner);
	snarl_context_release(outer);
}

static void without_cancel_keeps_values_and_goes_on(void **state)
{
	static int key, value;
	struct snarl_context *top = snarl_context_with_value(NULL, &key, &value, NULL);
	struct snarl_context *free_one = snarl_context_without_cancel(top);
	struct snarl_context *below = snarl_context_with_cancel(free_one);

	(void)state;
	snarl_context_cancel(top);
	assert_int_equal(snarl_context_error(free_one), 0);
	assert_int_equal(snarl_context_error(below), 0);
	assert_ptr_equal(snarl_context_value(below, &key), &value);
	snarl_context_cancel(free_one);
	assert_true(is_done(below));
	snarl_context_release(top);
	snarl_context_release(free_one);
	snarl_context_release(below);
}

struct receiving {
	struct snarl_channel *channel;
	struct snarl_context *context;
};

static int receive_with(void *argument)
{
	struct receiving *r = argument;

	return snarl_receive_with(r->channel, NULL, r->context);
}

static void whoever_waits_with_it_goes_on(void **state)
{
	struct receiving r = {snarl_channel_new(0, 0), snarl_context_with_cancel(NULL)};
	struct snarl_context *timed = snarl_context_with_timeout(NULL, SNARL_MILLISECOND);
	struct snarl_context *child = snarl_context_with_cancel(r.context);
	struct receiving below = {r.channel, child};
	struct caller one, two;

	(void)state;
	start_blocked(&one, receive_with, &r);
	start_blocked(&two, receive_with, &below);
	snarl_context_cancel(r.context);
	assert_int_equal(end_call(&one), -ECANCELED);
	assert_int_equal(end_call(&two), -ECANCELED);
	assert_int_equal(snarl_receive_with(r.channel, NULL, child), -ECANCELED);
	assert_int_equal(snarl_receive_with(r.channel, NULL, timed), -ETIMEDOUT);
	snarl_context_release(timed);
	snarl_context_release(r.context);
	snarl_context_release(child);
	snarl_channel_release(r.channel);
}

static void its_done_channel_can_be_selected(void **state)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	struct snarl_channel *other = snarl_channel_new(0, 0);
	struct snarl_case cases[] = {{other, NULL, SNARL_RECEIVE, 0},
				     {snarl_context_done(c), NULL, SNARL_RECEIVE, 0}};

	(void)state;
	assert_int_equal(snarl_try_select(cases, 2), -EAGAIN);
	snarl_context_cancel(c);
	assert_int_equal(snarl_select(cases, 2), 1);
	assert_int_equal(cases[1].result, -EPIPE);
	snarl_channel_release(other);
	snarl_context_release(c);
}

#define DEEP 100000

/* Neither ending nor freeing may need more stack for it. */
static void a_tree_may_be_deep(void **state)
{
	struct snarl_context *top = snarl_context_with_cancel(NULL), *c = top;

	(void)state;
	for (int i = 0; i < DEEP; i++) {
		struct snarl_context *child = snarl_context_with_cancel(c);
		assert_non_null(child);
		if (c != top)
			snarl_context_release(c);
		c = child;
	}
	snarl_context_cancel_with(top, -EIO);
	assert_int_equal(snarl_context_cause(c), -EIO);
	assert_true(is_done(c));
	snarl_context_release(top);
	snarl_context_release(c);
}

static void children_that_are_gone_are_off_the_tree(void **state)
{
	struct snarl_context *top = snarl_context_with_cancel(NULL), *some[10];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct snarl_context *c = snarl_context_with_timeout(top, PATIENCE);
		if (i % 100 == 50)
			some[i / 100] = c;
		else
			snarl_context_release(c);
	}
	for (int i = 0; i < 10; i += 2) {
		snarl_context_release(some[i]);
		some[i] = NULL;
	}
	snarl_context_cancel(top);
	for (int i = 1; i < 10; i += 2)
		assert_true(is_done(some[i]));
	for (int i = 1; i < 10; i++)
		snarl_context_release(some[i]);
	snarl_context_release(top);
}

#define ROUNDS 2000

static int make_and_release(void *top)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct snarl_context *a = snarl_context_with_timeout(top, i % 7 * 10000);
		struct snarl_context *b = snarl_context_with_cancel(a);
		if (!a || !b)
			return -ENOMEM;
		if (i % 3 == 0)
			snarl_context_cancel(a);
		snarl_context_release(a);
		if (i % 5 == 0)
			snarl_context_error(b);
		snarl_context_release(b);
	}
	return 0;
}

/* Threads make, time out, cancel and free children while the tree above them is cancelled. */
static void ends_and_frees_may_race(void **state)
{
	(void)state;
	for (int round = 0; round < 4; round++) {
		struct snarl_context *top = snarl_context_with_cancel(NULL);
		struct caller callers[3];
		for (int i = 0; i < 3; i++)
			start_call(&callers[i], make_and_release, top);
		if (round % 2)
			snarl_context_cancel(top);
		for (int i = 0; i < 3; i++)
			assert_int_equal(end_call(&callers[i]), 0);
		snarl_context_cancel(top);
		snarl_context_release(top);
	}
}

static int attempt_tree(void)
{
	static int key, value;
	struct snarl_context *a = snarl_context_with_cancel(NULL);
	struct snarl_context *b = a ? snarl_context_with_timeout(a, PATIENCE) : NULL;
	struct snarl_context *c =
		b ? snarl_context_with_value(b, &key, &value, count_destroyed) : NULL;
	struct snarl_context *d = c ? snarl_context_without_cancel(c) : NULL;
	int e = d ? 0 : -errno;

	snarl_context_release(d);
	snarl_context_release(c);
	snarl_context_release(b);
	snarl_context_release(a);
	return e;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	assert_int_equal(fail_each_allocation(attempt_tree), 8);
}

/* The thread behind deadlines is not in a fork's child, and is made again. */
static void deadlines_work_in_a_forks_child(void **state)
{
	struct snarl_context *before = snarl_context_with_timeout(NULL, SNARL_MILLISECOND);
	int status;
	pid_t pid;

	(void)state;
	if (UNDER_TSAN)
		skip(); /* it allows no threads in such a child */
	assert_int_equal(wait_done(before), -EPIPE);
	snarl_context_release(before);
	pid = fork();
	if (!pid) {
		struct snarl_context *c = snarl_context_with_timeout(NULL, SNARL_MILLISECOND);
		_exit(c && wait_done(c) == -EPIPE ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_background_never_ends),
		cmocka_unit_test(the_first_cancel_decides),
		cmocka_unit_test(a_cancel_without_cause_is_its_own_cause),
		cmocka_unit_test(the_end_travels_down_and_not_up),
		cmocka_unit_test(a_child_of_an_ended_context_has_ended),
		cmocka_unit_test(a_deadline_ends_it_by_itself),
		cmocka_unit_test(the_earlier_deadline_reigns),
		cmocka_unit_test(many_deadlines_ring_in_any_order),
		cmocka_unit_test(values_are_found_upwards_and_destroyed_once),
		cmocka_unit_test(a_value_hides_the_one_above),
		cmocka_unit_test(without_cancel_keeps_values_and_goes_on),
		cmocka_unit_test(whoever_waits_with_it_goes_on),
		cmocka_unit_test(its_done_channel_can_be_selected),
		cmocka_unit_test(a_tree_may_be_deep),
		cmocka_unit_test(children_that_are_gone_are_off_the_tree),
		cmocka_unit_test(ends_and_frees_may_race),
		cmocka_unit_test(want_of_memory_is_told),
		cmocka_unit_test(deadlines_work_in_a_forks_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
