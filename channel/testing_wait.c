/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests, exported and in no public header: whether a thread waits, whatever for. */
#include "channel/testing_wait.h"
#include "channel/park.h"
#include "include/snarl_channel/api.h"

SNARL_API const void *snarl_channel_test_self(void)
{
	return sn_parker_self();
}

SNARL_API int snarl_channel_test_is_waiting(const void *self)
{
	const struct sn_parker *p = self;

	return __atomic_load_n(&p->word, __ATOMIC_ACQUIRE) == 2 &&
	       __atomic_load_n(&p->claim, __ATOMIC_RELAXED) == SN_CLAIM_OPEN;
}
