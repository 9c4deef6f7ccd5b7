/* SPDX-License-Identifier: Apache-2.0
 *
 * Contexts that end the waits of channels: before, during, by cancel and by deadline, and in a race
 * with the peer. */
#include "peers.h"
#include "snarl_channel/context.h"

/* A thread that makes one call with a context. */
struct caller {
	pthread_t thread;
	struct snarl_channel *channel;
	struct snarl_context *context;
	int way, result;
	long value;
};

enum { SENDING, RECEIVING, SELECTING, ORDERED, WAYS };

static int call(struct caller *k)
{
	struct snarl_case cases[] = {{k->channel, &k->value, SNARL_RECEIVE, 0},
				     {NULL, &k->value, SNARL_SEND, 0}};
	int e;

	switch (k->way) {
	case SENDING:
		return snarl_send_with(k->channel, &k->value, k->context);
	case RECEIVING:
		return snarl_receive_with(k->channel, &k->value, k->context);
	case SELECTING:
		e = snarl_select_with(cases, 2, k->context);
		break;
	default:
		e = snarl_select_ordered_with(cases, 2, k->context);
	}
	return e == 0 ? cases[0].result : e;
}

static void *body(void *argument)
{
	struct caller *k = argument;

	k->result = call(k);
	return NULL;
}

static size_t waiters(struct snarl_channel *c)
{
	return snarl_channel_test_waiters(c, SNARL_SEND) +
	       snarl_channel_test_waiters(c, SNARL_RECEIVE);
}

static void start_caller(struct caller *k)
{
	assert_int_equal(pthread_create(&k->thread, NULL, body, k), 0);
	await_waiters(k->channel, k->way == SENDING ? SNARL_SEND : SNARL_RECEIVE, 1);
	await_waiters(snarl_context_done(k->context), SNARL_RECEIVE, 1);
}

static void a_context_that_has_ended_ends_the_call(void **state)
{
	struct snarl_context *cancelled = snarl_context_with_cancel(NULL);
	struct snarl_context *late = snarl_context_with_deadline(NULL, 1);
	struct snarl_channel *c = longs(2);
	long value = 5;

	(void)state;
	snarl_send(c, &value);
	snarl_context_cancel(cancelled);
	for (int way = 0; way < WAYS; way++) {
		struct caller k = {.channel = c, .context = cancelled, .way = way};

		assert_int_equal(call(&k), -ECANCELED);
		k.context = late;
		assert_int_equal(call(&k), -ETIMEDOUT);
		k.channel = NULL;
		assert_int_equal(call(&k), -ETIMEDOUT);
	}
	assert_int_equal(snarl_channel_length(c), 1);
	snarl_channel_release(c);
	snarl_context_release(cancelled);
	snarl_context_release(late);
}

static void a_live_context_changes_nothing(void **state)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_channel *c = longs(1);

	(void)state;
	for (int way = 0; way < WAYS; way++) {
		struct caller send = {.channel = c, .context = way % 2 ? context : NULL};
		struct caller receive = {.channel = c, .context = context, .way = way};

		send.value = way + 10;
		assert_int_equal(call(&send), 0);
		if (way == SENDING)
			receive.way = RECEIVING;
		assert_int_equal(call(&receive), 0);
		assert_int_equal(receive.value, way + 10);
	}
	snarl_channel_release(c);
	snarl_context_release(context);
}

static void a_cancel_ends_a_wait(void **state)
{
	(void)state;
	for (int way = 0; way < WAYS; way++) {
		struct snarl_context *context = snarl_context_with_cancel(NULL);
		struct caller k = {.channel = longs(0), .context = context, .way = way};

		start_caller(&k);
		assert_int_equal(snarl_context_cancel(context), 0);
		pthread_join(k.thread, NULL);
		assert_int_equal(k.result, -ECANCELED);
		assert_int_equal(waiters(k.channel), 0);
		assert_int_equal(waiters(snarl_context_done(context)), 0);
		snarl_channel_release(k.channel);
		snarl_context_release(context);
	}
}

static void a_deadline_of_a_context_ends_a_wait(void **state)
{
	(void)state;
	for (int way = 0; way < WAYS; way++) {
		int64_t deadline = snarl_in(2 * SNARL_MILLISECOND);
		struct snarl_context *context = snarl_context_with_deadline(NULL, deadline);
		struct caller k = {.channel = longs(0), .context = context, .way = way};

		assert_int_equal(call(&k), -ETIMEDOUT);
		assert_true(snarl_now() >= deadline);
		assert_int_equal(waiters(k.channel), 0);
		assert_int_equal(waiters(snarl_context_done(context)), 0);
		snarl_channel_release(k.channel);
		snarl_context_release(context);
	}
}

static void a_peer_ends_a_wait_and_leaves_the_context_alone(void **state)
{
	(void)state;
	for (int way = 0; way < WAYS; way++) {
		struct snarl_context *context = snarl_context_with_cancel(NULL);
		struct caller k = {.channel = longs(0), .context = context, .way = way};
		long value = 6;

		start_caller(&k);
		assert_int_equal(way == SENDING ? snarl_try_receive(k.channel, &value)
						: snarl_try_send(k.channel, &value),
				 0);
		pthread_join(k.thread, NULL);
		assert_int_equal(k.result, 0);
		assert_int_equal(k.value, way == SENDING ? 0 : 6);
		assert_int_equal(waiters(snarl_context_done(context)), 0);
		assert_int_equal(snarl_context_error(context), 0);
		snarl_channel_release(k.channel);
		snarl_context_release(context);
	}
}

/* Cancel and peer come at the same time: exactly one of them is told to have ended the wait. */
static void a_race_has_one_winner(void **state)
{
	(void)state;
	for (int i = 0; i < 400; i++) {
		struct snarl_context *context = snarl_context_with_cancel(NULL);
		struct caller k = {.channel = longs(0), .context = context, .way = i % WAYS};
		struct caller peer = {.channel = k.channel, .context = NULL};
		long value;

		start_caller(&k);
		peer.way = k.way == SENDING ? RECEIVING : SENDING;
		assert_int_equal(pthread_create(&peer.thread, NULL, body, &peer), 0);
		snarl_context_cancel(context);
		pthread_join(k.thread, NULL);
		if (k.result == -ECANCELED) {
			/* The peer met nobody and still waits, or will. */
			await_waiters(k.channel, peer.way == SENDING ? SNARL_SEND : SNARL_RECEIVE,
				      1);
			assert_int_equal(peer.way == SENDING ? snarl_try_receive(k.channel, &value)
							     : snarl_try_send(k.channel, &k.value),
					 0);
		} else {
			assert_int_equal(k.result, 0);
		}
		pthread_join(peer.thread, NULL);
		assert_int_equal(peer.result, 0);
		assert_int_equal(waiters(k.channel), 0);
		snarl_channel_release(k.channel);
		snarl_context_release(context);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_context_that_has_ended_ends_the_call),
		cmocka_unit_test(a_live_context_changes_nothing),
		cmocka_unit_test(a_cancel_ends_a_wait),
		cmocka_unit_test(a_deadline_of_a_context_ends_a_wait),
		cmocka_unit_test(a_peer_ends_a_wait_and_leaves_the_context_alone),
		cmocka_unit_test(a_race_has_one_winner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
