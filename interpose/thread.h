/* SPDX-License-Identifier: Apache-2.0
 *
 * The events of a thread's life, shared by the pthread_* and thrd_* wrappers. */
#ifndef SN_INTERPOSE_THREAD_H
#define SN_INTERPOSE_THREAD_H

#include <pthread.h>
#include "interpose/acquire.h"

/* A thread is about to be created: its state, ready for the trampoline; NULL to pass through. */
struct sn_self *sn_thread_creating(struct sn_self *self, int detached, uint64_t routine,
				   struct sn_site site);
/* The creation's outcome. `child` must not be touched after success: it may have ended already. */
void sn_thread_created(struct sn_self *self, struct sn_self *child, uint32_t thread, int result,
		       pthread_t id);

/* Whether a thread with these attributes (NULL: none) is created detached. */
int sn_thread_is_detached(const pthread_attr_t *attributes);

/* How large the stack of a thread with these attributes (NULL: none) is; 0 unknown. */
size_t sn_thread_stack_bytes(const pthread_attr_t *attributes);

/* The record of the thread with this serial, also when it has ended; 0 where the record serves
 * another one by now. A finding that names it keeps it. */
SN_COLD uint32_t sn_thread_of(uint32_t serial);

/* The new thread's id. Once it runs, the memory behind `id` may be gone, but then the thread has
 * put its id into its record. */
pthread_t sn_thread_id_of(uint32_t thread, uint32_t serial, const pthread_t *id);

/* The thread of that id that has not been joined, 0 if unknown. */
uint32_t sn_thread_by_id(pthread_t id);

/* Threads were created that are not in the registry: an id that nobody bears may be theirs. */
extern int sn_thread_unseen;

#endif
