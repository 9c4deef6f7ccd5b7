/* SPDX-License-Identifier: Apache-2.0
 *
 * Allocation, and the count-down by which a test makes one of them fail. */
#include "channel/memory.h"
#include <errno.h>
#include <stdlib.h>
#include "include/snarl_channel/api.h"

static long fail_in; /* the allocation that fails, 1 being the next; 0 none */

SNARL_API long snarl_channel_test_fail_allocation(long n)
{
	return __atomic_exchange_n(&fail_in, n, __ATOMIC_SEQ_CST);
}

static int must_fail(void)
{
	long left = __atomic_load_n(&fail_in, __ATOMIC_RELAXED);

	/* Threads of a test may allocate at the same time, and exactly one of them is to fail. */
	while (left > 0)
		if (__atomic_compare_exchange_n(&fail_in, &left, left - 1, 0, __ATOMIC_SEQ_CST,
						__ATOMIC_RELAXED))
			break;
	if (left != 1)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *sn_allocate(size_t bytes)
{
	return must_fail() ? NULL : malloc(bytes ? bytes : 1);
}

void *sn_zeroed(size_t count, size_t size)
{
	return must_fail() ? NULL : calloc(count ? count : 1, size ? size : 1);
}

void *sn_aligned(size_t alignment, size_t bytes)
{
	void *made = NULL;
	int e;

	if (must_fail())
		return NULL;
	e = posix_memalign(&made, alignment, bytes ? bytes : 1);
	if (!e)
		return made;
	errno = e;
	return NULL;
}

void sn_free(void *memory)
{
	free(memory);
}
