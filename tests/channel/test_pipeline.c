/* SPDX-License-Identifier: Apache-2.0
 *
 * Pipelines: what comes out and in which order, what holds them up, and how they end.  An item is a
 * small block of memory, so that one that is lost is found by AddressSanitizer; the count of those
 * that live finds it in every build. */
#include "callers.h"
#include "snarl_channel/flow.h"
#include "snarl_channel/sync.h"
#include "snarl_channel/task.h"

static int alive;

static void *make_item(int number)
{
	int *item = malloc(sizeof(*item));

	assert_non_null(item);
	*item = number;
	__atomic_fetch_add(&alive, 1, __ATOMIC_SEQ_CST);
	return item;
}

static void free_item(void *item)
{
	__atomic_fetch_sub(&alive, 1, __ATOMIC_SEQ_CST);
	free(item);
}

static int number_of(void *item)
{
	int number = *(int *)item;

	free_item(item);
	return number;
}

/* Items may be freed a little after the wait has returned, by the task that leaves last. */
static void await_none_alive(void)
{
	int64_t deadline = snarl_in(PATIENCE);

	while (__atomic_load_n(&alive, __ATOMIC_SEQ_CST))
		pause_a_moment(deadline);
}

static int increment(void *item, void **result, void *unused)
{
	(void)result;
	(void)unused;
	++*(int *)item;
	return 0;
}

static int make_double(void *item, void **result, void *unused)
{
	(void)unused;
	*result = make_item(2 * number_of(item));
	return 0;
}

static int keep_even(void *item, void **result, void *unused)
{
	(void)result;
	(void)unused;
	if (*(int *)item % 2 == 0)
		return 0;
	free_item(item);
	return 1;
}

static int fail_at(void *item, void **result, void *number)
{
	(void)result;
	if (*(int *)item != *(int *)number)
		return 0;
	free_item(item);
	return -EIO;
}

/* Item 0 waits until the gate is closed. */
static int hold_first(void *item, void **result, void *gate)
{
	(void)result;
	if (*(int *)item == 0)
		snarl_receive(gate, NULL);
	return 0;
}

/* Two items must be here at the same time. */
static int meet(void *item, void **result, void *rendezvous)
{
	(void)result;
	if (!snarl_rendezvous_exchange_until(rendezvous, NULL, NULL, snarl_in(PATIENCE)))
		return 0;
	free_item(item);
	return -ETIME;
}

static int until_stopped(void *item, void **result, void *entered)
{
	(void)result;
	snarl_send(entered, NULL);
	snarl_receive(snarl_context_done(snarl_task_context()), NULL);
	free_item(item);
	return -EPIPE;
}

static struct snarl_stage stage(int (*function)(void *, void **, void *), void *argument)
{
	return (struct snarl_stage){
		.function = function, .argument = argument, .discard = free_item};
}

static struct snarl_pipeline *make(const struct snarl_stage *stages, size_t count, size_t capacity)
{
	struct snarl_pipeline *p = snarl_pipeline_new(stages, count, capacity, free_item, NULL);

	assert_non_null(p);
	return p;
}

static void finish(struct snarl_pipeline *p, int result)
{
	assert_int_equal(snarl_pipeline_wait_until(p, snarl_in(PATIENCE)), result);
	snarl_pipeline_release(p);
	await_none_alive();
}

struct feed {
	struct snarl_pipeline *pipeline;
	int count;
};

/* How many were taken, and then closes. */
static int feed_all(void *argument)
{
	struct feed *f = argument;
	int i;

	for (i = 0; i < f->count; i++) {
		void *item = make_item(i);
		if (!snarl_pipeline_send(f->pipeline, item))
			continue;
		free_item(item);
		break;
	}
	snarl_pipeline_close(f->pipeline);
	return i;
}

static int receive_number(struct snarl_pipeline *p)
{
	void *item;
	int e = snarl_pipeline_receive_until(p, &item, snarl_in(PATIENCE));

	return e ? e : number_of(item);
}

#define MANY 2000

static void ordered_stages_keep_the_order(void **state)
{
	struct snarl_stage stages[] = {stage(increment, NULL), stage(make_double, NULL),
				       stage(keep_even, NULL), stage(increment, NULL)};
	struct caller feeder;
	struct feed f = {NULL, MANY};

	(void)state;
	for (int i = 0; i < 4; i++) {
		stages[i].parallel = (unsigned)i;
		stages[i].ordered = 1;
		stages[i].capacity = (size_t)(2 * i);
	}
	f.pipeline = make(stages, 4, 3);
	start_call(&feeder, feed_all, &f);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(receive_number(f.pipeline), 2 * (i + 1) + 1);
	assert_int_equal(receive_number(f.pipeline), -EPIPE);
	assert_int_equal(end_call(&feeder), MANY);
	finish(f.pipeline, 0);
}

/* In an ordered stage, what is not passed on must not hold up the rest. */
static void ordered_stages_may_filter(void **state)
{
	struct snarl_stage filter = stage(keep_even, NULL);
	struct feed f = {NULL, MANY};
	struct caller feeder;

	(void)state;
	filter.parallel = 3;
	filter.ordered = 1;
	f.pipeline = make(&filter, 1, 0);
	start_call(&feeder, feed_all, &f);
	for (int i = 0; i < MANY; i += 2)
		assert_int_equal(receive_number(f.pipeline), i);
	assert_int_equal(receive_number(f.pipeline), -EPIPE);
	assert_int_equal(end_call(&feeder), MANY);
	finish(f.pipeline, 0);
}

static void unordered_stages_lose_nothing(void **state)
{
	struct snarl_stage stages[] = {stage(increment, NULL), stage(increment, NULL)};
	struct feed f = {NULL, MANY};
	char seen[MANY + 2] = {0};
	struct caller feeder;

	(void)state;
	stages[0].parallel = stages[1].parallel = 3;
	stages[1].capacity = 4;
	f.pipeline = make(stages, 2, 0);
	start_call(&feeder, feed_all, &f);
	for (int i = 0; i < MANY; i++) {
		int n = receive_number(f.pipeline);
		assert_in_range(n, 2, MANY + 1);
		assert_int_equal(seen[n]++, 0);
	}
	assert_int_equal(receive_number(f.pipeline), -EPIPE);
	assert_int_equal(end_call(&feeder), MANY);
	finish(f.pipeline, 0);
}

static int receive_one(void *pipeline)
{
	return receive_number(pipeline);
}

/* The second item is done first: it comes first, or waits, as the stage is ordered or not. */
static void overtaking(int ordered, int first)
{
	struct snarl_channel *gate = snarl_channel_new(0, 0);
	struct snarl_stage s = stage(hold_first, gate);
	struct snarl_pipeline *p;
	struct caller c;

	s.parallel = 2;
	s.ordered = ordered;
	p = make(&s, 1, 0);
	assert_int_equal(snarl_pipeline_send(p, make_item(0)), 0);
	assert_int_equal(snarl_pipeline_send(p, make_item(1)), 0);
	start_call(&c, receive_one, p);
	if (ordered) {
		await_blocked(&c);
		snarl_channel_close(gate);
	}
	assert_int_equal(end_call(&c), first);
	if (!ordered)
		snarl_channel_close(gate);
	assert_int_equal(receive_number(p), 1 - first);
	snarl_pipeline_close(p);
	finish(p, 0);
	snarl_channel_release(gate);
}

static void only_unordered_items_overtake(void **state)
{
	(void)state;
	overtaking(0, 1);
	overtaking(1, 0);
}

static void a_parallel_stage_works_on_several(void **state)
{
	struct snarl_rendezvous *r = snarl_rendezvous_new();
	struct snarl_stage s = stage(meet, r);
	struct snarl_pipeline *p;

	(void)state;
	s.parallel = 2;
	s.ordered = 1;
	p = make(&s, 1, 2);
	assert_int_equal(snarl_pipeline_send(p, make_item(5)), 0);
	assert_int_equal(snarl_pipeline_send(p, make_item(6)), 0);
	snarl_pipeline_close(p);
	assert_int_equal(receive_number(p), 5);
	assert_int_equal(receive_number(p), 6);
	finish(p, 0);
	snarl_rendezvous_release(r);
}

static int send_item(void *pipeline)
{
	void *item = make_item(99);
	int e = snarl_pipeline_send(pipeline, item);

	if (e)
		free_item(item);
	return e;
}

/* What may wait before the stages and at the end, and one in the hands of each task. */
#define ROOM (2 + 1 + 3 + 1 + 4)

static void back_pressure_reaches_the_source(void **state)
{
	struct snarl_context *ended = snarl_context_with_cancel(NULL);
	struct snarl_stage stages[] = {stage(increment, NULL), stage(increment, NULL)};
	struct snarl_pipeline *p;
	struct caller c;
	int spare = 0;

	(void)state;
	snarl_context_cancel(ended);
	stages[0].capacity = 2;
	stages[1].capacity = 3;
	p = make(stages, 2, 4);
	for (int i = 0; i < ROOM; i++)
		assert_int_equal(snarl_pipeline_send_until(p, make_item(i), snarl_in(PATIENCE)), 0);
	start_blocked(&c, send_item, p);
	assert_int_equal(snarl_pipeline_try_send(p, &spare), -EAGAIN);
	assert_int_equal(snarl_pipeline_send_until(p, &spare, snarl_now()), -ETIMEDOUT);
	assert_int_equal(snarl_pipeline_send_with(p, &spare, ended), -ECANCELED);
	assert_int_equal(receive_number(p), 2);
	assert_int_equal(end_call(&c), 0);
	snarl_pipeline_close(p);
	for (int i = 1; i < ROOM; i++)
		assert_int_equal(receive_number(p), i + 2);
	assert_int_equal(receive_number(p), 99 + 2);
	finish(p, 0);
	snarl_context_release(ended);
}

static void the_first_error_ends_it_all(void **state)
{
	int five = 5;
	struct snarl_stage stages[] = {stage(increment, NULL), stage(fail_at, &five),
				       stage(increment, NULL)};
	struct feed f = {NULL, MANY};
	struct caller feeder;
	void *item;

	(void)state;
	stages[0].capacity = 8;
	stages[0].parallel = 2;
	stages[0].ordered = 1;
	f.pipeline = make(stages, 3, MANY);
	start_call(&feeder, feed_all, &f);
	assert_int_equal(snarl_pipeline_wait(f.pipeline), -EIO);
	assert_true(end_call(&feeder) < MANY);
	assert_int_equal(snarl_pipeline_receive(f.pipeline, &item), -EIO);
	assert_int_equal(snarl_pipeline_try_receive(f.pipeline, &item), -EIO);
	assert_int_equal(snarl_pipeline_send(f.pipeline, NULL), -EIO);
	assert_int_equal(snarl_pipeline_cancel(f.pipeline, -ENOENT), 0);
	finish(f.pipeline, -EIO);
}

/* A stage's own -EPIPE is an error, not the end. */
static void cancelling_stops_the_stages(void **state)
{
	struct snarl_channel *entered = snarl_channel_new(0, 0);
	struct snarl_stage s = stage(until_stopped, entered);
	struct snarl_pipeline *p;
	struct caller c;

	(void)state;
	s.parallel = 2;
	s.capacity = 3;
	p = make(&s, 1, 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(snarl_pipeline_send(p, make_item(i)), 0);
	assert_int_equal(snarl_receive(entered, NULL), 0);
	assert_int_equal(snarl_receive(entered, NULL), 0);
	start_blocked(&c, receive_one, p);
	assert_int_equal(snarl_pipeline_try_wait(p), -EAGAIN);
	assert_int_equal(snarl_pipeline_wait_until(p, snarl_now()), -ETIMEDOUT);
	assert_int_equal(snarl_pipeline_cancel(p, 1), -EINVAL);
	assert_int_equal(snarl_pipeline_cancel(p, -ENOLINK), 0);
	assert_int_equal(end_call(&c), -ENOLINK);
	finish(p, -ENOLINK);
	snarl_channel_release(entered);
}

static void the_end_of_its_context_ends_it(void **state)
{
	struct snarl_context *parent = snarl_context_with_cancel(NULL);
	struct snarl_stage s = stage(increment, NULL);
	struct snarl_pipeline *p = snarl_pipeline_new(&s, 1, 1, free_item, parent);
	struct caller c;

	(void)state;
	assert_int_equal(snarl_pipeline_send(p, make_item(1)), 0);
	assert_int_equal(receive_number(p), 2);
	start_blocked(&c, receive_one, p);
	snarl_context_cancel_with(parent, -ESHUTDOWN);
	assert_int_equal(end_call(&c), -ECANCELED);
	assert_int_equal(send_item(p), -ECANCELED);
	finish(p, -ECANCELED);
	snarl_context_release(parent);
}

/* Whatever happens afterwards, its results can be received. */
static void a_good_end_stays_good(void **state)
{
	struct snarl_context *parent = snarl_context_with_cancel(NULL);
	struct snarl_stage s = stage(increment, NULL);
	struct snarl_pipeline *p = snarl_pipeline_new(&s, 1, 2, free_item, parent);

	(void)state;
	assert_int_equal(snarl_pipeline_send(p, make_item(1)), 0);
	assert_int_equal(snarl_pipeline_send(p, make_item(2)), 0);
	assert_int_equal(snarl_pipeline_close(p), 0);
	assert_int_equal(snarl_pipeline_close(p), -EALREADY);
	assert_int_equal(snarl_pipeline_wait(p), 0);
	assert_int_equal(snarl_pipeline_cancel(p, -EIO), 0);
	snarl_context_cancel(parent);
	assert_int_equal(receive_number(p), 2);
	assert_int_equal(receive_number(p), 3);
	assert_int_equal(receive_number(p), -EPIPE);
	assert_int_equal(send_item(p), -EPIPE);
	finish(p, 0);
	snarl_context_release(parent);
}

static void releasing_cancels(void **state)
{
	struct snarl_channel *entered = snarl_channel_new(0, 0);
	struct snarl_stage stages[] = {stage(increment, NULL), stage(until_stopped, entered)};
	struct snarl_pipeline *p;

	(void)state;
	stages[0].capacity = stages[1].capacity = 4;
	p = make(stages, 2, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(snarl_pipeline_send(p, make_item(i)), 0);
	assert_int_equal(snarl_receive(entered, NULL), 0);
	assert_ptr_equal(snarl_pipeline_retain(p), p);
	snarl_pipeline_release(p);
	assert_int_equal(snarl_pipeline_try_wait(p), -EAGAIN);
	snarl_pipeline_release(p);
	await_none_alive();
	snarl_channel_release(entered);
}

static int wait_for_own(void *item, void **result, void *pipeline)
{
	(void)result;
	free_item(item);
	return snarl_pipeline_wait(*(struct snarl_pipeline **)pipeline);
}

static void a_stage_cannot_wait_for_its_pipeline(void **state)
{
	struct snarl_pipeline *p = NULL;
	struct snarl_stage s = stage(wait_for_own, &p);

	(void)state;
	p = make(&s, 1, 0);
	assert_int_equal(snarl_pipeline_send(p, make_item(1)), 0);
	finish(p, -EDEADLK);
}

static void misuse_is_refused(void **state)
{
	struct snarl_stage s = stage(NULL, NULL), good = stage(increment, NULL);
	struct snarl_pipeline *p = make(&good, 1, 0);

	(void)state;
	assert_null(snarl_pipeline_new(&s, 1, 0, NULL, NULL));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_pipeline_new(&good, 0, 0, NULL, NULL));
	assert_null(snarl_pipeline_new(NULL, 1, 0, NULL, NULL));
	assert_int_equal(snarl_pipeline_receive(p, NULL), -EINVAL);
	assert_int_equal(snarl_pipeline_receive(NULL, NULL), -EINVAL);
	assert_int_equal(snarl_pipeline_send(NULL, NULL), -EINVAL);
	assert_int_equal(snarl_pipeline_close(NULL), -EINVAL);
	assert_int_equal(snarl_pipeline_cancel(NULL, 0), -EINVAL);
	assert_int_equal(snarl_pipeline_wait(NULL), -EINVAL);
	assert_null(snarl_pipeline_retain(NULL));
	snarl_pipeline_release(NULL);
	snarl_pipeline_close(p);
	finish(p, 0);
}

static int attempt(void)
{
	struct snarl_stage stages[] = {stage(increment, NULL), stage(increment, NULL)};
	struct snarl_pipeline *p;

	stages[0].parallel = 2;
	p = snarl_pipeline_new(stages, 2, 1, free_item, NULL);
	if (!p)
		return -errno;
	assert_int_equal(snarl_pipeline_send(p, make_item(1)), 0);
	assert_int_equal(receive_number(p), 3);
	snarl_pipeline_close(p);
	finish(p, 0);
	return 0;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	/* The pipeline, three channels, a context of two, three tasks. */
	assert_int_equal(fail_each_allocation(attempt), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordered_stages_keep_the_order),
		cmocka_unit_test(ordered_stages_may_filter),
		cmocka_unit_test(unordered_stages_lose_nothing),
		cmocka_unit_test(only_unordered_items_overtake),
		cmocka_unit_test(a_parallel_stage_works_on_several),
		cmocka_unit_test(back_pressure_reaches_the_source),
		cmocka_unit_test(the_first_error_ends_it_all),
		cmocka_unit_test(cancelling_stops_the_stages),
		cmocka_unit_test(the_end_of_its_context_ends_it),
		cmocka_unit_test(a_good_end_stays_good),
		cmocka_unit_test(releasing_cancels),
		cmocka_unit_test(a_stage_cannot_wait_for_its_pipeline),
		cmocka_unit_test(misuse_is_refused),
		cmocka_unit_test(want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
