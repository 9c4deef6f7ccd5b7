/* SPDX-License-Identifier: Apache-2.0
 *
 * Chooses the way to unwind, and makes the trace of one frame that needs no unwinding at all, from
 * which both ways start and with which both end where they find nothing.  Like all of the unwinder
 * it may run in a signal handler: no malloc, no lock, no state kept between calls. */
#include "base/unwind.h"

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
}

uint32_t sn_unwind_from(struct sn_unwind *u, uintptr_t cfa, uint32_t max)
{
	if (sn_unwind_cfi_usable())
		return sn_unwind_by_cfi(u, cfa, max);
	return sn_unwind_by_libunwind(u, cfa, max);
}
