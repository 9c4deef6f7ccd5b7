/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of contexts, tasks, groups and the like share: threads that make one call, waiting
 * until they wait, and making each allocation fail in turn. */
#ifndef SN_TESTS_CHANNEL_CALLERS_H
#define SN_TESTS_CHANNEL_CALLERS_H

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "channel/memory.h"
#include "channel/testing_wait.h"
#include "snarl_channel/channel.h"
#include "snarl_channel/context.h"
#include "snarl_channel/time.h"

/* Longer than any machine takes; nobody waits that long unless the test fails. */
#define PATIENCE (60 * SNARL_SECOND)

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

/* A thread that makes one call, and what it returned. */
struct caller {
	pthread_t thread;
	const void *self;
	int (*call)(void *argument);
	void *argument;
	int result;
};

static inline void *caller_body(void *caller)
{
	struct caller *c = caller;

	__atomic_store_n(&c->self, snarl_channel_test_self(), __ATOMIC_RELEASE);
	c->result = c->call(c->argument);
	return NULL;
}

static inline void start_call(struct caller *c, int (*call)(void *), void *argument)
{
	memset(c, 0, sizeof(*c));
	c->call = call;
	c->argument = argument;
	assert_int_equal(pthread_create(&c->thread, NULL, caller_body, c), 0);
}

static inline void pause_a_moment(int64_t deadline)
{
	struct timespec moment = {0, 50000};

	assert_true(snarl_now() < deadline);
	nanosleep(&moment, NULL);
}

static inline void await_blocked(struct caller *c)
{
	int64_t deadline = snarl_in(PATIENCE);
	const void *self;

	for (;;) {
		self = __atomic_load_n(&c->self, __ATOMIC_ACQUIRE);
		if (self && snarl_channel_test_is_waiting(self))
			return;
		pause_a_moment(deadline);
	}
}

static inline void start_blocked(struct caller *c, int (*call)(void *), void *argument)
{
	start_call(c, call, argument);
	await_blocked(c);
}

static inline int end_call(struct caller *c)
{
	assert_int_equal(pthread_join(c->thread, NULL), 0);
	return c->result;
}

/* `attempt` gives 0 or -ENOMEM, and cleans up after itself: what it leaves behind when its n-th
 * allocation fails is found by AddressSanitizer. Returns how many allocations it makes. */
static inline long fail_each_allocation(int (*attempt)(void))
{
	for (long n = 1;; n++) {
		int e;
		snarl_channel_test_fail_allocation(n);
		e = attempt();
		if (snarl_channel_test_fail_allocation(0)) {
			assert_int_equal(e, 0);
			return n - 1;
		}
		assert_int_equal(e, -ENOMEM);
	}
}

#endif
