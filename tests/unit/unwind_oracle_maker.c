/* SPDX-License-Identifier: Apache-2.0
 *
 * See unwind_oracle_maker.h.  Steps with libunwind's cursor; unw_step calls dl_iterate_phdr and so
 * takes the loader's lock, and libunwind has locks of its own. */
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "base/unwind_internal.h"
#include "tests/unit/unwind_oracle_maker.h"

#define OWN_FRAMES_MAX 64

static uintptr_t reg(unw_cursor_t *cursor, unw_regnum_t which)
{
	unw_word_t value = 0;

	return unw_get_reg(cursor, which, &value) ? 0 : value;
}

/* Steps out of our own frames: afterwards the cursor is in the frame that called the one at
 * `cfa`. */
static int skip_own(unw_cursor_t *cursor, uintptr_t cfa)
{
	for (int i = 0; i < OWN_FRAMES_MAX && unw_step(cursor) > 0; i++) {
		uintptr_t sp = reg(cursor, UNW_REG_SP);

		if (sp >= cfa)
			return sp == cfa;
	}
	return 0;
}

uint32_t oracle_unwind_from(struct sn_unwind *u, uintptr_t cfa, uint32_t max)
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
