/* SPDX-License-Identifier: Apache-2.0
 *
 * Synchronisation objects, by their addresses: locks, atomics, whatever passes one thread's past on
 * to another.  An object exists as soon as something is released to it.  What is done to an object
 * is done with its lock held: for an atomic that includes the operation itself (sn_sync_open …
 * sn_sync_close), so that a value and the past that came with it are never mixed up with another's.
 */
#ifndef SN_RACE_SYNC_H
#define SN_RACE_SYNC_H

#include "race/thread.h"

/* The orders of C11 by their numbers, which gcc, clang and libatomic share. */
enum sn_order {
	SN_ORDER_RELAXED,
	SN_ORDER_CONSUME,
	SN_ORDER_ACQUIRE,
	SN_ORDER_RELEASE,
	SN_ORDER_ACQ_REL,
	SN_ORDER_SEQ_CST,
};

/* What comes from there happens before what t does from now on. */
void sn_sync_acquire(struct sn_race_thread *t, uintptr_t address);
/* What t has done so far happens before what is done by whoever acquires from there; along with
 * what others have released to it, or instead (`only`: t is known to have acquired all of that). */
void sn_sync_release(struct sn_race_thread *t, uintptr_t address, int only);

/* What has been released to `from` is released to `to` as well; t itself neither acquires nor
 * releases anything. */
void sn_sync_pass(struct sn_race_thread *t, uintptr_t from, uintptr_t to);

/* An atomic operation, in the order of these calls: open; the operation itself; sn_sync_load if it
 * has read; sn_race_access_within for the access; sn_sync_store or, if it has read, too,
 * sn_sync_exchange if it has written; close. Meanwhile t is busy. Returns 0 where it was busy
 * before: then the operation is done without us. */
struct sn_sync_op {
	struct sn_race_thread *t;
	uintptr_t address;
	struct sn_sync *object; /* NULL: nothing was ever released there */
};
int sn_sync_open(struct sn_sync_op *op, struct sn_race_thread *t, uintptr_t address);
void sn_sync_load(struct sn_sync_op *op, enum sn_order order);
void sn_sync_store(struct sn_sync_op *op, enum sn_order order);
void sn_sync_exchange(struct sn_sync_op *op, enum sn_order order);
void sn_sync_close(struct sn_sync_op *op);

void sn_sync_fence(struct sn_race_thread *t, enum sn_order order);

/* The memory is new: no object lies there. */
void sn_sync_forget(uintptr_t address, size_t size);

#endif
