/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry as the process under test grows it: threads, locks, stacks, the map from addresses
 * to objects, and the contexts and dependencies of the lock-order graph.  Records live in the
 * recording. Unless a function says otherwise it is called with the shim's lock held, since it
 * changes the shape of a table; results are indices, 0 where there is no room (counted). */
#ifndef SN_GRAPH_REGISTRY_H
#define SN_GRAPH_REGISTRY_H

#include "base/finding.h"
#include "base/recorder.h"

/* Free records, which the program's threads and locks give back when they end without a trace.
 * Lives in private memory: a fork child starts with an empty one. */
struct sn_registry {
	/* Chained through rec->wait_object, the oldest first: what a thread has left behind may be
	 * told of for as long as its record tells of it. */
	uint32_t free_thread;
	uint32_t free_thread_last;
	uint32_t free_threads;
	uint32_t free_lock;   /* chained through rec->birth_stack */
	uint32_t free_sync;   /* chained through rec->object */
	uint32_t object_root; /* of the address map */
	uint32_t stack_root;
	uint32_t context_root;
	uint32_t free_dep[4]; /* by the number of locks held, less one; chained through dep->next */
	uint32_t serials;     /* threads seen so far */
	/* Locks that are gone, and with the last order that named them perhaps not needed. */
	uint32_t idle[16];
	uint32_t idle_count;
	/* Orders of threads that hold many locks, and entries of their held sets: see many.h. */
	uint32_t many_orders;
	uint32_t many_entries;
};
extern struct sn_registry sn_registry;

/* A zeroed thread record with its serial set. */
uint32_t sn_registry_thread_new(struct sn_recorder *r);

/* Gives a thread's record back if nothing can refer to it any more: it holds nothing, took no lock
 * in an order, created no thread, and no finding names it. */
void sn_registry_thread_free(struct sn_recorder *r, uint32_t thread);
/* Takes a record that was given back and still tells of its thread out of the free ones, so that a
 * finding can name it. */
void sn_registry_thread_keep(struct sn_recorder *r, uint32_t thread, uint32_t state);

uint32_t sn_registry_lock_new(struct sn_recorder *r, uint64_t address, uint32_t type,
			      uint32_t flags, uint32_t stack, uint32_t thread);

/* For a lock that was destroyed; kept if it is part of a lock order that may still matter, or if
 * threads have not yet left it. */
void sn_registry_lock_free(struct sn_recorder *r, uint32_t lock);

/* Forgets the orders of a lock that is gone where none of them can be part of a cycle, now or
 * later. Returns whether none is left, so that its record can serve another lock. */
int sn_registry_unorder(struct sn_recorder *r, uint32_t lock);

/* The state of a waitable object, made (or made anew) for its record. Returns its index or 0. */
uint32_t sn_registry_sync_new(struct sn_recorder *r, uint32_t lock);

/* The record of this trace, new or known. */
uint32_t sn_registry_stack(struct sn_recorder *r, const uintptr_t *pcs, uint32_t depth,
			   uint32_t epoch);

/* The object at an address, 0 where none; needs no lock. */
uint32_t sn_registry_object(const struct sn_recorder *r, uint64_t address);
/* Says which object is at an address from now on (0: none). Returns 0 or -ENOSPC. */
int sn_registry_object_set(struct sn_recorder *r, uint64_t address, uint32_t object);

/* A number for a lock held in a mode; a held set's fingerprint is their sum, so the order in which
 * locks come and go does not matter and taking one out is a subtraction. */
static inline uint64_t sn_held_mix(uint32_t lock, uint32_t mode)
{
	uint64_t x = ((uint64_t)lock * 2 + (mode & SN_MODE_READ) + 1) * 0x9e3779b97f4a7c15u;
	return x ^ (x >> 29);
}

/* Records that `thread` takes `lock` while it holds `held` (empty slots are skipped), unless
 * this context is known well enough. Returns the dependency's index or 0. */
uint32_t sn_registry_dep(struct sn_recorder *r, uint32_t thread, uint32_t lock, uint32_t mode,
			 uint32_t stack, const struct sn_held *held, uint32_t held_count);

/* Whether sn_registry_dep would record nothing; needs no lock. */
int sn_registry_dep_known(const struct sn_recorder *r, uint32_t thread, uint32_t lock,
			  uint32_t mode, uint32_t stack, const struct sn_held *held,
			  uint32_t held_count);

/* Records a finding, or counts it where an equal one of that scope is known. Returns its index or 0; *fresh tells
 * whether it is new. */
uint32_t sn_registry_finding(struct sn_recorder *r, const struct sn_finding *f, uint32_t scope,
			     int *fresh);

#endif
