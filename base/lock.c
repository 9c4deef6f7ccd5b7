/* SPDX-License-Identifier: Apache-2.0
 *
 * The shim's own lock, after Drepper, "Futexes Are Tricky" (mutex 2), with a bounded wait. */
#include "base/lock.h"
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/sys.h"

static int take_slowly(struct sn_lock *l)
{
	for (int i = 0; i < 20; i++) {
		if (!__atomic_exchange_n(&l->word, 2, __ATOMIC_ACQUIRE))
			return 0;
		if (__atomic_load_n(&l->stuck, __ATOMIC_RELAXED))
			return -ETIMEDOUT;
		struct timespec tenth = {0, 100 * 1000 * 1000};
		sn_sys(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, 2, &tenth, 0, 0);
	}
	__atomic_store_n(&l->stuck, 1, __ATOMIC_RELAXED);
	return -ETIMEDOUT;
}

int sn_lock_take(struct sn_lock *l)
{
	uint32_t free_word = 0;
	/* Acquire pairs with the release in sn_lock_give. */
	if (__atomic_compare_exchange_n(&l->word, &free_word, 1, 0, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED))
		return 0;
	return take_slowly(l);
}

void sn_lock_give(struct sn_lock *l)
{
	if (__builtin_expect(__atomic_load_n(&l->stuck, __ATOMIC_RELAXED) != 0, 0))
		__atomic_store_n(&l->stuck, 0, __ATOMIC_RELAXED);
	if (__atomic_exchange_n(&l->word, 0, __ATOMIC_RELEASE) == 2)
		sn_sys(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}
