/* SPDX-License-Identifier: Apache-2.0
 *
 * Semaphore, rate limiter, once, rendezvous. */
#include "callers.h"
#include "snarl_channel/sync.h"

#define HOUR (3600 * SNARL_SECOND)

struct acquiring {
	struct snarl_semaphore *semaphore;
	uint64_t amount;
	int64_t deadline;
	struct snarl_context *context;
};

static int acquire(void *argument)
{
	struct acquiring *a = argument;

	if (a->context)
		return snarl_semaphore_acquire_with(a->semaphore, a->amount, a->context);
	return snarl_semaphore_acquire(a->semaphore, a->amount);
}

static void a_semaphore_counts(void **state)
{
	struct snarl_semaphore *s = snarl_semaphore_new(5);

	(void)state;
	assert_int_equal(snarl_semaphore_acquire(s, 3), 0);
	assert_int_equal(snarl_semaphore_available(s), 2);
	assert_int_equal(snarl_semaphore_try_acquire(s, 3), -EAGAIN);
	assert_int_equal(snarl_semaphore_acquire_until(s, 3, snarl_now()), -ETIMEDOUT);
	assert_int_equal(snarl_semaphore_try_acquire(s, 2), 0);
	assert_int_equal(snarl_semaphore_try_acquire(s, 0), 0);
	assert_int_equal(snarl_semaphore_give(s, 6), -EINVAL);
	assert_int_equal(snarl_semaphore_available(s), 0);
	assert_int_equal(snarl_semaphore_give(s, 5), 0);
	assert_int_equal(snarl_semaphore_acquire(s, 6), -EINVAL);
	assert_int_equal(snarl_semaphore_acquire(NULL, 1), -EINVAL);
	assert_int_equal(snarl_semaphore_give(NULL, 1), -EINVAL);
	assert_int_equal(snarl_semaphore_available(s), 5);
	snarl_semaphore_release(s);
	snarl_semaphore_release(NULL);
}

/* The large one is first; a small one that would fit waits behind it, also if it only tries. */
static void nobody_passes_a_waiter(void **state)
{
	struct snarl_semaphore *s = snarl_semaphore_new(4);
	struct acquiring large = {.semaphore = s, .amount = 4};
	struct acquiring small = {.semaphore = s, .amount = 1};
	struct caller first, second;

	(void)state;
	assert_int_equal(snarl_semaphore_acquire(s, 2), 0);
	start_blocked(&first, acquire, &large);
	start_blocked(&second, acquire, &small);
	assert_int_equal(snarl_semaphore_try_acquire(s, 1), -EAGAIN);
	assert_int_equal(snarl_semaphore_give(s, 1), 0);
	assert_true(snarl_channel_test_is_waiting(first.self));
	assert_true(snarl_channel_test_is_waiting(second.self));
	assert_int_equal(snarl_semaphore_give(s, 1), 0);
	assert_int_equal(end_call(&first), 0);
	assert_true(snarl_channel_test_is_waiting(second.self));
	assert_int_equal(snarl_semaphore_give(s, 4), 0);
	assert_int_equal(end_call(&second), 0);
	assert_int_equal(snarl_semaphore_available(s), 3);
	snarl_semaphore_release(s);
}

static void who_gives_up_lets_those_behind_go(void **state)
{
	struct snarl_semaphore *s = snarl_semaphore_new(4);
	struct acquiring large = {.semaphore = s, .amount = 4};
	struct acquiring small = {.semaphore = s, .amount = 1};
	struct caller first, second, third;

	(void)state;
	large.context = snarl_context_with_cancel(NULL);
	assert_int_equal(snarl_semaphore_acquire(s, 2), 0);
	start_blocked(&first, acquire, &large);
	start_blocked(&second, acquire, &small);
	start_blocked(&third, acquire, &small);
	snarl_context_cancel(large.context);
	assert_int_equal(end_call(&first), -ECANCELED);
	assert_int_equal(end_call(&second), 0);
	assert_int_equal(end_call(&third), 0);
	assert_int_equal(snarl_semaphore_available(s), 0);
	snarl_context_release(large.context);
	snarl_semaphore_release(s);
}

static struct {
	struct snarl_semaphore *semaphore;
	int64_t inside;
	int too_many;
} crowd;

static int take_and_give(void *seed)
{
	unsigned random = *(unsigned *)seed;

	for (int i = 0; i < 3000; i++) {
		int64_t amount = 1 + rand_r(&random) % 3;
		int e = random % 4 ? snarl_semaphore_acquire(crowd.semaphore, amount)
				   : snarl_semaphore_acquire_until(crowd.semaphore, amount,
								   snarl_in(1000));
		if (e == -ETIMEDOUT)
			continue;
		if (e)
			return e;
		if (__atomic_add_fetch(&crowd.inside, amount, __ATOMIC_SEQ_CST) > 4)
			crowd.too_many = 1;
		__atomic_sub_fetch(&crowd.inside, amount, __ATOMIC_SEQ_CST);
		if (snarl_semaphore_give(crowd.semaphore, amount))
			return -EIO;
	}
	return 0;
}

static void a_crowd_never_exceeds_the_capacity(void **state)
{
	unsigned seeds[4] = {1, 2, 3, 4};
	struct caller callers[4];

	(void)state;
	crowd.semaphore = snarl_semaphore_new(4);
	for (int i = 0; i < 4; i++)
		start_call(&callers[i], take_and_give, &seeds[i]);
	for (int i = 0; i < 4; i++)
		assert_int_equal(end_call(&callers[i]), 0);
	assert_int_equal(crowd.too_many, 0);
	assert_int_equal(snarl_semaphore_available(crowd.semaphore), 4);
	snarl_semaphore_release(crowd.semaphore);
}

static void a_limiter_has_its_burst_and_no_more(void **state)
{
	struct snarl_limiter *l = snarl_limiter_new(HOUR, 3);
	struct snarl_context *c = snarl_context_with_timeout(NULL, PATIENCE);

	(void)state;
	assert_int_equal(snarl_limiter_allow(l, 2), 1);
	assert_int_equal(snarl_limiter_allow(l, 2), 0);
	assert_int_equal(snarl_limiter_try_wait(l, 1), 0);
	assert_int_equal(snarl_limiter_try_wait(l, 1), -EAGAIN);
	assert_int_equal(snarl_limiter_allow(l, 0), 1);
	/* It will not be there by then, so nobody waits for it. */
	assert_int_equal(snarl_limiter_wait_until(l, 1, snarl_in(PATIENCE)), -ETIMEDOUT);
	assert_int_equal(snarl_limiter_wait_with(l, 1, c), -ETIMEDOUT);
	assert_int_equal(snarl_context_error(c), 0);
	assert_int_equal(snarl_limiter_allow(l, 4), -EINVAL);
	assert_int_equal(snarl_limiter_wait(l, -1), -EINVAL);
	assert_true(snarl_limiter_reserve(l, 4) == -EINVAL);
	assert_int_equal(snarl_limiter_wait(NULL, 1), -EINVAL);
	snarl_context_release(c);
	snarl_limiter_release(l);
	snarl_limiter_release(NULL);
}

static void reservations_queue_up(void **state)
{
	struct snarl_limiter *l = snarl_limiter_new(HOUR, 2);
	int64_t first, second;

	(void)state;
	assert_true(snarl_limiter_reserve(l, 2) == 0);
	first = snarl_limiter_reserve(l, 1);
	second = snarl_limiter_reserve(l, 2);
	assert_true(first > 0 && first <= HOUR);
	assert_true(second > first && second <= 3 * HOUR);
	assert_true(second - first > HOUR);
	assert_int_equal(snarl_limiter_return(l, 2), 0);
	second = snarl_limiter_reserve(l, 1);
	assert_true(second > first && second <= 2 * HOUR);
	assert_int_equal(snarl_limiter_return(l, 3), -EINVAL);
	snarl_limiter_release(l);
}

struct limited {
	struct snarl_limiter *limiter;
	struct snarl_context *context;
};

static int wait_limited(void *argument)
{
	struct limited *l = argument;

	return snarl_limiter_wait_with(l->limiter, 1, l->context);
}

static void a_cancelled_wait_gives_its_tokens_back(void **state)
{
	struct limited l = {snarl_limiter_new(HOUR, 1), snarl_context_with_cancel(NULL)};
	struct caller caller;

	(void)state;
	assert_int_equal(snarl_limiter_wait(l.limiter, 1), 0);
	start_blocked(&caller, wait_limited, &l);
	snarl_context_cancel(l.context);
	assert_int_equal(end_call(&caller), -ECANCELED);
	assert_true(snarl_limiter_reserve(l.limiter, 1) <= HOUR);
	snarl_context_release(l.context);
	snarl_limiter_release(l.limiter);
}

/* However slow the machine: tokens cannot have come sooner than one an interval. */
static void waiting_keeps_the_rate(void **state)
{
	struct snarl_limiter *l = snarl_limiter_new(SNARL_MILLISECOND, 2);
	int64_t start = snarl_now();

	(void)state;
	for (int i = 0; i < 12; i++)
		assert_int_equal(snarl_limiter_wait(l, 1), 0);
	assert_true(snarl_now() - start >= 10 * SNARL_MILLISECOND);
	snarl_limiter_release(l);
}

static void impossible_limiters_are_refused(void **state)
{
	(void)state;
	assert_null(snarl_limiter_new(0, 1));
	assert_null(snarl_limiter_new(1, 0));
	assert_null(snarl_limiter_new(-1, 1));
	errno = 0;
	assert_null(snarl_limiter_new(INT64_MAX / 2, 3));
	assert_int_equal(errno, EINVAL);
}

static int runs;

static int give_result(void *result)
{
	runs++;
	return *(int *)result;
}

static void once_runs_once(void **state)
{
	struct snarl_once once = SNARL_ONCE_INIT, failing = SNARL_ONCE_INIT;
	int good = 0, bad = -EIO;

	(void)state;
	runs = 0;
	assert_int_equal(snarl_once_do(&once, give_result, &good), 0);
	assert_int_equal(snarl_once_do(&once, give_result, &bad), 0);
	assert_int_equal(runs, 1);
	assert_int_equal(snarl_once_do(&failing, give_result, &bad), -EIO);
	assert_int_equal(snarl_once_do(&failing, give_result, &good), -EIO);
	assert_int_equal(snarl_once_try_do(&failing, give_result, &good), -EIO);
	assert_int_equal(runs, 2);
	assert_int_equal(snarl_once_do(&failing, NULL, &good), -EINVAL);
	assert_int_equal(snarl_once_do(NULL, give_result, &good), -EINVAL);
}

static void once_may_be_retried(void **state)
{
	struct snarl_once once = SNARL_ONCE_RETRY_INIT;
	int good = 0, bad = -EIO;

	(void)state;
	runs = 0;
	assert_int_equal(snarl_once_do(&once, give_result, &bad), -EIO);
	assert_int_equal(snarl_once_do(&once, give_result, &bad), -EIO);
	assert_int_equal(snarl_once_do(&once, give_result, &good), 0);
	assert_int_equal(snarl_once_do(&once, give_result, &bad), 0);
	assert_int_equal(runs, 3);
}

static int do_again(void *once)
{
	return snarl_once_do(once, do_again, once);
}

static void once_within_itself_is_a_deadlock(void **state)
{
	struct snarl_once once = SNARL_ONCE_INIT;

	(void)state;
	assert_int_equal(snarl_once_do(&once, do_again, &once), -EDEADLK);
}

static struct {
	struct snarl_once once;
	struct snarl_channel *gate;
	int value;
} slow;

static int run_slowly(void *unused)
{
	(void)unused;
	snarl_receive(slow.gate, NULL);
	slow.value++;
	return 7;
}

static int do_slowly(void *unused)
{
	int e = snarl_once_do(&slow.once, run_slowly, unused);

	return e * 10 + slow.value;
}

static void callers_wait_for_the_run(void **state)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	struct caller runner, waiter;

	(void)state;
	slow.once = (struct snarl_once)SNARL_ONCE_INIT;
	slow.gate = snarl_channel_new(0, 0);
	start_blocked(&runner, do_slowly, NULL);
	start_blocked(&waiter, do_slowly, NULL);
	assert_int_equal(snarl_once_try_do(&slow.once, run_slowly, NULL), -EAGAIN);
	assert_int_equal(snarl_once_do_until(&slow.once, run_slowly, NULL, snarl_now()),
			 -ETIMEDOUT);
	snarl_context_cancel(c);
	assert_int_equal(snarl_once_do_with(&slow.once, run_slowly, NULL, c), -ECANCELED);
	snarl_channel_close(slow.gate);
	assert_int_equal(end_call(&runner), 71);
	assert_int_equal(end_call(&waiter), 71);
	snarl_channel_release(slow.gate);
	snarl_context_release(c);
}

static struct {
	struct snarl_once once;
	int runs;
	int inside;
} busy;

static int fail_twice(void *unused)
{
	int together = __atomic_add_fetch(&busy.inside, 1, __ATOMIC_SEQ_CST);
	int run = __atomic_add_fetch(&busy.runs, 1, __ATOMIC_SEQ_CST);

	(void)unused;
	__atomic_sub_fetch(&busy.inside, 1, __ATOMIC_SEQ_CST);
	return together > 1 ? -EDOM : run < 3 ? -EIO : 0;
}

/* Each caller gets the result of one run, and after the first success of that. */
static int do_until_done(void *unused)
{
	int e;

	while ((e = snarl_once_do(&busy.once, fail_twice, unused)) == -EIO)
		;
	return e;
}

static void once_holds_in_a_crowd(void **state)
{
	struct caller callers[4];

	(void)state;
	for (int round = 0; round < 200; round++) {
		busy.once = (struct snarl_once)SNARL_ONCE_RETRY_INIT;
		busy.runs = 0;
		for (int i = 0; i < 4; i++)
			start_call(&callers[i], do_until_done, NULL);
		for (int i = 0; i < 4; i++)
			assert_int_equal(end_call(&callers[i]), 0);
		assert_int_equal(busy.runs, 3);
	}
}

struct meeting {
	struct snarl_rendezvous *rendezvous;
	void *mine;
	void *theirs;
};

static int meet(void *argument)
{
	struct meeting *m = argument;

	return snarl_rendezvous_exchange(m->rendezvous, m->mine, &m->theirs);
}

static void two_that_meet_swap(void **state)
{
	struct snarl_rendezvous *r = snarl_rendezvous_new();
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	int left, right, none;
	struct meeting m = {r, &left, NULL};
	struct caller caller;
	void *theirs = &none;

	(void)state;
	snarl_context_cancel(c);
	assert_int_equal(snarl_rendezvous_try_exchange(r, &right, &theirs), -EAGAIN);
	assert_int_equal(snarl_rendezvous_exchange_until(r, &right, &theirs, snarl_now()),
			 -ETIMEDOUT);
	assert_int_equal(snarl_rendezvous_exchange_with(r, &right, &theirs, c), -ECANCELED);
	assert_int_equal(snarl_rendezvous_exchange(NULL, &right, &theirs), -EINVAL);
	assert_ptr_equal(theirs, &none);
	start_blocked(&caller, meet, &m);
	assert_int_equal(snarl_rendezvous_try_exchange(r, &right, &theirs), 0);
	assert_ptr_equal(theirs, &left);
	assert_int_equal(end_call(&caller), 0);
	assert_ptr_equal(m.theirs, &right);
	start_blocked(&caller, meet, &m);
	assert_int_equal(snarl_rendezvous_exchange(r, &right, NULL), 0);
	assert_int_equal(end_call(&caller), 0);
	snarl_context_release(c);
	snarl_rendezvous_release(r);
	snarl_rendezvous_release(NULL);
}

#define MEETINGS 1000

static struct snarl_rendezvous *square;

static int meet_many(void *argument)
{
	int64_t *sum = argument, mine = *sum;

	*sum = 0;
	for (int i = 0; i < MEETINGS; i++) {
		void *theirs = NULL;
		int e = snarl_rendezvous_exchange_until(square, (void *)mine, &theirs,
							snarl_in(PATIENCE));
		if (e)
			return e;
		*sum += (int64_t)theirs;
	}
	return 0;
}

/* Two only, so that neither is left alone at the end. */
static void what_is_brought_is_got(void **state)
{
	struct caller callers[2];
	int64_t sums[2] = {1, 1000};

	(void)state;
	square = snarl_rendezvous_new();
	for (int i = 0; i < 2; i++)
		start_call(&callers[i], meet_many, &sums[i]);
	for (int i = 0; i < 2; i++)
		assert_int_equal(end_call(&callers[i]), 0);
	assert_int_equal(sums[0], 1000 * MEETINGS);
	assert_int_equal(sums[1], MEETINGS);
	snarl_rendezvous_release(square);
}

static int attempt_all(void)
{
	struct snarl_semaphore *s = snarl_semaphore_new(1);
	struct snarl_limiter *l = s ? snarl_limiter_new(1, 1) : NULL;
	struct snarl_rendezvous *r = l ? snarl_rendezvous_new() : NULL;
	int e = r ? 0 : -errno;

	snarl_semaphore_release(s);
	snarl_limiter_release(l);
	snarl_rendezvous_release(r);
	return e;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	assert_int_equal(fail_each_allocation(attempt_all), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_semaphore_counts),
		cmocka_unit_test(nobody_passes_a_waiter),
		cmocka_unit_test(who_gives_up_lets_those_behind_go),
		cmocka_unit_test(a_crowd_never_exceeds_the_capacity),
		cmocka_unit_test(a_limiter_has_its_burst_and_no_more),
		cmocka_unit_test(reservations_queue_up),
		cmocka_unit_test(a_cancelled_wait_gives_its_tokens_back),
		cmocka_unit_test(waiting_keeps_the_rate),
		cmocka_unit_test(impossible_limiters_are_refused),
		cmocka_unit_test(once_runs_once),
		cmocka_unit_test(once_may_be_retried),
		cmocka_unit_test(once_within_itself_is_a_deadlock),
		cmocka_unit_test(callers_wait_for_the_run),
		cmocka_unit_test(once_holds_in_a_crowd),
		cmocka_unit_test(two_that_meet_swap),
		cmocka_unit_test(what_is_brought_is_got),
		cmocka_unit_test(want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
