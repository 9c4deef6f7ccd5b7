/* SPDX-License-Identifier: Apache-2.0
 *
 * The only way to memory in the channel library, so that a test can make the n-th allocation fail
 * and see that every part gives back what it had taken. */
#ifndef SN_CHANNEL_MEMORY_H
#define SN_CHANNEL_MEMORY_H

#include <stddef.h>

/* NULL with errno ENOMEM when there is none.  sn_zeroed checks the product. */
void *sn_allocate(size_t bytes) __attribute__((malloc));
void *sn_zeroed(size_t count, size_t size) __attribute__((malloc));

/* `alignment` is a power of two and a multiple of the size of a pointer; the memory is not cleared.
 * Give it back with sn_free too. */
void *sn_aligned(size_t alignment, size_t bytes) __attribute__((malloc));
void sn_free(void *memory);

/* For tests, exported and in no public header: the n-th allocation from now (1 is the next) fails,
 * once; 0 calls it off.  Returns how many were still to come before it would have failed, 0 when
 * it has failed. */
long snarl_channel_test_fail_allocation(long n);

#endif
