/* SPDX-License-Identifier: Apache-2.0
 *
 * Unwinding by libunwind, for where the loader cannot be asked for a module without a lock, and the
 * judge of our own unwinder in its tests.  unw_step calls dl_iterate_phdr and so takes the loader's
 * lock, and libunwind has locks of its own: the caller must guard against seeing them.  libunwind
 * does not tell on which registers and words a frame's address depended, so that no list of checks
 * would be a proof: every trace stays uncacheable. */
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "base/unwind.h"

#define OWN_FRAMES_MAX 64

static uintptr_t reg(unw_cursor_t *cursor, unw_regnum_t which)
{
	unw_word_t value = 0;

	return unw_get_reg(cursor, which, &value) ? 0 : value;
}

/* Steps out of our own frames: afterwards the cursor is in the frame that called the one at `cfa`.
 */
static int skip_own(unw_cursor_t *cursor, uintptr_t cfa)
{
	for (int i = 0; i < OWN_FRAMES_MAX && unw_step(cursor) > 0; i++) {
		uintptr_t sp = reg(cursor, UNW_REG_SP);

		if (sp >= cfa)
			return sp == cfa;
	}
	return 0;
}

uint32_t sn_unwind_by_libunwind(struct sn_unwind *u, uintptr_t cfa, uint32_t max)
{
	unw_context_t context;
	unw_cursor_t cursor;
	int more;

	sn_unwind_begin(u, cfa);
	if (unw_getcontext(&context) || unw_init_local(&cursor, &context))
		return u->depth;
	if (!skip_own(&cursor, cfa))
		return u->depth;
	while ((more = unw_step(&cursor)) > 0) {
		uintptr_t pc = reg(&cursor, UNW_REG_IP);

		if (!pc)
			break;
		if (u->depth >= max || u->depth >= SN_UNWIND_MAX)
			return u->depth;
		u->pc[u->depth++] = pc;
	}
	u->complete = more >= 0;
	return u->depth;
}
