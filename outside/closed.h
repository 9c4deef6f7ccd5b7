/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a process sleeps for good, whatever it sleeps in: by the kernel alone, so that it holds
 * for locks that nobody interposes (the loader's, malloc's, OpenMP's, an interpreter's).
 *
 * Every thread must be in a wait without a time limit that only another thread of the process could
 * end: on a futex in memory that no other process has, or at one end of a pipe whose other end no
 * other process has; or for a lock that processes share and whose owner has ended, if no other
 * process could help (owner.h).  Whoever moves between two looks is seen by its count of switches.
 * Then nothing within can wake anybody; and from outside only a signal's handler could: there must
 * be none that some thread lets in, and no io_uring, which wakes futexes.
 *
 * A thread that has nothing to do may pause for good by design, and others may wait for work then
 * that never comes.  With such a thread somebody must sleep in a lock of the C library: a lock is
 * never meant to be held for good. */
#ifndef SN_OUTSIDE_CLOSED_H
#define SN_OUTSIDE_CLOSED_H

#include "outside/seen.h"

/* By one look: who asks must see that nobody has moved since it began. */
int sn_seen_is_closed(const struct sn_seen *s);

/* Whether some thread of it is in a wait of the C library that nobody means to last: in a lock, or
 * where something is destroyed that others use. */
int sn_seen_is_no_rest(const struct sn_seen *s);

/* Takes SN_SEEN_NEVER back from one that rests and whose end is in sight (base/end_in_sight.h). */
void sn_seen_respect_end(struct sn_seen *s, const struct sn_header *h);

/* The futex that the thread sleeps on without a time limit; 0: it sleeps on none. */
uint64_t sn_seen_futex(const struct sn_seen_thread *t);

#endif
