/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker pool: what becomes of jobs when there is room, when there is none, and at the end.
 * Jobs that must be under way for a test wait at a gate, a channel that the test closes. */
#include "callers.h"
#include "snarl_channel/flow.h"
#include "snarl_channel/future.h"
#include "snarl_channel/task.h"

/* How often what was called for the jobs of one test. */
struct tally {
	struct snarl_channel *gate;
	int ran;
	int discarded;
	int destroyed;
};

static struct tally tally;

static void count_up(int *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_SEQ_CST);
}

static int load(int *what)
{
	return __atomic_load_n(what, __ATOMIC_SEQ_CST);
}

static void begin(void)
{
	tally = (struct tally){.gate = snarl_channel_new(0, 0)};
	assert_non_null(tally.gate);
}

static void end(void)
{
	snarl_channel_release(tally.gate);
}

static void count_discarded(void *argument)
{
	(void)argument;
	count_up(&tally.discarded);
}

static void count_destroyed(void *value)
{
	(void)value;
	count_up(&tally.destroyed);
}

static int give_back(void *argument, void **value)
{
	count_up(&tally.ran);
	*value = argument;
	return 0;
}

static int wait_at_gate(void *argument, void **value)
{
	snarl_receive(tally.gate, NULL);
	return give_back(argument, value);
}

static int wait_for_stop(void *argument, void **value)
{
	(void)value;
	count_up(argument);
	return snarl_receive_with(tally.gate, NULL, snarl_task_context());
}

static int fail_with(void *error, void **value)
{
	*value = error;
	return *(int *)error;
}

static const struct snarl_job quick = {give_back, NULL, count_discarded, count_destroyed};
static const struct snarl_job gated = {wait_at_gate, NULL, count_discarded, count_destroyed};

static struct snarl_pool *make(unsigned workers, size_t capacity, enum snarl_when_full full)
{
	struct snarl_pool *p = snarl_pool_new("worker", workers, capacity, full, NULL);

	assert_non_null(p);
	return p;
}

static struct snarl_pool_statistics look(struct snarl_pool *p)
{
	struct snarl_pool_statistics s;

	assert_int_equal(snarl_pool_statistics(p, &s), 0);
	return s;
}

static void await_running(struct snarl_pool *p, uint64_t running)
{
	int64_t deadline = snarl_in(PATIENCE);

	while (look(p).running != running)
		pause_a_moment(deadline);
}

/* A pool of one worker, which is at a gated job, with `capacity` gated ones queued. */
static struct snarl_pool *make_full(size_t capacity, enum snarl_when_full full)
{
	struct snarl_pool *p = make(1, capacity, full);

	/* An unbuffered queue takes a job only once the worker is there to receive it. */
	while (snarl_pool_submit(p, &gated, NULL) == -EAGAIN)
		pause_a_moment(INT64_MAX);
	await_running(p, 1);
	for (size_t i = 0; i < capacity; i++)
		assert_int_equal(snarl_pool_submit(p, &gated, NULL), 0);
	assert_int_equal(look(p).queued, capacity);
	return p;
}

static void open_and_close(struct snarl_pool *p)
{
	assert_int_equal(snarl_channel_close(tally.gate), 0);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	snarl_pool_release(p);
	end();
}

static void each_job_gives_its_result(void **state)
{
	struct snarl_future *futures[100];
	struct snarl_pool *p = make(3, 4, SNARL_FULL_BLOCK);
	int numbers[100];
	void *value;

	(void)state;
	begin();
	for (int i = 0; i < 100; i++) {
		struct snarl_job job = {give_back, &numbers[i], NULL, count_destroyed};
		assert_int_equal(snarl_pool_submit(p, &job, &futures[i]), 0);
	}
	for (int i = 0; i < 100; i++) {
		assert_int_equal(snarl_future_get_until(futures[i], &value, snarl_in(PATIENCE)), 0);
		assert_ptr_equal(value, &numbers[i]);
	}
	assert_int_equal(look(p).done, 100);
	assert_int_equal(look(p).running, 0);
	assert_int_equal(load(&tally.destroyed), 0);
	for (int i = 0; i < 100; i++)
		snarl_future_release(futures[i]);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	assert_int_equal(load(&tally.destroyed), 100);
	snarl_pool_release(p);
	end();
}

static void without_a_future_the_value_is_destroyed(void **state)
{
	struct snarl_pool *p = make(1, 1, SNARL_FULL_BLOCK);
	int io = -EIO, odd = 5;
	struct snarl_job fails = {fail_with, &io, NULL, count_destroyed};
	struct snarl_job fails_oddly = {fail_with, &odd, NULL, count_destroyed};
	struct snarl_future *future, *oddly;

	(void)state;
	begin();
	assert_int_equal(snarl_pool_submit(p, &quick, NULL), 0);
	assert_int_equal(snarl_pool_submit(p, &fails, NULL), 0);
	assert_int_equal(snarl_pool_submit(p, &fails, &future), 0);
	assert_int_equal(snarl_pool_submit(p, &fails_oddly, &oddly), 0);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	assert_int_equal(load(&tally.destroyed), 1);
	assert_int_equal(snarl_future_try_get(future, NULL), -EIO);
	assert_int_equal(snarl_future_try_get(oddly, NULL), -EINVAL);
	snarl_future_release(future);
	snarl_future_release(oddly);
	assert_int_equal(load(&tally.destroyed), 1);
	snarl_pool_release(p);
	end();
}

static int submit_one(void *pool)
{
	return snarl_pool_submit(pool, &quick, NULL);
}

static void a_full_pool_makes_its_submitter_wait(void **state)
{
	struct snarl_context *ended = snarl_context_with_cancel(NULL);
	struct snarl_pool *p;
	struct caller c;

	(void)state;
	begin();
	snarl_context_cancel(ended);
	p = make_full(1, SNARL_FULL_BLOCK);
	assert_int_equal(snarl_pool_try_submit(p, &quick, NULL), -EAGAIN);
	assert_int_equal(snarl_pool_submit_until(p, &quick, NULL, snarl_now()), -ETIMEDOUT);
	assert_int_equal(snarl_pool_submit_with(p, &quick, NULL, ended), -ECANCELED);
	start_blocked(&c, submit_one, p);
	snarl_channel_close(tally.gate);
	assert_int_equal(end_call(&c), 0);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	assert_int_equal(load(&tally.ran), 3);
	assert_int_equal(load(&tally.discarded), 0);
	snarl_pool_release(p);
	snarl_context_release(ended);
	end();
}

static void a_full_pool_may_reject(void **state)
{
	struct snarl_future *none = NULL;
	struct snarl_pool *p;

	(void)state;
	begin();
	p = make_full(2, SNARL_FULL_REJECT);
	assert_int_equal(snarl_pool_submit(p, &quick, &none), -EAGAIN);
	assert_null(none);
	assert_int_equal(load(&tally.discarded), 0);
	assert_int_equal(look(p).dropped, 0);
	open_and_close(p);
	assert_int_equal(load(&tally.ran), 3);
}

static void without_a_queue_only_a_free_worker_takes_a_job(void **state)
{
	struct snarl_pool *p;

	(void)state;
	begin();
	p = make_full(0, SNARL_FULL_REJECT);
	assert_int_equal(snarl_pool_submit(p, &quick, NULL), -EAGAIN);
	open_and_close(p);
	assert_int_equal(load(&tally.ran), 1);
}

static void a_full_pool_may_drop_the_newest(void **state)
{
	struct snarl_future *future;
	struct snarl_pool *p;

	(void)state;
	begin();
	p = make_full(1, SNARL_FULL_DROP_NEWEST);
	assert_int_equal(snarl_pool_submit(p, &quick, &future), 1);
	assert_int_equal(snarl_future_try_get(future, NULL), -ECANCELED);
	assert_int_equal(snarl_pool_try_submit(p, &quick, NULL), 1);
	assert_int_equal(load(&tally.discarded), 2);
	assert_int_equal(look(p).dropped, 2);
	assert_int_equal(look(p).queued, 1);
	snarl_future_release(future);
	open_and_close(p);
	assert_int_equal(load(&tally.ran), 2);
}

static void a_full_pool_may_drop_the_oldest(void **state)
{
	struct snarl_future *first, *second, *third;
	struct snarl_pool *p = make(1, 2, SNARL_FULL_DROP_OLDEST);

	(void)state;
	begin();
	assert_int_equal(snarl_pool_submit(p, &gated, NULL), 0);
	await_running(p, 1);
	assert_int_equal(snarl_pool_submit(p, &quick, &first), 0);
	assert_int_equal(snarl_pool_submit(p, &quick, &second), 0);
	assert_int_equal(snarl_pool_submit(p, &quick, &third), 1);
	assert_int_equal(snarl_future_try_get(first, NULL), -ECANCELED);
	assert_int_equal(snarl_future_try_get(second, NULL), -EAGAIN);
	assert_int_equal(load(&tally.discarded), 1);
	open_and_close(p);
	assert_int_equal(snarl_future_try_get(second, NULL), 0);
	assert_int_equal(snarl_future_try_get(third, NULL), 0);
	assert_int_equal(load(&tally.ran), 3);
	snarl_future_release(first);
	snarl_future_release(second);
	snarl_future_release(third);
}

static void shutdown_drains(void **state)
{
	struct snarl_pool *p;
	struct caller c;

	(void)state;
	begin();
	p = make_full(3, SNARL_FULL_BLOCK);
	start_blocked(&c, submit_one, p);
	assert_int_equal(snarl_pool_try_shutdown(p), -EAGAIN);
	assert_int_equal(end_call(&c), -EPIPE);
	assert_int_equal(snarl_pool_submit(p, &quick, NULL), -EPIPE);
	assert_int_equal(look(p).queued, 3);
	snarl_channel_close(tally.gate);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	assert_int_equal(snarl_pool_try_shutdown(p), 0);
	assert_int_equal(load(&tally.ran), 4);
	assert_int_equal(look(p).done, 4);
	assert_int_equal(look(p).dropped, 0);
	snarl_pool_release(p);
	end();
}

static void the_deadline_of_a_shutdown_stops_the_running(void **state)
{
	struct snarl_pool *p = make(2, 4, SNARL_FULL_BLOCK);
	struct snarl_job stoppable = {wait_for_stop, &tally.ran, count_discarded, NULL};
	struct snarl_future *running[2], *queued;

	(void)state;
	begin();
	assert_int_equal(snarl_pool_submit(p, &stoppable, &running[0]), 0);
	assert_int_equal(snarl_pool_submit(p, &stoppable, &running[1]), 0);
	await_running(p, 2);
	assert_int_equal(snarl_pool_submit(p, &stoppable, &queued), 0);
	assert_int_equal(snarl_pool_shutdown_until(p, snarl_now()), -ETIMEDOUT);
	assert_int_equal(snarl_future_get_until(running[0], NULL, snarl_in(PATIENCE)), -ECANCELED);
	assert_int_equal(snarl_future_get_until(running[1], NULL, snarl_in(PATIENCE)), -ECANCELED);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	assert_int_equal(snarl_future_try_get(queued, NULL), -ECANCELED);
	assert_int_equal(load(&tally.ran), 2);
	assert_int_equal(load(&tally.discarded), 1);
	assert_int_equal(look(p).done, 2);
	assert_int_equal(look(p).dropped, 1);
	for (int i = 0; i < 2; i++)
		snarl_future_release(running[i]);
	snarl_future_release(queued);
	snarl_pool_release(p);
	end();
}

/* Queued jobs do not wait for a running one that does not obey. */
static void a_cancelled_shutdown_drops_the_queued_at_once(void **state)
{
	struct snarl_context *ended = snarl_context_with_cancel(NULL);
	struct snarl_pool *p;

	(void)state;
	begin();
	snarl_context_cancel(ended);
	p = make_full(3, SNARL_FULL_BLOCK);
	assert_int_equal(snarl_pool_shutdown_with(p, ended), -ECANCELED);
	assert_int_equal(load(&tally.discarded), 3);
	assert_int_equal(look(p).queued, 0);
	assert_int_equal(look(p).running, 1);
	open_and_close(p);
	assert_int_equal(load(&tally.ran), 1);
	snarl_context_release(ended);
}

static int shut_own_down(void *pool, void **value)
{
	*value = pool;
	return snarl_pool_shutdown(pool);
}

static void a_worker_cannot_wait_for_its_own_pool(void **state)
{
	struct snarl_pool *p = make(1, 1, SNARL_FULL_BLOCK);
	struct snarl_job job = {shut_own_down, p, NULL, NULL};
	struct snarl_future *future;

	(void)state;
	assert_int_equal(snarl_pool_submit(p, &job, &future), 0);
	assert_int_equal(snarl_future_get_until(future, NULL, snarl_in(PATIENCE)), -EDEADLK);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	snarl_future_release(future);
	snarl_pool_release(p);
}

static void a_released_pool_does_what_it_has(void **state)
{
	struct snarl_future *last;
	struct snarl_pool *p;

	(void)state;
	begin();
	p = make_full(2, SNARL_FULL_DROP_OLDEST);
	assert_ptr_equal(snarl_pool_retain(p), p);
	snarl_pool_release(p);
	assert_int_equal(snarl_pool_submit(p, &quick, &last), 1);
	snarl_pool_release(p);
	snarl_channel_close(tally.gate);
	assert_int_equal(snarl_future_get_until(last, NULL, snarl_in(PATIENCE)), 0);
	assert_int_equal(load(&tally.ran), 3);
	snarl_future_release(last);
	end();
}

static void the_end_of_its_context_ends_a_pool(void **state)
{
	struct snarl_context *parent = snarl_context_with_cancel(NULL);
	struct snarl_pool *p = snarl_pool_new(NULL, 1, 2, SNARL_FULL_BLOCK, parent);
	struct snarl_job stoppable = {wait_for_stop, &tally.ran, count_discarded, NULL};
	struct snarl_future *running, *queued;

	(void)state;
	begin();
	assert_int_equal(snarl_pool_submit(p, &stoppable, &running), 0);
	await_running(p, 1);
	assert_int_equal(snarl_pool_submit(p, &quick, &queued), 0);
	snarl_context_cancel(parent);
	assert_int_equal(snarl_future_get_until(running, NULL, snarl_in(PATIENCE)), -ECANCELED);
	assert_int_equal(snarl_future_get_until(queued, NULL, snarl_in(PATIENCE)), -ECANCELED);
	assert_int_equal(snarl_pool_submit(p, &quick, NULL), -ECANCELED);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	assert_int_equal(load(&tally.discarded), 1);
	snarl_future_release(running);
	snarl_future_release(queued);
	snarl_pool_release(p);
	snarl_context_release(parent);
	end();
}

#define SUBMITTERS 4
#define JOBS 2000

static int submit_many(void *pool)
{
	int dropped = 0;

	for (int i = 0; i < JOBS; i++)
		dropped += snarl_pool_submit(pool, &quick, NULL);
	return dropped;
}

/* Every job is run or dropped, once. */
static void none_is_lost(void **state)
{
	static const enum snarl_when_full policies[] = {SNARL_FULL_BLOCK, SNARL_FULL_DROP_NEWEST,
							SNARL_FULL_DROP_OLDEST};

	(void)state;
	for (int k = 0; k < 3; k++) {
		struct snarl_pool *p = make(2, 8, policies[k]);
		struct caller callers[SUBMITTERS];
		int dropped = 0;
		begin();
		for (int i = 0; i < SUBMITTERS; i++)
			start_call(&callers[i], submit_many, p);
		for (int i = 0; i < SUBMITTERS; i++)
			dropped += end_call(&callers[i]);
		assert_int_equal(snarl_pool_shutdown(p), 0);
		assert_int_equal(load(&tally.ran) + load(&tally.discarded), SUBMITTERS * JOBS);
		assert_int_equal(load(&tally.discarded), dropped);
		assert_int_equal(look(p).done, load(&tally.ran));
		assert_int_equal(look(p).dropped, dropped);
		assert_true(policies[k] != SNARL_FULL_BLOCK || dropped == 0);
		snarl_pool_release(p);
		end();
	}
}

static void misuse_is_refused(void **state)
{
	struct snarl_pool *p = make(1, 1, SNARL_FULL_BLOCK);
	struct snarl_pool_statistics s;
	struct snarl_job nothing = {NULL, NULL, NULL, NULL};

	(void)state;
	assert_null(snarl_pool_new("none", 0, 1, SNARL_FULL_BLOCK, NULL));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_pool_new("none", 1, 0, SNARL_FULL_DROP_OLDEST, NULL));
	assert_null(snarl_pool_new("none", 1, 1, SNARL_FULL_CLOSE, NULL));
	assert_int_equal(snarl_pool_submit(p, &nothing, NULL), -EINVAL);
	assert_int_equal(snarl_pool_submit(p, NULL, NULL), -EINVAL);
	assert_int_equal(snarl_pool_submit(NULL, &quick, NULL), -EINVAL);
	assert_int_equal(snarl_pool_shutdown(NULL), -EINVAL);
	assert_int_equal(snarl_pool_statistics(p, NULL), -EINVAL);
	assert_int_equal(snarl_pool_statistics(NULL, &s), -EINVAL);
	assert_null(snarl_pool_retain(NULL));
	snarl_pool_release(NULL);
	assert_int_equal(snarl_pool_shutdown(p), 0);
	snarl_pool_release(p);
}

static int attempt(void)
{
	struct snarl_pool *p = snarl_pool_new("attempt", 3, 2, SNARL_FULL_BLOCK, NULL);
	struct snarl_future *future = NULL;
	int e = p ? snarl_pool_submit(p, &quick, &future) : -errno;

	if (p)
		assert_int_equal(snarl_pool_shutdown(p), 0);
	assert_int_equal(future != NULL, e == 0);
	snarl_future_release(future);
	snarl_pool_release(p);
	return e;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	begin();
	/* The pool, its queue, its context of two, a task for each worker, the future. */
	assert_int_equal(fail_each_allocation(attempt), 8);
	assert_int_equal(load(&tally.ran), 1);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_job_gives_its_result),
		cmocka_unit_test(without_a_future_the_value_is_destroyed),
		cmocka_unit_test(a_full_pool_makes_its_submitter_wait),
		cmocka_unit_test(a_full_pool_may_reject),
		cmocka_unit_test(without_a_queue_only_a_free_worker_takes_a_job),
		cmocka_unit_test(a_full_pool_may_drop_the_newest),
		cmocka_unit_test(a_full_pool_may_drop_the_oldest),
		cmocka_unit_test(shutdown_drains),
		cmocka_unit_test(the_deadline_of_a_shutdown_stops_the_running),
		cmocka_unit_test(a_cancelled_shutdown_drops_the_queued_at_once),
		cmocka_unit_test(a_worker_cannot_wait_for_its_own_pool),
		cmocka_unit_test(a_released_pool_does_what_it_has),
		cmocka_unit_test(the_end_of_its_context_ends_a_pool),
		cmocka_unit_test(none_is_lost),
		cmocka_unit_test(misuse_is_refused),
		cmocka_unit_test(want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
