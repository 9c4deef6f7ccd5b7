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

/* What is said of a lock. */
struct sn_said {
	uint64_t address;
	uint32_t owner, kind;
	int shared, robust;
};

/* Whether the thread sleeps on the word of a lock of the C library, and what that says. */
int sn_owner_said(const struct sn_seen_thread *t, struct sn_said *said);

/* Whether its numbers of threads are ours as well: it is in the same namespace. */
int sn_counts_as_we(uint32_t pid);

/* Whether a process has that memory (a struct sn_mapping), and may do something: for
 * sn_others_have. */
int sn_owner_may_help(uint32_t pid, const void *mapping);

/* Fills owner, kind, gone and ring of a thread whose call is known. */
void sn_seen_ask_owner(struct sn_seen *s, struct sn_seen_thread *t);

#endif
