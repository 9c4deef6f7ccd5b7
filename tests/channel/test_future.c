/* SPDX-License-Identifier: Apache-2.0
 *
 * Promises, futures, and what is made of them. */
#include "callers.h"
#include "snarl_channel/future.h"

static int destroyed;

static void count_destroyed(void *value)
{
	(void)value;
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

/* A promise and its future. */
struct pair {
	struct snarl_promise *promise;
	struct snarl_future *future;
};

static struct pair make_pair(void)
{
	struct pair p = {snarl_promise_new(count_destroyed), NULL};

	assert_non_null(p.promise);
	p.future = snarl_promise_future(p.promise);
	return p;
}

static void release_pair(struct pair *p)
{
	snarl_promise_release(p->promise);
	snarl_future_release(p->future);
}

static int get(void *future)
{
	void *value = NULL;
	int e = snarl_future_get(future, &value);

	return e ? e : *(int *)value;
}

static void all_getters_get_the_value(void **state)
{
	struct pair p = make_pair();
	struct caller one, two;
	int seven = 7;
	void *value = NULL;

	(void)state;
	destroyed = 0;
	assert_int_equal(snarl_future_is_settled(p.future), 0);
	assert_int_equal(snarl_future_try_get(p.future, &value), -EAGAIN);
	assert_int_equal(snarl_future_get_until(p.future, &value, snarl_now()), -ETIMEDOUT);
	start_blocked(&one, get, p.future);
	start_blocked(&two, get, p.future);
	assert_int_equal(snarl_promise_fulfil(p.promise, &seven), 0);
	assert_int_equal(end_call(&one), 7);
	assert_int_equal(end_call(&two), 7);
	assert_int_equal(snarl_future_get(p.future, &value), 0);
	assert_ptr_equal(value, &seven);
	assert_int_equal(snarl_future_try_get(p.future, NULL), 0);
	assert_int_equal(snarl_promise_fulfil(p.promise, &one), -EALREADY);
	assert_int_equal(snarl_promise_fail(p.promise, -EIO), -EALREADY);
	assert_int_equal(snarl_future_is_settled(p.future), 1);
	snarl_promise_release(p.promise);
	assert_int_equal(destroyed, 0);
	snarl_future_release(p.future);
	assert_int_equal(destroyed, 1);
}

static void a_failure_is_the_result(void **state)
{
	struct pair p = make_pair();
	struct caller one;

	(void)state;
	destroyed = 0;
	start_blocked(&one, get, p.future);
	assert_int_equal(snarl_promise_fail(p.promise, 0), -EINVAL);
	assert_int_equal(snarl_promise_fail(p.promise, -EIO), 0);
	assert_int_equal(end_call(&one), -EIO);
	assert_int_equal(snarl_future_get(p.future, NULL), -EIO);
	release_pair(&p);
	assert_int_equal(destroyed, 0);
}

static void a_promise_that_is_dropped_is_broken(void **state)
{
	struct pair p = make_pair();
	struct caller one;

	(void)state;
	assert_ptr_equal(snarl_promise_retain(p.promise), p.promise);
	start_blocked(&one, get, p.future);
	snarl_promise_release(p.promise);
	assert_int_equal(snarl_future_try_get(p.future, NULL), -EAGAIN);
	snarl_promise_release(p.promise);
	assert_int_equal(end_call(&one), -EPIPE);
	snarl_future_release(p.future);
}

static void null_is_refused(void **state)
{
	(void)state;
	snarl_promise_release(NULL);
	snarl_future_release(NULL);
	assert_null(snarl_promise_retain(NULL));
	assert_null(snarl_future_retain(NULL));
	assert_null(snarl_promise_future(NULL));
	assert_int_equal(snarl_promise_fulfil(NULL, NULL), -EINVAL);
	assert_int_equal(snarl_promise_fail(NULL, -EIO), -EINVAL);
	assert_int_equal(snarl_future_get(NULL, NULL), -EINVAL);
	assert_int_equal(snarl_future_is_settled(NULL), -EINVAL);
	assert_null(snarl_future_then(NULL, NULL, NULL, NULL));
	assert_null(snarl_future_any(NULL, 0));
	assert_null(snarl_future_all(NULL, 1));
}

static int cancelled_get(void *argument)
{
	struct pair *p = argument;
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	int e;

	snarl_context_cancel(c);
	e = snarl_future_get_with(p->future, NULL, c);
	snarl_context_release(c);
	return e;
}

static void a_get_can_be_cancelled(void **state)
{
	struct pair p = make_pair();

	(void)state;
	assert_int_equal(cancelled_get(&p), -ECANCELED);
	release_pair(&p);
}

static int add_one(int error, void *value, void *argument, void **result)
{
	int *sum = argument;

	if (error)
		return error;
	*sum = *(int *)value + 1;
	*result = sum;
	return 0;
}

static void then_makes_one_of_another(void **state)
{
	struct pair p = make_pair();
	int one = 1, two = 0, three = 0;
	struct snarl_future *second = snarl_future_then(p.future, add_one, &two, count_destroyed);
	struct snarl_future *third;
	void *value = NULL;

	(void)state;
	destroyed = 0;
	assert_int_equal(snarl_future_try_get(second, NULL), -EAGAIN);
	snarl_promise_fulfil(p.promise, &one);
	assert_int_equal(snarl_future_try_get(second, &value), 0);
	assert_ptr_equal(value, &two);
	third = snarl_future_then(second, add_one, &three, NULL);
	assert_int_equal(snarl_future_try_get(third, &value), 0);
	assert_int_equal(*(int *)value, 3);
	release_pair(&p);
	snarl_future_release(second);
	/* The third keeps both alive. */
	assert_int_equal(destroyed, 0);
	snarl_future_release(third);
	assert_int_equal(destroyed, 2);
}

#define LONG_CHAIN 100000

static int count_on(int error, void *value, void *argument, void **result)
{
	(void)argument;
	*result = (char *)value + 1;
	return error;
}

/* Neither settling nor freeing may need more stack for it. */
static void a_chain_may_be_long(void **state)
{
	struct pair p = make_pair();
	struct snarl_future *f = snarl_future_retain(p.future);
	void *value = NULL;

	(void)state;
	for (int i = 0; i < LONG_CHAIN; i++) {
		struct snarl_future *next = snarl_future_then(f, count_on, NULL, NULL);
		assert_non_null(next);
		snarl_future_release(f);
		f = next;
	}
	snarl_promise_fulfil(p.promise, NULL);
	assert_int_equal(snarl_future_try_get(f, &value), 0);
	assert_true((intptr_t)value == LONG_CHAIN);
	release_pair(&p);
	snarl_future_release(f);
}

static int settle_and_get(int error, void *value, void *argument, void **result)
{
	struct pair *inner = argument;
	struct snarl_future *after;
	static int sum;
	int e;

	/* What this settling makes due is done by this thread, further up; waiting must do it. */
	after = snarl_future_then(inner->future, add_one, &sum, NULL);
	snarl_promise_fulfil(inner->promise, value);
	e = snarl_future_get_until(after, result, snarl_in(PATIENCE));
	snarl_future_release(after);
	return error ? error : e;
}

static void a_callback_may_wait_for_what_it_made_due(void **state)
{
	struct pair outer = make_pair(), inner = make_pair();
	struct snarl_future *f = snarl_future_then(outer.future, settle_and_get, &inner, NULL);
	int one = 1;
	void *value = NULL;

	(void)state;
	snarl_promise_fulfil(outer.promise, &one);
	assert_int_equal(snarl_future_try_get(f, &value), 0);
	assert_int_equal(*(int *)value, 2);
	snarl_future_release(f);
	release_pair(&outer);
	release_pair(&inner);
}

static void make_three(struct pair *p, struct snarl_future **f)
{
	for (int i = 0; i < 3; i++) {
		p[i] = make_pair();
		f[i] = p[i].future;
	}
}

static void release_three(struct pair *p)
{
	for (int i = 0; i < 3; i++)
		release_pair(&p[i]);
}

static void all_waits_for_all_or_one_failure(void **state)
{
	struct pair p[3];
	struct snarl_future *f[3], *good, *bad, *none;
	int value;

	(void)state;
	make_three(p, f);
	good = snarl_future_all(f, 3);
	snarl_promise_fulfil(p[1].promise, &value);
	snarl_promise_fulfil(p[2].promise, &value);
	assert_int_equal(snarl_future_try_get(good, NULL), -EAGAIN);
	snarl_promise_fulfil(p[0].promise, &value);
	assert_int_equal(snarl_future_try_get(good, NULL), 0);
	release_three(p);
	snarl_future_release(good);
	make_three(p, f);
	bad = snarl_future_all(f, 3);
	snarl_promise_fail(p[1].promise, -EIO);
	assert_int_equal(snarl_future_try_get(bad, NULL), -EIO);
	snarl_promise_fail(p[0].promise, -ENOENT);
	assert_int_equal(snarl_future_try_get(bad, NULL), -EIO);
	snarl_future_release(bad);
	release_three(p);
	none = snarl_future_all(NULL, 0);
	assert_int_equal(snarl_future_try_get(none, NULL), 0);
	assert_true(snarl_future_any_index(none) == -EINVAL);
	snarl_future_release(none);
}

static void any_waits_for_one_or_all_failures(void **state)
{
	struct pair p[3];
	struct snarl_future *f[3], *any;
	int here;
	void *value = NULL;

	(void)state;
	make_three(p, f);
	any = snarl_future_any(f, 3);
	snarl_promise_fail(p[0].promise, -EIO);
	assert_int_equal(snarl_future_try_get(any, &value), -EAGAIN);
	assert_true(snarl_future_any_index(any) == -EAGAIN);
	snarl_promise_fulfil(p[2].promise, &here);
	assert_int_equal(snarl_future_try_get(any, &value), 0);
	assert_ptr_equal(value, &here);
	assert_true(snarl_future_any_index(any) == 2);
	snarl_promise_fulfil(p[1].promise, NULL);
	assert_true(snarl_future_any_index(any) == 2);
	release_three(p);
	snarl_future_release(any);
	make_three(p, f);
	any = snarl_future_any(f, 3);
	snarl_promise_fail(p[2].promise, -EIO);
	snarl_promise_fail(p[0].promise, -EIO);
	snarl_promise_fail(p[1].promise, -ENOENT);
	assert_int_equal(snarl_future_try_get(any, NULL), -ENOENT);
	assert_true(snarl_future_any_index(any) == 1);
	release_three(p);
	snarl_future_release(any);
}

static void all_settled_waits_however_they_end(void **state)
{
	struct pair p[3];
	struct snarl_future *f[3], *settled;

	(void)state;
	make_three(p, f);
	settled = snarl_future_all_settled(f, 3);
	snarl_promise_fail(p[0].promise, -EIO);
	snarl_promise_fulfil(p[1].promise, NULL);
	assert_int_equal(snarl_future_try_get(settled, NULL), -EAGAIN);
	snarl_promise_release(p[2].promise);
	p[2].promise = NULL;
	assert_int_equal(snarl_future_try_get(settled, NULL), 0);
	release_three(p);
	snarl_future_release(settled);
}

static int settle_it(void *pair)
{
	struct pair *p = pair;

	snarl_promise_fulfil(p->promise, p);
	snarl_promise_release(p->promise);
	return 0;
}

/* Three settle while the combination is made, waited for and freed. */
static void settling_and_freeing_may_race(void **state)
{
	(void)state;
	for (int i = 0; i < 400; i++) {
		struct pair p[3];
		struct snarl_future *f[3], *made;
		struct caller callers[3];
		make_three(p, f);
		for (int j = 0; j < 3; j++)
			start_call(&callers[j], settle_it, &p[j]);
		made = i % 3 == 0   ? snarl_future_all(f, 3)
		       : i % 3 == 1 ? snarl_future_any(f, 3)
				    : snarl_future_all_settled(f, 3);
		if (i % 2)
			assert_int_equal(snarl_future_get(made, NULL), 0);
		snarl_future_release(made);
		for (int j = 0; j < 3; j++)
			snarl_future_release(f[j]);
		for (int j = 0; j < 3; j++)
			end_call(&callers[j]);
	}
}

static int give_argument(void *argument, void **value)
{
	*value = argument;
	return argument ? 0 : -EIO;
}

static void a_spawned_future_has_the_tasks_result(void **state)
{
	int here;
	void *value = NULL;
	struct snarl_future *good = snarl_future_spawn("good", give_argument, &here, NULL, NULL);
	struct snarl_future *bad = snarl_future_spawn("bad", give_argument, NULL, NULL, NULL);

	(void)state;
	assert_int_equal(snarl_future_get(good, &value), 0);
	assert_ptr_equal(value, &here);
	assert_int_equal(snarl_future_get(bad, &value), -EIO);
	assert_null(snarl_future_spawn("none", NULL, NULL, NULL, NULL));
	snarl_future_release(good);
	snarl_future_release(bad);
}

static int attempt_futures(void)
{
	struct snarl_promise *p = snarl_promise_new(NULL);
	struct snarl_future *f = snarl_promise_future(p), *then = NULL, *all = NULL,
			    *spawned = NULL;
	int sum, e;

	if (p)
		then = snarl_future_then(f, add_one, &sum, NULL);
	if (then)
		all = snarl_future_all(&then, 1);
	if (all)
		spawned = snarl_future_spawn("attempt", give_argument, &sum, NULL, NULL);
	e = spawned ? 0 : -errno;
	snarl_promise_release(p);
	snarl_future_release(f);
	snarl_future_release(then);
	snarl_future_release(all);
	snarl_future_release(spawned);
	return e;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	assert_int_equal(fail_each_allocation(attempt_futures), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_getters_get_the_value),
		cmocka_unit_test(a_failure_is_the_result),
		cmocka_unit_test(a_promise_that_is_dropped_is_broken),
		cmocka_unit_test(null_is_refused),
		cmocka_unit_test(a_get_can_be_cancelled),
		cmocka_unit_test(then_makes_one_of_another),
		cmocka_unit_test(a_chain_may_be_long),
		cmocka_unit_test(a_callback_may_wait_for_what_it_made_due),
		cmocka_unit_test(all_waits_for_all_or_one_failure),
		cmocka_unit_test(any_waits_for_one_or_all_failures),
		cmocka_unit_test(all_settled_waits_however_they_end),
		cmocka_unit_test(settling_and_freeing_may_race),
		cmocka_unit_test(a_spawned_future_has_the_tasks_result),
		cmocka_unit_test(want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
