/* SPDX-License-Identifier: Apache-2.0
 *
 * A condition variable over any lock, made of channels: the kernels whose program waits with a read
 * lock, or with a lock that another thread took, cannot use pthread's, which knows mutexes of the
 * calling thread only.  Each waiter has a channel with one slot; a signal with no waiter is lost.
 */
#ifndef TESTS_KERNELS_CONDITION_H
#define TESTS_KERNELS_CONDITION_H

#include "kernel.h"

#define WAITERS 4

struct condition {
	pthread_mutex_t mutex; /* guards the list; innermost */
	struct snarl_channel *waiting[WAITERS];
	int count;
};

#define CONDITION_INIT                                                                             \
	{                                                                                          \
		.mutex = PTHREAD_MUTEX_INITIALIZER                                                 \
	}

/* How the lock that guards the state is given up and taken back. */
struct locker {
	void (*lock)(void);
	void (*unlock)(void);
};

static inline void condition_wait(struct condition *c, const struct locker *locker)
{
	struct snarl_channel *ticket = channel(1);

	pthread_mutex_lock(&c->mutex);
	CHECK(c->count < WAITERS);
	c->waiting[c->count++] = snarl_channel_retain(ticket);
	pthread_mutex_unlock(&c->mutex);
	locker->unlock();
	CHECK(snarl_receive(ticket, NULL) == 0);
	snarl_channel_release(ticket);
	locker->lock();
}

/* Wakes the waiter that came first, if there is one. */
static inline void condition_signal(struct condition *c)
{
	int token = 1;

	pthread_mutex_lock(&c->mutex);
	if (c->count) {
		struct snarl_channel *ticket = c->waiting[0];

		memmove(c->waiting, c->waiting + 1, (WAITERS - 1) * sizeof(*c->waiting));
		c->count--;
		CHECK(snarl_try_send(ticket, &token) == 0);
		snarl_channel_release(ticket);
	}
	pthread_mutex_unlock(&c->mutex);
}

#endif
