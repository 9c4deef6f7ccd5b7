/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that had ended and that nobody had joined when their process ended: why they are told.
 * Private to detect/. */
#ifndef SN_DETECT_UNJOINED_H
#define SN_DETECT_UNJOINED_H

#include "detect/detect.h"

/* Of a thread whose creation was not seen it is not known whether it is detached. */
#define SN_UNJOINED_EXEMPT (SN_THREAD_MAIN | SN_THREAD_DETACHED | SN_THREAD_FOREIGN)

struct sn_unjoined {
	const struct sn_view *view;
	const struct sn_end *end;
	int joins;     /* somebody is in a join */
	uint32_t live; /* threads that were alive at the end */
	/* The creation site that was asked about last: most come from one. */
	uint32_t site;
	uint32_t habits; /* how threads of it were joined: SN_STACK_THREAD_… */
	int piled;
};

void sn_unjoined_begin(struct sn_unjoined *u, const struct sn_view *v, const struct sn_end *end);

/* Why the ended thread is told; SN_WHY_NONE: it is not. The verdict follows from it. */
enum sn_why sn_unjoined_why(struct sn_unjoined *u, uint32_t thread);

#endif
