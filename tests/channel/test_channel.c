/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of channels, one by one: Go's, and those of deadlines, errors and elements. */
#include "peers.h"
#include <sys/wait.h>
#include <unistd.h>

SNARL_CHANNEL_OF(ints, int);

static void a_new_channel_is_as_asked_for(void **state)
{
	struct snarl_channel *c = snarl_channel_new(12, 5);

	(void)state;
	assert_non_null(c);
	assert_int_equal(snarl_channel_element_size(c), 12);
	assert_int_equal(snarl_channel_capacity(c), 5);
	assert_int_equal(snarl_channel_length(c), 0);
	assert_false(snarl_channel_is_closed(c));
	assert_ptr_equal(snarl_channel_retain(c), c);
	snarl_channel_release(c);
	assert_int_equal(snarl_channel_capacity(c), 5);
	snarl_channel_release(c);
	snarl_channel_release(NULL);
	assert_null(snarl_channel_retain(NULL));
}

static void sizes_that_overflow_are_refused(void **state)
{
	(void)state;
	errno = 0;
	assert_null(snarl_channel_new(8, SIZE_MAX / 4));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(snarl_channel_new(1, SIZE_MAX - 8));
	assert_int_equal(errno, EINVAL);
}

static void a_buffer_keeps_order_and_its_bound(void **state)
{
	struct snarl_channel *c = longs(3);
	long value;

	(void)state;
	/* Several times round, from every offset. */
	for (long round = 0; round < 7; round++) {
		for (long i = 0; i < 3; i++) {
			value = round * 10 + i;
			assert_int_equal(snarl_send(c, &value), 0);
			assert_int_equal(snarl_channel_length(c), i + 1);
		}
		value = 99;
		assert_int_equal(snarl_try_send(c, &value), -EAGAIN);
		for (long i = 0; i < 3; i++) {
			assert_int_equal(snarl_receive(c, &value), 0);
			assert_int_equal(value, round * 10 + i);
		}
		assert_int_equal(snarl_try_receive(c, &value), -EAGAIN);
		value = round;
		assert_int_equal(snarl_try_send(c, &value), 0);
		assert_int_equal(snarl_try_receive(c, &value), 0);
	}
	snarl_channel_release(c);
}

static void an_unbuffered_try_needs_a_peer(void **state)
{
	struct snarl_channel *c = longs(0);
	struct peer receiver = {0}, sender = {0};
	long value = 7;

	(void)state;
	assert_int_equal(snarl_try_send(c, &value), -EAGAIN);
	assert_int_equal(snarl_try_receive(c, &value), -EAGAIN);
	start_receiver(&receiver, c, 1);
	assert_int_equal(snarl_try_send(c, &value), 0);
	assert_int_equal(finish(&receiver), 0);
	assert_int_equal(receiver.value, 7);
	start_sender(&sender, c, 8, 1);
	assert_int_equal(snarl_channel_length(c), 0);
	assert_int_equal(snarl_try_receive(c, &value), 0);
	assert_int_equal(value, 8);
	assert_int_equal(finish(&sender), 0);
	snarl_channel_release(c);
}

static void a_waiting_sender_enters_when_there_is_room(void **state)
{
	struct snarl_channel *c = longs(2);
	struct peer senders[2] = {0};
	long value;

	(void)state;
	for (value = 0; value < 2; value++)
		snarl_send(c, &value);
	start_sender(&senders[0], c, 2, 1);
	start_sender(&senders[1], c, 3, 2);
	for (long i = 0; i < 4; i++) {
		assert_int_equal(snarl_try_receive(c, &value), 0);
		assert_int_equal(value, i);
		assert_int_equal(snarl_channel_length(c), i < 2 ? 2 : 3 - i);
	}
	assert_int_equal(finish(&senders[0]), 0);
	assert_int_equal(finish(&senders[1]), 0);
	snarl_channel_release(c);
}

static void a_closed_channel_is_drained_first(void **state)
{
	struct snarl_channel *c = longs(3);
	long value = 5;

	(void)state;
	snarl_send(c, &value);
	value = 6;
	snarl_send(c, &value);
	assert_int_equal(snarl_channel_close(c), 0);
	assert_true(snarl_channel_is_closed(c));
	assert_int_equal(snarl_send(c, &value), -EPIPE);
	assert_int_equal(snarl_try_send(c, &value), -EPIPE);
	assert_int_equal(snarl_channel_length(c), 2);
	assert_int_equal(snarl_receive(c, &value), 0);
	assert_int_equal(value, 5);
	assert_int_equal(snarl_try_receive(c, &value), 0);
	assert_int_equal(value, 6);
	value = 77;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(snarl_receive(c, &value), -EPIPE);
		assert_int_equal(snarl_try_receive(c, &value), -EPIPE);
		assert_int_equal(snarl_receive_until(c, &value, 0), -EPIPE);
	}
	assert_int_equal(value, 77);
	assert_int_equal(snarl_channel_close(c), -EALREADY);
	assert_int_equal(snarl_channel_close(NULL), -EINVAL);
	snarl_channel_release(c);
}

static void closing_wakes_all_receivers(void **state)
{
	struct snarl_channel *c = longs(1);
	struct peer peers[4] = {0};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		start_receiver(&peers[i], c, i + 1);
	assert_int_equal(snarl_channel_close(c), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(finish(&peers[i]), -EPIPE);
		assert_int_equal(peers[i].value, -1);
	}
	snarl_channel_release(c);
}

static void closing_wakes_all_senders_and_keeps_what_was_sent(void **state)
{
	struct snarl_channel *c = longs(1);
	struct peer peers[3] = {0};
	long value = 1;

	(void)state;
	snarl_send(c, &value);
	for (size_t i = 0; i < 3; i++)
		start_sender(&peers[i], c, 10, i + 1);
	assert_int_equal(snarl_channel_close(c), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(finish(&peers[i]), -EPIPE);
	assert_int_equal(snarl_receive(c, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(snarl_receive(c, &value), -EPIPE);
	snarl_channel_release(c);
}

static void a_null_channel_is_never_ready(void **state)
{
	long value = 1;

	(void)state;
	assert_int_equal(snarl_try_send(NULL, &value), -EAGAIN);
	assert_int_equal(snarl_try_receive(NULL, &value), -EAGAIN);
	assert_int_equal(snarl_send_until(NULL, &value, snarl_in(1000)), -ETIMEDOUT);
	assert_int_equal(snarl_receive_until(NULL, &value, INT64_MIN), -ETIMEDOUT);
	assert_int_equal(snarl_channel_length(NULL), 0);
	assert_int_equal(snarl_channel_capacity(NULL), 0);
	assert_int_equal(snarl_channel_element_size(NULL), 0);
	assert_int_equal(snarl_channel_is_closed(NULL), 0);
}

static void a_deadline_leaves_nothing_behind(void **state)
{
	struct snarl_channel *c = longs(0);
	int64_t deadline = snarl_in(2 * SNARL_MILLISECOND);
	long value = 1;

	(void)state;
	assert_int_equal(snarl_send_until(c, &value, deadline), -ETIMEDOUT);
	assert_true(snarl_now() >= deadline);
	assert_int_equal(snarl_receive_until(c, &value, snarl_in(1000)), -ETIMEDOUT);
	assert_int_equal(snarl_receive_until(c, &value, 0), -ETIMEDOUT);
	assert_int_equal(snarl_receive_until(c, &value, -5), -ETIMEDOUT);
	assert_int_equal(snarl_channel_test_waiters(c, SNARL_SEND), 0);
	assert_int_equal(snarl_channel_test_waiters(c, SNARL_RECEIVE), 0);
	assert_int_equal(snarl_try_send(c, &value), -EAGAIN);
	assert_int_equal(snarl_try_receive(c, &value), -EAGAIN);
	snarl_channel_release(c);
}

static void a_passed_deadline_lets_the_possible_happen(void **state)
{
	struct snarl_channel *c = longs(1);
	long value = 3;

	(void)state;
	assert_int_equal(snarl_send_until(c, &value, 0), 0);
	assert_int_equal(snarl_send_until(c, &value, 0), -ETIMEDOUT);
	assert_int_equal(snarl_receive_until(c, &value, INT64_MIN), 0);
	snarl_channel_release(c);
}

static void one_that_gave_up_does_not_stop_the_queue(void **state)
{
	struct snarl_channel *c = longs(0);
	struct peer first = {0}, middle = {.deadline = snarl_in(20 * SNARL_MILLISECOND)},
		    last = {0};
	long value;

	(void)state;
	start_receiver(&first, c, 1);
	middle.channel = c;
	start(&middle, receive_body);
	assert_int_equal(finish(&middle), -ETIMEDOUT);
	start_receiver(&last, c, 2);
	for (value = 1; value <= 2; value++)
		assert_int_equal(snarl_try_send(c, &value), 0);
	assert_int_equal(snarl_try_send(c, &value), -EAGAIN);
	finish(&first);
	finish(&last);
	assert_int_equal(first.value, 1);
	assert_int_equal(last.value, 2);
	snarl_channel_release(c);
}

enum { MANY = 12 };

static void receivers_are_served_in_order(void **state)
{
	struct snarl_channel *c = longs(0);
	struct peer peers[MANY] = {0};

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		start_receiver(&peers[i], c, i + 1);
	for (long i = 0; i < MANY; i++)
		assert_int_equal(snarl_try_send(c, &i), 0);
	for (long i = 0; i < MANY; i++) {
		assert_int_equal(finish(&peers[i]), 0);
		assert_int_equal(peers[i].value, i);
	}
	snarl_channel_release(c);
}

static void senders_are_served_in_order(void **state)
{
	(void)state;
	for (size_t capacity = 0; capacity < 3; capacity++) {
		struct snarl_channel *c = longs(capacity);
		struct peer peers[MANY] = {0};
		long value;

		for (size_t i = 0; i < MANY; i++) {
			peers[i].channel = c;
			peers[i].value = (long)i;
			start(&peers[i], send_body);
			if (i < capacity)
				finish(&peers[i]);
			else
				await_waiters(c, SNARL_SEND, i - capacity + 1);
		}
		for (long i = 0; i < MANY; i++) {
			assert_int_equal(snarl_try_receive(c, &value), 0);
			assert_int_equal(value, i);
		}
		for (size_t i = capacity; i < MANY; i++)
			assert_int_equal(finish(&peers[i]), 0);
		snarl_channel_release(c);
	}
}

/* A thread that sends or receives one large element. */
struct parcel {
	pthread_t thread;
	struct snarl_channel *channel;
	unsigned char bytes[4096 + 1];
	int sends, result;
};

static void *carry(void *argument)
{
	struct parcel *p = argument;

	p->result =
		p->sends ? snarl_send(p->channel, p->bytes) : snarl_receive(p->channel, p->bytes);
	return NULL;
}

static void fill(unsigned char *bytes, size_t n, unsigned salt)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(i * 7 + salt);
}

/* Passes one element by way of a thread that waits on one side, and looks at each byte of it. */
static void pass(size_t size, int sends)
{
	struct parcel there = {.channel = snarl_channel_new(size, 0), .sends = sends};
	unsigned char here[4096 + 1];
	unsigned char *from = sends ? there.bytes : here, *to = sends ? here : there.bytes;

	memset(to, 0xee, sizeof(here));
	fill(from, size, (unsigned)size);
	assert_int_equal(pthread_create(&there.thread, NULL, carry, &there), 0);
	await_waiters(there.channel, sends ? SNARL_SEND : SNARL_RECEIVE, 1);
	assert_int_equal(sends ? snarl_try_receive(there.channel, here)
			       : snarl_try_send(there.channel, here),
			 0);
	pthread_join(there.thread, NULL);
	assert_int_equal(there.result, 0);
	assert_memory_equal(from, to, size);
	assert_int_equal(to[size], 0xee);
	snarl_channel_release(there.channel);
}

static void elements_of_every_size_arrive_whole(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 24, 100, 4096};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct snarl_channel *c = snarl_channel_new(sizes[i], 2);
		unsigned char in[4096], out[4096 + 1];

		pass(sizes[i], 0);
		pass(sizes[i], 1);
		fill(in, sizes[i], 3);
		memset(out, 0xee, sizeof(out));
		assert_int_equal(snarl_try_send(c, in), 0);
		assert_int_equal(snarl_try_receive(c, out), 0);
		assert_memory_equal(in, out, sizes[i]);
		assert_int_equal(out[sizes[i]], 0xee);
		snarl_channel_release(c);
	}
}

static void a_receiver_may_drop_the_element(void **state)
{
	struct snarl_channel *c = longs(1), *u = longs(0);
	struct peer sender = {0};
	long value = 1;

	(void)state;
	snarl_send(c, &value);
	assert_int_equal(snarl_receive(c, NULL), 0);
	assert_int_equal(snarl_channel_length(c), 0);
	start_sender(&sender, u, 1, 1);
	assert_int_equal(snarl_receive(u, NULL), 0);
	finish(&sender);
	snarl_channel_release(c);
	snarl_channel_release(u);
}

static void typed_channels_are_the_same_channels(void **state)
{
	struct ints *c = ints_new(2);
	int v = 0;
	struct snarl_case cases[] = {ints_receive_case(c, &v)};

	(void)state;
	assert_int_equal(snarl_channel_element_size(ints_channel(c)), sizeof(int));
	assert_int_equal(ints_send(c, 4), 0);
	assert_int_equal(ints_try_send(c, 5), 0);
	assert_int_equal(ints_send_until(c, 6, 0), -ETIMEDOUT);
	assert_int_equal(ints_length(c), 2);
	assert_int_equal(snarl_try_select(cases, 1), 0);
	assert_int_equal(v, 4);
	assert_int_equal(ints_receive(c, &v), 0);
	assert_int_equal(v, 5);
	assert_int_equal(ints_try_receive(c, &v), -EAGAIN);
	assert_int_equal(ints_close(c), 0);
	assert_int_equal(ints_receive_until(c, &v, 0), -EPIPE);
	ints_release(c);
}

static void a_failed_allocation_is_told(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct snarl_channel *c;

		errno = 0;
		snarl_channel_test_fail_allocation(1);
		c = kind == 0   ? snarl_channel_new(8, 2)
		    : kind == 1 ? snarl_after(5)
				: snarl_ticker_new(5);
		assert_null(c);
		assert_int_equal(errno, ENOMEM);
		assert_int_equal(snarl_channel_test_fail_allocation(0), 0);
	}
}

/* How a child ends that does this with misuse made fatal. */
static int end_of(void (*misuse)(struct snarl_channel *))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		struct snarl_channel *c = snarl_channel_new(sizeof(long), 1);

		close(2);
		snarl_channel_abort_on_misuse(1);
		snarl_channel_close(c);
		misuse(c);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void close_again(struct snarl_channel *c)
{
	snarl_channel_close(c);
}

static void send_late(struct snarl_channel *c)
{
	long value = 1;

	snarl_try_send(c, &value);
}

static void select_late(struct snarl_channel *c)
{
	long value = 1;
	struct snarl_case sends[] = {{c, &value, SNARL_SEND, 0}};

	snarl_select(sends, 1);
}

static void receive_late(struct snarl_channel *c)
{
	long value;

	snarl_receive(c, &value);
}

static void misuse_aborts_when_asked_to(void **state)
{
	(void)state;
	assert_int_equal(end_of(close_again), SIGABRT);
	assert_int_equal(end_of(send_late), SIGABRT);
	assert_int_equal(end_of(select_late), SIGABRT);
	assert_int_equal(end_of(receive_late), 0);
	assert_int_equal(snarl_channel_abort_on_misuse(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_channel_is_as_asked_for),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(a_buffer_keeps_order_and_its_bound),
		cmocka_unit_test(an_unbuffered_try_needs_a_peer),
		cmocka_unit_test(a_waiting_sender_enters_when_there_is_room),
		cmocka_unit_test(a_closed_channel_is_drained_first),
		cmocka_unit_test(closing_wakes_all_receivers),
		cmocka_unit_test(closing_wakes_all_senders_and_keeps_what_was_sent),
		cmocka_unit_test(a_null_channel_is_never_ready),
		cmocka_unit_test(a_deadline_leaves_nothing_behind),
		cmocka_unit_test(a_passed_deadline_lets_the_possible_happen),
		cmocka_unit_test(one_that_gave_up_does_not_stop_the_queue),
		cmocka_unit_test(receivers_are_served_in_order),
		cmocka_unit_test(senders_are_served_in_order),
		cmocka_unit_test(elements_of_every_size_arrive_whole),
		cmocka_unit_test(a_receiver_may_drop_the_element),
		cmocka_unit_test(typed_channels_are_the_same_channels),
		cmocka_unit_test(a_failed_allocation_is_told),
		cmocka_unit_test(misuse_aborts_when_asked_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
