/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow path of the library's lock, after Drepper, "Futexes Are Tricky" (mutex 2), with a short
 * spin before the sleep. */
#include "channel/lock.h"
#include <linux/futex.h>
#include "base/sys.h"
#include "channel/park.h"

/* What is done under the lock takes less than a microsecond unless its holder is preempted, and
 * then no spin is long enough. */
#define ROUNDS 8

/* Nanoseconds between two looks.  QUICK is shorter than the transfer of a cache line; CALM is some
 * thirty operations of a queue that nobody disturbs, and more would be felt as latency. */
#define QUICK 50
#define CALM 500

#define SAMPLE 100

static int pauses[2] = {4, 40};

/* A pause takes from 4 to 60 ns, by the kind of CPU. */
__attribute__((constructor)) static void measure_pause(void)
{
	uint64_t from = sn_now(), took;

	for (int i = 0; i < SAMPLE; i++)
		sn_relax();
	took = sn_now() - from;
	if (took < SAMPLE)
		return; /* a coarse clock */
	pauses[0] = 1 + (int)(QUICK * SAMPLE / took);
	pauses[1] = 1 + (int)(CALM * SAMPLE / took);
}

static int spin(struct sn_mutex *m, int calm)
{
	if (sn_cpus() < 2)
		return 0;
	for (int i = 0; i < ROUNDS; i++) {
		for (int j = 0; j < pauses[calm]; j++)
			sn_relax();
		if (sn_mutex_try(m))
			return 1;
		if (__atomic_load_n(&m->word, __ATOMIC_RELAXED) == 2)
			return 0; /* somebody sleeps already: the holder is away for long */
	}
	return 0;
}

__attribute__((noinline, cold)) void sn_mutex_wait(struct sn_mutex *m, int calm)
{
	if (spin(m, calm))
		return;
	while (__atomic_exchange_n(&m->word, 2, __ATOMIC_ACQUIRE))
		sn_sys(SYS_futex, &m->word, FUTEX_WAIT_PRIVATE, 2, 0, 0, 0);
}

__attribute__((noinline, cold)) void sn_mutex_wake(struct sn_mutex *m)
{
	/* The object may be freed by now; a wake at an address that is nobody's does no harm. */
	sn_sys(SYS_futex, &m->word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}
