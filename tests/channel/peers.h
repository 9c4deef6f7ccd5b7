/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of channels share: threads that do one call, and waiting until they wait. */
#ifndef SN_TESTS_CHANNEL_PEERS_H
#define SN_TESTS_CHANNEL_PEERS_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "channel/memory.h"
#include "channel/random.h"
#include "channel/testing.h"
#include "snarl_channel/channel.h"
#include "snarl_channel/time.h"

/* Longer than any machine takes; nobody waits that long unless the test fails. */
#define PATIENCE (60 * SNARL_SECOND)

/* A thread that makes one call, and what came of it. */
struct peer {
	pthread_t thread;
	struct snarl_channel *channel;
	struct snarl_case *cases;
	size_t count;
	int64_t deadline;
	long value;
	int result;
};

/* A test may look before it joins. */
static inline void set_result(struct peer *p, int result)
{
	__atomic_store_n(&p->result, result, __ATOMIC_RELEASE);
}

__attribute__((unused)) static void *send_body(void *argument)
{
	struct peer *p = argument;

	set_result(p, snarl_send_until(p->channel, &p->value, p->deadline));
	return NULL;
}

__attribute__((unused)) static void *receive_body(void *argument)
{
	struct peer *p = argument;

	set_result(p, snarl_receive_until(p->channel, &p->value, p->deadline));
	return NULL;
}

__attribute__((unused)) static void *select_body(void *argument)
{
	struct peer *p = argument;

	set_result(p, snarl_select_until(p->cases, p->count, p->deadline));
	return NULL;
}

__attribute__((unused)) static void start(struct peer *p, void *(*body)(void *))
{
	if (!p->deadline)
		p->deadline = snarl_in(PATIENCE);
	assert_int_equal(pthread_create(&p->thread, NULL, body, p), 0);
}

__attribute__((unused)) static int finish(struct peer *p)
{
	assert_int_equal(pthread_join(p->thread, NULL), 0);
	return p->result;
}

/* Returns when n threads wait there. */
static void await_waiters(struct snarl_channel *c, enum snarl_direction direction, size_t n)
{
	struct timespec moment = {0, 50000};
	int64_t deadline = snarl_in(PATIENCE);

	while (snarl_channel_test_waiters(c, direction) != n) {
		assert_true(snarl_now() < deadline);
		nanosleep(&moment, NULL);
	}
}

/* Starts it and returns when it waits, as the n-th. */
__attribute__((unused)) static void start_sender(struct peer *p, struct snarl_channel *c,
						 long value, size_t n)
{
	p->channel = c;
	p->value = value;
	start(p, send_body);
	await_waiters(c, SNARL_SEND, n);
}

__attribute__((unused)) static void start_receiver(struct peer *p, struct snarl_channel *c,
						   size_t n)
{
	p->channel = c;
	p->value = -1;
	start(p, receive_body);
	await_waiters(c, SNARL_RECEIVE, n);
}

__attribute__((unused)) static struct snarl_channel *longs(size_t capacity)
{
	struct snarl_channel *c = snarl_channel_new(sizeof(long), capacity);

	assert_non_null(c);
	return c;
}

#endif
