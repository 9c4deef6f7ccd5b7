/* SPDX-License-Identifier: Apache-2.0
 *
 * Data races: their two sides, what the memory is, and what is wrong.  For the words of all formats. */
#ifndef SN_REPORT_RACE_H
#define SN_REPORT_RACE_H

#include "report/model.h"

enum sn_race_case {
#define SN_RACE_CASE(e, name, fix) SN_RACE_##e,
#include "base/race_cases.def"
#undef SN_RACE_CASE
	SN_RACE_CASES
};

/* One side: its part, and those of what it held, which follow it. */
struct sn_race_side {
	const struct sn_part *part;
	const struct sn_access_rec *access;
	const struct sn_part *held;
	uint32_t held_count;
};

/* The memory in which the two meet. */
struct sn_race_memory {
	const char *kind;                   /* as in JSON; NULL: not known */
	const struct sn_part *part;         /* whose it is, or who allocated it; NULL: not known */
	const struct sn_access_rec *whole;  /* of the part */
	const struct sn_variable *variable; /* what it is called; NULL: not known */
	const char *function;               /* of the stack's frame; NULL: not known */
	uint64_t offset;                    /* in the block */
};

struct sn_race {
	struct sn_race_side now, before;
	struct sn_race_memory memory;
};

/* Returns 0 where the finding is none, or not whole. */
int sn_race_of(const struct sn_found *f, struct sn_race *race);

enum sn_race_case sn_race_case_of(const struct sn_found *f, const struct sn_race *race);
const char *sn_race_case_name(enum sn_race_case c);
const char *sn_race_case_fix(enum sn_race_case c);

/* The lock that the side holds; NULL where it holds none or several. */
const struct sn_part *sn_race_only_lock(const struct sn_race_side *s);

#endif
