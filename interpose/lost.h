/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger of signals, and what it tells of lost wakeups.
 *
 * A waiter takes the mutex, looks at the state, and waits.  A signal in between is lost, and that
 * is possible only where the signaller does not hold the mutex.  It is legal all the same where the
 * signaller changed the state under the mutex and signals after the unlock: if the waiter did not
 * see that state, somebody else has taken it.  So a signal is *stray* if nobody heard it and its
 * thread has never held the mutex (its list of released locks proves it).  Stray signals advance an
 * epoch; every acquisition notes the epoch; so at a wait it is known for certain whether a stray
 * signal on this condition came after the waiter took the mutex: into its window.
 *
 * If the waiter then sleeps for good, that is a confirmed lost wakeup (graph/knot.c judges it); if
 * something else wakes it, a predicted one.  Timed waits never lose anything for good: of these
 * only the plainest is judged, where one signal came before the one wait that there was, and the
 * waiter looks at no state (see detect/lost.c). */
#ifndef SN_INTERPOSE_LOST_H
#define SN_INTERPOSE_LOST_H

#include "interpose/sync.h"

/* Before a condition wait; `was`: how the mutex was held. */
SN_COLD void sn_lost_waiting(struct sn_self *self, struct sn_sync_rec *sync,
			     const struct sn_held *was, uint32_t mode, uint32_t stack);
/* After it, with the mutex held again; `woken`: by a signal. */
SN_COLD void sn_lost_returned(struct sn_self *self, struct sn_sync_rec *sync, uint32_t stack,
			      int woken);

/* In a wait, the first there, whose time has run out. */
SN_COLD void sn_lost_ran_out(struct sn_self *self, struct sn_sync_rec *sync, uint32_t stack);

/* Before a signal that finds a waiter, or none. */
SN_COLD void sn_lost_heard(struct sn_self *self, struct sn_sync_rec *sync, uint32_t flags,
			   uint32_t stack);
void sn_lost_unheard(struct sn_self *self, struct sn_sync_rec *sync, uint32_t flags,
		     uint32_t stack);

#endif
