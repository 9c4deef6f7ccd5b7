/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads of other processes, as their own recordings tell of them, on the tables of this one:
 * owner.c has those that ended holding a lock, ring.c those that wait in a ring. */
#ifndef SN_REPORT_OWNER_H
#define SN_REPORT_OWNER_H

#include "report/model.h"

struct sn_other {
	struct sn_reader reader;
	uint32_t thread;
	uint32_t epoch; /* its modules are named by it here: one of its own */
	struct sn_held held;
};

/* Stacks of another process name its modules by an epoch behind all that this process can have had.
 */
#define SN_OTHERS_EPOCH (UINT32_MAX - 1)

/* Which locks that processes share are meant. */
enum sn_robust { SN_NOT_ROBUST, SN_ROBUST_TOO };

/* Whether the thread holds a lock that processes share which may be the one at the address: of
 * several at the same place of a page, that at the very address, or none. */
int sn_holds_shared(const struct sn_view *v, const struct sn_thread_rec *t, uint64_t address,
		    enum sn_robust robust, struct sn_held *held);

/* Looks for the thread of that number which holds the lock, among the recordings of the same run in
 * the folder. Returns 0 where it has been found: its recording is open then. */
int sn_other_find(const struct sn_process *p, struct sn_other *o, int folder, uint32_t tid,
		  uint64_t address, enum sn_robust robust);

/* The stack of its recording as one of ours. */
uint32_t sn_other_stack(struct sn_process *p, const struct sn_other *o, uint32_t stack);
/* The thread as one of ours, which holds the lock (a record of ours). `o` is NULL where nothing but
 * its number is known. 0: there is no memory. */
uint32_t sn_other_thread(struct sn_process *p, const struct sn_other *o, uint32_t tid,
			 uint32_t lock);

/* ring.c: fills the finding of a ring that was grafted. */
void sn_ring_finding(const struct sn_process *p, uint32_t i, struct sn_finding *f);

#endif
