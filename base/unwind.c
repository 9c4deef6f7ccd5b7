/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace of one frame that needs no unwinding at all: what a walk starts from and, where it
 * finds nothing, also ends with; and on processors for which there is no walk it is all there is.
 */
#include "base/unwind_internal.h"

/* The word may be one that a sanitizer of the program keeps for itself. */
__attribute__((no_sanitize("address"))) void sn_unwind_begin(struct sn_unwind *u, uintptr_t cfa)
{
	uintptr_t slot = cfa - sizeof(uintptr_t);

	u->pc[0] = *(const volatile uintptr_t *)slot;
	u->checks[0] = (struct sn_unwind_check){slot, u->pc[0]};
	u->depth = 1;
	u->check_count = 1;
	u->complete = 0;
	u->uncacheable = 1;
	u->by_pointer = 0;
	u->signal_frames = 0;
	u->handler = 0;
	u->signal_context = 0;
}

#if !defined(__x86_64__)

/* What depends on that one word only, its check proves. */
uint32_t sn_unwind_from(struct sn_unwind *u, uintptr_t cfa, uint32_t max)
{
	(void)max;
	sn_unwind_begin(u, cfa);
	u->uncacheable = 0;
	return u->depth;
}

#endif
