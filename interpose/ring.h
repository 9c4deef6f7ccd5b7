/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a ring of waits that the registry shows is one for the kernel, too: a member that was
 * cancelled or jumped out of its wait leaves a record behind, another process may release a lock
 * that it shares, and a signal handler may take a member out of its wait. */
#ifndef SN_INTERPOSE_RING_H
#define SN_INTERPOSE_RING_H

#include "base/finding.h"
#include "base/view.h"

enum sn_ring {
	SN_RING_NOT_YET, /* a member is not asleep where its record says: look again */
	SN_RING_OPEN,    /* somebody from outside may end it */
	SN_RING_OTHERS, /* another member looks at it, too, and finds the caller once that sleeps */
	SN_RING_CLOSED,
};

/* Asks about all that wait in `f`, but for the thread `except` (a kernel id), which looks and is
 * about to sleep. Of two members that look (SN_THREAD_LOOKS) the one of the higher number does. */
enum sn_ring sn_ring_ask(const struct sn_view *v, const struct sn_finding *f, uint32_t except);

/* Whether there is a handler, for other signals than faults and requests to stop, in a module that
 * calls what leaves a wait without returning to it: longjmp and kin, or the thread's end. */
int sn_ring_handler_may_leave(void);

#endif
