/* SPDX-License-Identifier: Apache-2.0
 *
 * The batcher: when it flushes, what it does while it flushes, and that nothing that was added is
 * lost.  Each flush is told on a channel, so that the tests see batches as they come. */
#include "callers.h"
#include "snarl_channel/flow.h"

#define SIZE 3

struct told {
	int first;
	int count;
};

static struct snarl_channel *flushed; /* of struct told */
static struct snarl_channel *gate;    /* a flush waits here when there is one */
static struct snarl_batcher *current;
static int result; /* of what a flush tried */

static void tell(const void *elements, size_t count, void *argument)
{
	struct told t = {*(const int *)elements, (int)count};
	struct snarl_channel *wait_at = gate; /* the test may go on once it has been told */

	assert_ptr_equal(argument, &flushed);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(((const int *)elements)[i], t.first + (int)i);
	assert_int_equal(snarl_send(flushed, &t), 0);
	if (wait_at)
		snarl_receive(wait_at, NULL);
}

static struct snarl_batch rows(int64_t interval, size_t capacity)
{
	return (struct snarl_batch){.element_size = sizeof(int),
				    .size = SIZE,
				    .interval = interval,
				    .capacity = capacity,
				    .flush = tell,
				    .argument = &flushed};
}

static struct snarl_batcher *make(int64_t interval, size_t capacity, struct snarl_context *context)
{
	struct snarl_batch b = rows(interval, capacity);
	struct snarl_batcher *made = snarl_batcher_new(&b, context);

	assert_non_null(made);
	return made;
}

static int begin(void **state)
{
	(void)state;
	flushed = snarl_channel_new(sizeof(struct told), 100);
	gate = NULL;
	return flushed ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	snarl_channel_release(flushed);
	return 0;
}

static void expect(int first, int count)
{
	struct told t;

	assert_int_equal(snarl_receive_until(flushed, &t, snarl_in(PATIENCE)), 0);
	assert_int_equal(t.first, first);
	assert_int_equal(t.count, count);
}

static void expect_nothing(void)
{
	assert_int_equal(snarl_try_receive(flushed, NULL), -EAGAIN);
}

static void add_numbers(struct snarl_batcher *b, int from, int to)
{
	for (int i = from; i < to; i++)
		assert_int_equal(snarl_batcher_add(b, &i), 0);
}

static void full_batches_go_and_shutdown_flushes_the_rest(void **state)
{
	struct snarl_batcher *b = make(SNARL_FOREVER, 2, NULL);
	int late = 9;

	(void)state;
	add_numbers(b, 0, 2 * SIZE + 1);
	expect(0, SIZE);
	expect(SIZE, SIZE);
	expect_nothing();
	assert_int_equal(snarl_batcher_shutdown(b), 0);
	expect(2 * SIZE, 1);
	assert_int_equal(snarl_batcher_add(b, &late), -EPIPE);
	assert_int_equal(snarl_batcher_shutdown(b), 0);
	assert_int_equal(snarl_batcher_try_shutdown(b), 0);
	expect_nothing();
	snarl_batcher_release(b);
}

/* There is no other reason to flush a batch that is not full. */
static void time_flushes_what_there_is(void **state)
{
	struct snarl_batcher *b = make(SNARL_MILLISECOND, 2, NULL);

	(void)state;
	add_numbers(b, 0, 1);
	expect(0, 1);
	add_numbers(b, 7, 8);
	expect(7, 1);
	assert_int_equal(snarl_batcher_shutdown(b), 0);
	expect_nothing();
	snarl_batcher_release(b);
}

static int add_one(void *batcher)
{
	int number = 3 + 2;

	return snarl_batcher_add(batcher, &number);
}

static void a_full_batcher_makes_its_callers_wait(void **state)
{
	struct snarl_context *ended = snarl_context_with_cancel(NULL);
	struct snarl_batcher *b = make(SNARL_FOREVER, 2, NULL);
	struct caller c;
	int spare = 0;

	(void)state;
	snarl_context_cancel(ended);
	gate = snarl_channel_new(0, 0);
	add_numbers(b, 0, SIZE);
	expect(0, SIZE);
	add_numbers(b, SIZE, SIZE + 2);
	assert_int_equal(snarl_batcher_try_add(b, &spare), -EAGAIN);
	assert_int_equal(snarl_batcher_add_until(b, &spare, snarl_now()), -ETIMEDOUT);
	assert_int_equal(snarl_batcher_add_with(b, &spare, ended), -ECANCELED);
	start_blocked(&c, add_one, b);
	snarl_channel_close(gate);
	assert_int_equal(end_call(&c), 0);
	assert_int_equal(snarl_batcher_shutdown(b), 0);
	expect(SIZE, SIZE);
	expect_nothing();
	snarl_batcher_release(b);
	snarl_channel_release(gate);
	snarl_context_release(ended);
}

static void a_shutdown_may_be_given_up(void **state)
{
	struct snarl_context *ended = snarl_context_with_cancel(NULL);
	struct snarl_batcher *b = make(SNARL_FOREVER, 2, NULL);
	struct caller c;

	(void)state;
	snarl_context_cancel(ended);
	gate = snarl_channel_new(0, 0);
	add_numbers(b, 0, SIZE);
	expect(0, SIZE);
	add_numbers(b, SIZE, SIZE + 2);
	start_blocked(&c, add_one, b);
	assert_int_equal(snarl_batcher_try_shutdown(b), -EAGAIN);
	assert_int_equal(end_call(&c), -EPIPE);
	assert_int_equal(snarl_batcher_shutdown_until(b, snarl_now()), -ETIMEDOUT);
	assert_int_equal(snarl_batcher_shutdown_with(b, ended), -ECANCELED);
	snarl_channel_close(gate);
	assert_int_equal(snarl_batcher_shutdown(b), 0);
	expect(SIZE, 2);
	snarl_batcher_release(b);
	snarl_channel_release(gate);
	snarl_context_release(ended);
}

/* What lies in the queue then, and what is in the batch. */
static void the_end_of_its_context_flushes(void **state)
{
	struct snarl_context *parent = snarl_context_with_cancel(NULL);
	struct snarl_batcher *b = make(SNARL_FOREVER, SIZE + 1, parent);
	int late = 9;

	(void)state;
	gate = snarl_channel_new(0, 0);
	add_numbers(b, 0, SIZE);
	expect(0, SIZE);
	add_numbers(b, SIZE, 2 * SIZE + 1);
	snarl_context_cancel(parent);
	snarl_channel_close(gate);
	expect(SIZE, SIZE);
	expect(2 * SIZE, 1);
	assert_int_equal(snarl_batcher_shutdown(b), 0);
	assert_int_equal(snarl_batcher_add(b, &late), -EPIPE);
	snarl_batcher_release(b);
	snarl_channel_release(gate);
	snarl_context_release(parent);
}

/* A context's deadline is no reason to flush and go on. */
static void the_deadline_of_its_context_ends_it(void **state)
{
	struct snarl_context *parent = snarl_context_with_timeout(NULL, 0);
	struct snarl_batcher *b = make(SNARL_FOREVER, 4, parent);
	int e, number = 0, added = 0;

	(void)state;
	while ((e = snarl_batcher_add(b, &number)) == 0) {
		number++;
		added++;
	}
	assert_int_equal(e, -EPIPE);
	assert_int_equal(snarl_batcher_shutdown(b), 0);
	for (struct told t; snarl_try_receive(flushed, &t) == 0;)
		added -= t.count;
	assert_int_equal(added, 0);
	snarl_batcher_release(b);
	snarl_context_release(parent);
}

static void releasing_flushes(void **state)
{
	struct snarl_batcher *b = make(SNARL_FOREVER, 4, NULL);

	(void)state;
	assert_ptr_equal(snarl_batcher_retain(b), b);
	add_numbers(b, 0, 1);
	snarl_batcher_release(b);
	add_numbers(b, 1, 2);
	snarl_batcher_release(b);
	expect(0, 2);
}

static void add_to_own(const void *elements, size_t count, void *argument)
{
	result = snarl_batcher_add(current, &result);
	tell(elements, count, argument);
}

static void shut_own_down(const void *elements, size_t count, void *argument)
{
	result = snarl_batcher_shutdown(current);
	tell(elements, count, argument);
}

/* What a flush function may not wait for it is told at once. */
static void a_flush_does_not_wait_for_itself(void **state)
{
	struct snarl_batch b = rows(SNARL_FOREVER, 0);
	int number = 1;

	(void)state;
	b.size = 1;
	b.flush = add_to_own;
	current = snarl_batcher_new(&b, NULL);
	assert_int_equal(snarl_batcher_add(current, &number), 0);
	expect(1, 1);
	assert_int_equal(result, -EDEADLK);
	assert_int_equal(snarl_batcher_shutdown(current), 0);
	snarl_batcher_release(current);

	b.flush = shut_own_down;
	current = snarl_batcher_new(&b, NULL);
	assert_int_equal(snarl_batcher_add(current, &number), 0);
	expect(1, 1);
	assert_int_equal(result, -EDEADLK);
	assert_int_equal(snarl_batcher_shutdown(current), 0);
	snarl_batcher_release(current);
}

#define ADDERS 4
#define EACH 5000

static long counted;

static void count_them(const void *elements, size_t count, void *unused)
{
	const char *bytes = elements;

	(void)unused;
	for (size_t i = 0; i < count; i++)
		counted += bytes[i];
}

static int add_many(void *batcher)
{
	char one = 1;
	int e = 0;

	for (int i = 0; i < EACH && !e; i++)
		e = snarl_batcher_add(batcher, &one);
	return e;
}

static void none_is_lost(void **state)
{
	struct snarl_batch b = {.element_size = 1,
				.size = 100,
				.interval = SNARL_MICROSECOND,
				.capacity = 10,
				.flush = count_them};
	struct snarl_batcher *made = snarl_batcher_new(&b, NULL);
	struct caller callers[ADDERS];

	(void)state;
	counted = 0;
	for (int i = 0; i < ADDERS; i++)
		start_call(&callers[i], add_many, made);
	for (int i = 0; i < ADDERS; i++)
		assert_int_equal(end_call(&callers[i]), 0);
	assert_int_equal(snarl_batcher_shutdown(made), 0);
	assert_int_equal(counted, ADDERS * EACH);
	snarl_batcher_release(made);
}

static void refuse(struct snarl_batch b)
{
	errno = 0;
	assert_null(snarl_batcher_new(&b, NULL));
	assert_int_equal(errno, EINVAL);
}

static void misuse_is_refused(void **state)
{
	struct snarl_batch good = rows(1, 0), b;
	struct snarl_batcher *made = make(SNARL_FOREVER, 0, NULL);

	(void)state;
	b = good, b.element_size = 0, refuse(b);
	b = good, b.size = 0, refuse(b);
	b = good, b.size = SIZE_MAX / 2, refuse(b);
	b = good, b.interval = 0, refuse(b);
	b = good, b.flush = NULL, refuse(b);
	assert_null(snarl_batcher_new(NULL, NULL));
	assert_int_equal(snarl_batcher_add(NULL, &b), -EINVAL);
	assert_int_equal(snarl_batcher_add(made, NULL), -EINVAL);
	assert_int_equal(snarl_batcher_shutdown(NULL), -EINVAL);
	assert_null(snarl_batcher_retain(NULL));
	snarl_batcher_release(NULL);
	assert_int_equal(snarl_batcher_shutdown(made), 0);
	snarl_batcher_release(made);
}

static int attempt(void)
{
	struct snarl_batch b = rows(SNARL_FOREVER, 4);
	struct snarl_batcher *made = snarl_batcher_new(&b, NULL);

	if (!made)
		return -errno;
	add_numbers(made, 0, 2);
	assert_int_equal(snarl_batcher_shutdown(made), 0);
	expect(0, 2);
	snarl_batcher_release(made);
	return 0;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	/* The batcher, its queue, its task. */
	assert_int_equal(fail_each_allocation(attempt), 3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(full_batches_go_and_shutdown_flushes_the_rest),
		TEST(time_flushes_what_there_is),
		TEST(a_full_batcher_makes_its_callers_wait),
		TEST(a_shutdown_may_be_given_up),
		TEST(the_end_of_its_context_flushes),
		TEST(the_deadline_of_its_context_ends_it),
		TEST(releasing_flushes),
		TEST(a_flush_does_not_wait_for_itself),
		TEST(none_is_lost),
		TEST(misuse_is_refused),
		TEST(want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
