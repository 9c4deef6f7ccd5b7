/* SPDX-License-Identifier: Apache-2.0
 *
 * A finding on its way from a detector to the recording or to a report.  A detector prints nothing:
 * it fills one of these and hands it to a sink.  A sink copies what it keeps. */
#ifndef SN_BASE_FINDING_H
#define SN_BASE_FINDING_H

#include "base/view.h"

#define SN_PARTS_MAX 64

struct sn_finding {
	enum sn_kind kind;
	enum sn_verdict verdict; /* SN_REFUTED: a candidate that `why` rules out */
	enum sn_why why;
	uint32_t scope; /* that it was recorded in: a note; 0: none, or not known */
	uint32_t part_count;
	struct sn_part parts[SN_PARTS_MAX]; /* in telling order, see struct sn_part */
};

struct sn_sink {
	void (*emit)(struct sn_sink *sink, const struct sn_finding *finding);
	uint32_t cut; /* searches that were cut off at their limit: they may have missed one */
};

/* A finding without parts yet. The parts are many, so they are left as they are. */
static inline void sn_finding_start(struct sn_finding *f, enum sn_kind kind,
				    enum sn_verdict verdict, enum sn_why why)
{
	f->kind = kind;
	f->verdict = verdict;
	f->why = why;
	f->scope = 0;
	f->part_count = 0;
}

/* Appends a part; silently drops what is over SN_PARTS_MAX. */
static inline void sn_finding_add(struct sn_finding *f, struct sn_part part)
{
	if (f->part_count < SN_PARTS_MAX)
		f->parts[f->part_count++] = part;
}

/* What a part says of a signal with these SN_SIGNAL_… */
static inline uint8_t sn_signal_part_flags(uint32_t flags)
{
	return (uint8_t)((flags & SN_SIGNAL_BROADCAST ? SN_PART_BROADCAST : 0) |
			 (flags & SN_SIGNAL_LOCKED ? SN_PART_LOCKED : 0) |
			 (flags & SN_SIGNAL_UNLOCKED ? SN_PART_UNLOCKED : 0));
}

/* A 64-bit key by which repeated findings are one: kind, and each part's role, object and stack. */
uint64_t sn_finding_key(const struct sn_finding *f);

#endif
