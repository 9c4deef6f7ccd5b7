/* SPDX-License-Identifier: Apache-2.0
 *
 * One parker per thread: spin for as long as that has paid off lately, then sleep on the futex.
 *
 * A waker's last touch of a parker is the exchange of its word; the wake by address that may follow
 * can hit a futex that has come to lie there since, whose owner must expect spurious wakes as every
 * user of futexes must. */
#include "channel/park.h"
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include "base/sys.h"
#include "channel/order.h"

/* The word's states.  UNPARKED comes with the waker's CPU in the bits above. */
enum {
	ARMED,
	UNPARKED,
	ASLEEP,
	STATE_BITS = 2,
};

/* In nanoseconds.  MOST is about what a sleep and a wake across CPUs cost, so that spinning never
 * wastes more than it could have saved.  LEAST is enough to notice that peers have become quick. */
#define PATIENCE_MOST 20000
#define PATIENCE_LEAST 500

/* Looks at the word between two looks at the clock. */
#define LOOKS 32

static __thread struct sn_parker mine __attribute__((tls_model("initial-exec"))) = {
	.waker_cpu = -1,
	.patience = PATIENCE_MOST,
};

struct sn_parker *sn_parker_self(void)
{
	return &mine;
}

static int cpus = 2;

/* At the start, before threads of the program restrict themselves: that is about one thread. */
__attribute__((constructor)) static void count_cpus(void)
{
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		cpus = CPU_COUNT(&set);
}

int sn_cpus(void)
{
	return cpus;
}

void sn_parker_arm(struct sn_parker *p)
{
	__atomic_store_n(&p->word, ARMED, __ATOMIC_RELAXED);
	/* Whoever claims has found a node under an object's lock, taken after this. */
	__atomic_store_n(&p->claim, SN_CLAIM_OPEN, __ATOMIC_RELAXED);
}

int sn_claim(struct sn_parker *p, uint32_t which)
{
	uint32_t expected = SN_CLAIM_OPEN;

	return __atomic_compare_exchange_n(&p->claim, &expected, which, 0, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

void sn_unpark(struct sn_parker *p)
{
	uint32_t ended = UNPARKED | (uint32_t)sched_getcpu() << STATE_BITS;

	sn_order_release(p);
	/* Release: what was done for the waiter is seen by it; pairs with the acquires in unparked
	 * and fall_asleep. */
	if (__atomic_exchange_n(&p->word, ended, __ATOMIC_RELEASE) == ASLEEP)
		sn_sys(SYS_futex, &p->word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

static int unparked(struct sn_parker *p)
{
	uint32_t word = __atomic_load_n(&p->word, __ATOMIC_ACQUIRE);

	if ((word & ((1u << STATE_BITS) - 1)) != UNPARKED)
		return 0;
	p->waker_cpu = (int)(word >> STATE_BITS);
	return 1;
}

static int spinning_pays(const struct sn_parker *p)
{
	return sn_cpus() > 1 && p->waker_cpu != sched_getcpu();
}

/* The first looks need no clock: a peer that is at it answers within them. */
static int look(struct sn_parker *p)
{
	for (int i = 0; i < LOOKS; i++) {
		if (unparked(p))
			return 1;
		sn_relax();
	}
	return 0;
}

/* Whether the wait ended while we spun; *started is when that began. */
static int spin(struct sn_parker *p, int64_t *started)
{
	if (look(p))
		return 1;
	*started = (int64_t)sn_now();
	do {
		if (look(p)) {
			p->patience = PATIENCE_MOST;
			return 1;
		}
	} while ((int64_t)sn_now() - *started < p->patience);
	return 0;
}

/* After a sleep: would a longer spin have saved it? */
static void learn(struct sn_parker *p, int64_t started)
{
	if ((int64_t)sn_now() - started < PATIENCE_MOST)
		p->patience = PATIENCE_MOST;
	else if (p->patience > PATIENCE_LEAST)
		p->patience /= 2;
}

/* Sleeps once; 0 or the kernel's negative errno. */
static long sleep_once(struct sn_parker *p, int64_t deadline)
{
	struct timespec until = {deadline / SNARL_SECOND, deadline % SNARL_SECOND};

	return sn_sys(SYS_futex, &p->word, FUTEX_WAIT_BITSET_PRIVATE, ASLEEP,
		      deadline == SNARL_FOREVER ? NULL : &until, 0, FUTEX_BITSET_MATCH_ANY);
}

/* Returns 0 when unparked, -ETIMEDOUT when withdrawn. */
static int fall_asleep(struct sn_parker *p, int64_t deadline)
{
	uint32_t word = ARMED;

	if (deadline < 0)
		deadline = 0; /* long past; the kernel takes no negative times */
	if (!__atomic_compare_exchange_n(&p->word, &word, ASLEEP, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_ACQUIRE))
		return 0;
	while (!unparked(p)) {
		if (sleep_once(p, deadline) != -ETIMEDOUT)
			continue;
		if (sn_claim(p, SN_CLAIM_WITHDRAWN))
			return -ETIMEDOUT;
		deadline = SNARL_FOREVER; /* somebody is serving us right now */
	}
	return 0;
}

int sn_park(struct sn_parker *p, int64_t deadline)
{
	int64_t started = 0;
	int e;

	if (spinning_pays(p) && spin(p, &started)) {
		sn_order_acquire(p);
		return 0;
	}
	e = fall_asleep(p, deadline);
	if (!e)
		sn_order_acquire(p);
	if (started)
		learn(p, started);
	return e;
}

void sn_unpark_all(struct sn_node *chain)
{
	while (chain) {
		/* Once unparked, the node is gone. */
		struct sn_node *next = chain->next;
		sn_unpark(chain->parker);
		chain = next;
	}
}
