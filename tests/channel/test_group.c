/* SPDX-License-Identifier: Apache-2.0
 *
 * Wait groups and error groups. */
#include "callers.h"
#include "snarl_channel/group.h"
#include "snarl_channel/task.h"

static int wait_group(void *group)
{
	return snarl_wait_group_wait(group);
}

static void a_wait_ends_at_zero(void **state)
{
	struct snarl_wait_group *g = snarl_wait_group_new();
	struct caller one, two;

	(void)state;
	assert_int_equal(snarl_wait_group_wait(g), 0);
	assert_int_equal(snarl_wait_group_add(g, 3), 0);
	assert_int_equal(snarl_wait_group_try_wait(g), -EAGAIN);
	start_blocked(&one, wait_group, g);
	start_blocked(&two, wait_group, g);
	assert_int_equal(snarl_wait_group_done(g), 0);
	assert_int_equal(snarl_wait_group_add(g, -1), 0);
	assert_int_equal(snarl_wait_group_count(g), 1);
	assert_int_equal(snarl_wait_group_wait_until(g, snarl_now()), -ETIMEDOUT);
	assert_true(snarl_channel_test_is_waiting(one.self));
	assert_int_equal(snarl_wait_group_done(g), 0);
	assert_int_equal(end_call(&one), 0);
	assert_int_equal(end_call(&two), 0);
	assert_int_equal(snarl_wait_group_try_wait(g), 0);
	snarl_wait_group_release(g);
}

static void misuse_changes_nothing(void **state)
{
	struct snarl_wait_group *g = snarl_wait_group_new();

	(void)state;
	assert_int_equal(snarl_wait_group_done(g), -EINVAL);
	assert_int_equal(snarl_wait_group_add(g, 2), 0);
	assert_int_equal(snarl_wait_group_add(g, -3), -EINVAL);
	assert_int_equal(snarl_wait_group_add(g, INT64_MAX), -EOVERFLOW);
	assert_int_equal(snarl_wait_group_count(g), 2);
	assert_int_equal(snarl_wait_group_add(g, -2), 0);
	assert_int_equal(snarl_wait_group_add(g, INT64_MIN), -EINVAL);
	assert_int_equal(snarl_wait_group_add(g, 0), 0);
	assert_int_equal(snarl_wait_group_try_wait(g), 0);
	assert_int_equal(snarl_wait_group_add(NULL, 1), -EINVAL);
	assert_int_equal(snarl_wait_group_done(NULL), -EINVAL);
	assert_int_equal(snarl_wait_group_wait(NULL), -EINVAL);
	assert_int_equal(snarl_wait_group_count(NULL), -EINVAL);
	snarl_wait_group_release(g);
	snarl_wait_group_release(NULL);
}

static void a_cancelled_wait_leaves_the_others(void **state)
{
	struct snarl_wait_group *g = snarl_wait_group_new();
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	struct caller one;

	(void)state;
	snarl_wait_group_add(g, 1);
	start_blocked(&one, wait_group, g);
	snarl_context_cancel(c);
	assert_int_equal(snarl_wait_group_wait_with(g, c), -ECANCELED);
	snarl_wait_group_done(g);
	assert_int_equal(end_call(&one), 0);
	assert_int_equal(snarl_wait_group_wait_with(g, c), -ECANCELED);
	assert_int_equal(snarl_wait_group_wait_with(g, NULL), 0);
	snarl_context_release(c);
	snarl_wait_group_release(g);
}

/* Those who waited for the first zero go on even if the group is in use again at once; those who
 * came later do not. */
static void a_group_may_be_used_again(void **state)
{
	struct snarl_wait_group *g = snarl_wait_group_new();
	struct caller first, second;

	(void)state;
	snarl_wait_group_add(g, 1);
	start_blocked(&first, wait_group, g);
	snarl_wait_group_done(g);
	snarl_wait_group_add(g, 1);
	start_blocked(&second, wait_group, g);
	assert_int_equal(end_call(&first), 0);
	assert_int_equal(snarl_wait_group_count(g), 1);
	snarl_wait_group_done(g);
	assert_int_equal(end_call(&second), 0);
	snarl_wait_group_release(g);
}

static int done_once(void *group)
{
	return snarl_wait_group_done(group);
}

/* The waiter frees the group while those whose done ended its wait may still be in that call. */
static void a_waiter_may_free_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 500; i++) {
		struct snarl_wait_group *g = snarl_wait_group_new();
		struct caller callers[3];
		snarl_wait_group_add(g, 3);
		for (int j = 0; j < 3; j++)
			start_call(&callers[j], done_once, g);
		assert_int_equal(snarl_wait_group_wait(g), 0);
		snarl_wait_group_release(g);
		for (int j = 0; j < 3; j++)
			assert_int_equal(end_call(&callers[j]), 0);
	}
}

static int ran;
static int at_once;
static int most_at_once;

static int succeed(void *unused)
{
	int now = __atomic_add_fetch(&at_once, 1, __ATOMIC_SEQ_CST);
	int most = __atomic_load_n(&most_at_once, __ATOMIC_SEQ_CST);

	(void)unused;
	while (now > most && !__atomic_compare_exchange_n(&most_at_once, &most, now, 0,
							  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	__atomic_fetch_add(&ran, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&at_once, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static int fail_with(void *error)
{
	return *(int *)error;
}

static int until_stopped(void *unused)
{
	(void)unused;
	return snarl_receive(snarl_context_done(snarl_task_context()), NULL) == -EPIPE ? 0 : -EIO;
}

static void all_succeed_within_the_limit(void **state)
{
	struct snarl_error_group *g = snarl_error_group_new(NULL, 3);

	(void)state;
	ran = most_at_once = 0;
	for (int i = 0; i < 100; i++)
		assert_int_equal(snarl_error_group_go(g, "one", succeed, NULL), 0);
	assert_int_equal(snarl_error_group_wait(g), 0);
	assert_int_equal(ran, 100);
	assert_in_range(most_at_once, 1, 3);
	assert_int_equal(snarl_context_error(snarl_error_group_context(g)), -ECANCELED);
	snarl_error_group_release(g);
}

static void the_first_error_stops_the_rest(void **state)
{
	struct snarl_error_group *g = snarl_error_group_new(NULL, 0);
	int io = -EIO, later = -ENOENT;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(snarl_error_group_go(g, "waits", until_stopped, NULL), 0);
	assert_int_equal(snarl_error_group_try_wait(g), -EAGAIN);
	assert_int_equal(snarl_error_group_error(g), 0);
	assert_int_equal(snarl_error_group_go(g, "fails", fail_with, &io), 0);
	assert_int_equal(snarl_error_group_wait(g), -EIO);
	assert_int_equal(snarl_context_cause(snarl_error_group_context(g)), -EIO);
	assert_int_equal(snarl_error_group_go(g, "late", fail_with, &later), 0);
	assert_int_equal(snarl_error_group_wait(g), -EIO);
	assert_int_equal(snarl_error_group_error(g), -EIO);
	snarl_error_group_release(g);
}

static void a_full_group_can_be_tried(void **state)
{
	struct snarl_context *parent = snarl_context_with_cancel(NULL);
	struct snarl_context *ended = snarl_context_with_cancel(NULL);
	struct snarl_error_group *g = snarl_error_group_new(parent, 1);

	(void)state;
	snarl_context_cancel(ended);
	assert_int_equal(snarl_error_group_go(g, "waits", until_stopped, NULL), 0);
	assert_int_equal(snarl_error_group_try_go(g, "no", succeed, NULL), -EAGAIN);
	assert_int_equal(snarl_error_group_go_until(g, "no", succeed, NULL, snarl_now()),
			 -ETIMEDOUT);
	assert_int_equal(snarl_error_group_go_with(g, "no", succeed, NULL, ended), -ECANCELED);
	assert_int_equal(snarl_error_group_wait_until(g, snarl_now()), -ETIMEDOUT);
	snarl_context_cancel(parent);
	assert_int_equal(snarl_error_group_wait(g), 0);
	assert_int_equal(snarl_error_group_try_go(g, "yes", succeed, NULL), 0);
	assert_int_equal(snarl_error_group_wait(g), 0);
	assert_int_equal(snarl_error_group_go(g, "none", NULL, NULL), -EINVAL);
	assert_int_equal(snarl_error_group_go(NULL, "none", succeed, NULL), -EINVAL);
	assert_int_equal(snarl_error_group_wait(NULL), -EINVAL);
	snarl_error_group_release(g);
	snarl_context_release(parent);
	snarl_context_release(ended);
}

/* Its tasks have references of their own. */
static void a_group_may_be_released_while_it_runs(void **state)
{
	struct snarl_error_group *g = snarl_error_group_new(NULL, 2);
	struct snarl_context *c = snarl_context_retain(snarl_error_group_context(g));

	(void)state;
	ran = 0;
	assert_int_equal(snarl_error_group_go(g, "waits", until_stopped, NULL), 0);
	assert_int_equal(snarl_error_group_go(g, "runs", succeed, NULL), 0);
	snarl_error_group_release(g);
	snarl_context_cancel(c);
	snarl_context_release(c);
	while (!__atomic_load_n(&ran, __ATOMIC_SEQ_CST))
		pause_a_moment(INT64_MAX);
}

static int attempt_group(void)
{
	struct snarl_error_group *g = snarl_error_group_new(NULL, 1);
	int e = g ? snarl_error_group_go(g, "attempt", succeed, NULL) : -errno;

	/* What could not be started must not be waited for, nor take the room. */
	if (g) {
		assert_int_equal(snarl_error_group_wait(g), 0);
		snarl_channel_test_fail_allocation(0);
		assert_int_equal(snarl_error_group_try_go(g, "again", succeed, NULL), 0);
		assert_int_equal(snarl_error_group_wait(g), 0);
	}
	snarl_error_group_release(g);
	return e;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	for (long n = 1; n <= 5; n++) {
		snarl_channel_test_fail_allocation(n);
		assert_int_equal(attempt_group(), -ENOMEM);
	}
	snarl_channel_test_fail_allocation(0);
	assert_int_equal(attempt_group(), 0);
	snarl_channel_test_fail_allocation(1);
	assert_null(snarl_wait_group_new());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_ends_at_zero),
		cmocka_unit_test(misuse_changes_nothing),
		cmocka_unit_test(a_cancelled_wait_leaves_the_others),
		cmocka_unit_test(a_group_may_be_used_again),
		cmocka_unit_test(a_waiter_may_free_at_once),
		cmocka_unit_test(all_succeed_within_the_limit),
		cmocka_unit_test(the_first_error_stops_the_rest),
		cmocka_unit_test(a_full_group_can_be_tried),
		cmocka_unit_test(a_group_may_be_released_while_it_runs),
		cmocka_unit_test(want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
