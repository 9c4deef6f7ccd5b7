/* SPDX-License-Identifier: Apache-2.0
 *
 * The token bucket, kept as one time: when it will be full if nothing more is taken (the generic
 * cell rate algorithm of ITU-T I.371, whose state is the same number).  Taking moves that time on
 * by one interval a token, with one compare-and-swap; so there is nothing to lock, and whoever
 * takes first is served first. */
#include "base/sys.h"
#include "channel/memory.h"
#include "channel/wait.h"
#include "include/snarl_channel/sync.h"

/* Leaves room for the clock and for many reservations ahead of it. */
#define PRODUCT_MOST ((int64_t)1 << 61)

struct snarl_limiter {
	uint32_t references;
	int64_t interval;
	int64_t burst;
	int64_t full;
};

struct snarl_limiter *snarl_limiter_new(int64_t interval, int64_t burst)
{
	struct snarl_limiter *l;

	if (interval <= 0 || burst <= 0 || interval > PRODUCT_MOST / burst) {
		errno = EINVAL;
		return NULL;
	}
	l = sn_zeroed(1, sizeof(*l));
	if (!l)
		return NULL;
	l->references = 1;
	l->interval = interval;
	l->burst = burst;
	return l;
}

SN_COUNTED(snarl_limiter)

/* Takes tokens that are there by `limit`, and writes since when they are: 0, or -ETIMEDOUT. */
static int take(struct snarl_limiter *l, int64_t tokens, int64_t limit, int64_t *due)
{
	int64_t full = __atomic_load_n(&l->full, __ATOMIC_RELAXED);
	int64_t now = (int64_t)sn_now(), next;

	/* Relaxed: a limiter orders nothing but itself. */
	do {
		if (__builtin_add_overflow(full > now ? full : now, tokens * l->interval, &next))
			return -ETIMEDOUT;
		*due = next - l->burst * l->interval;
		if (*due > now && *due > limit)
			return -ETIMEDOUT;
	} while (!__atomic_compare_exchange_n(&l->full, &full, next, 0, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return 0;
}

static int valid(const struct snarl_limiter *l, int64_t tokens)
{
	return l && tokens >= 0 && tokens <= l->burst;
}

static void give_back(struct snarl_limiter *l, int64_t tokens)
{
	__atomic_fetch_sub(&l->full, tokens * l->interval, __ATOMIC_RELAXED);
}

/* Until `due`: 0, or the context's error. */
static int wait_until_due(int64_t due, struct snarl_context *context)
{
	struct sn_parker *p = sn_parker_self();
	int e;

	sn_parker_arm(p);
	e = sn_park_with(p, due, context);
	return e == -ETIMEDOUT && due <= (int64_t)sn_now() ? 0 : e;
}

static int wait_for(struct snarl_limiter *l, int64_t tokens, int64_t deadline,
		    struct snarl_context *context)
{
	int64_t due, limit = sn_context_deadline(context);
	int e;

	if (!valid(l, tokens))
		return -EINVAL;
	e = take(l, tokens, limit < deadline ? limit : deadline, &due);
	if (e)
		return deadline == SN_TRY ? -EAGAIN : e;
	if (due <= (int64_t)sn_now())
		return 0;
	e = wait_until_due(due, context);
	if (e)
		give_back(l, tokens);
	return e;
}

SN_FORMS(snarl_limiter_wait, snarl_limiter_try_wait, snarl_limiter_wait_until,
	 snarl_limiter_wait_with, wait_for, (struct snarl_limiter * limiter, int64_t tokens),
	 (limiter, tokens))

int snarl_limiter_allow(struct snarl_limiter *limiter, int64_t tokens)
{
	int e = wait_for(limiter, tokens, SN_TRY, NULL);

	return e == -EAGAIN ? 0 : e ? e : 1;
}

int64_t snarl_limiter_reserve(struct snarl_limiter *limiter, int64_t tokens)
{
	int64_t now, due;

	if (!valid(limiter, tokens) || take(limiter, tokens, SNARL_FOREVER, &due))
		return -EINVAL;
	now = (int64_t)sn_now();
	return due > now ? due - now : 0;
}

int snarl_limiter_return(struct snarl_limiter *limiter, int64_t tokens)
{
	if (!valid(limiter, tokens))
		return -EINVAL;
	give_back(limiter, tokens);
	return 0;
}
