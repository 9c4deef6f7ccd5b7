/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom a lock of the C library names as its owner, read from the memory of a process in which a
 * thread waits for it.
 *
 * A lock that processes share may name a thread that is no more: its process has ended without
 * unlocking it, and unless it is robust nobody is told.  Whether another process could help is
 * asked of those that have the memory, wherever they have it: one that only sleeps itself, on a
 * futex or for the end of a child, with no handler that could run, cannot. */
#ifndef SN_OUTSIDE_OWNER_H
#define SN_OUTSIDE_OWNER_H

#include "outside/seen.h"

/* Fills owner, kind and gone of a thread whose call is known. */
void sn_seen_ask_owner(struct sn_seen *s, struct sn_seen_thread *t);

#endif
