/* SPDX-License-Identifier: Apache-2.0
 *
 * The mutex's events, shared by the wrappers of pthread_mutex_*, mtx_* and the condition waits. */
#ifndef SN_INTERPOSE_MUTEX_H
#define SN_INTERPOSE_MUTEX_H

#include <time.h>
#include "interpose/misuse.h"

/* The mutex's record; made if it has none. 0 where there is no room. */
uint32_t sn_mutex_lock_of(struct sn_self *self, pthread_mutex_t *m, struct sn_site site);

/* A fresh identity for a mutex that has just been initialised. */
void sn_mutex_born(struct sn_self *self, pthread_mutex_t *m, uint32_t flags, struct sn_site site);
/* Before it is destroyed. */
void sn_mutex_dies(struct sn_self *self, pthread_mutex_t *m, struct sn_site site);

int sn_mutex_lock(struct sn_self *self, pthread_mutex_t *m, struct sn_site site);
int sn_mutex_trylock(struct sn_self *self, pthread_mutex_t *m, struct sn_site site);
/* timed: clock -1 is pthread_mutex_timedlock. */
int sn_mutex_timedlock(struct sn_self *self, pthread_mutex_t *m, int clock,
		       const struct timespec *limit, struct sn_site site);
int sn_mutex_unlock(struct sn_self *self, pthread_mutex_t *m, struct sn_site site);

/* Whether the calling thread, which holds the mutex, has locked it more than once. */
static inline int sn_mutex_is_twice(const pthread_mutex_t *m)
{
	return (sn_mutex_kind(m) & SN_MUTEX_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP &&
	       m->__data.__count > 1;
}

/* Whether glibc refuses to unlock it for the calling thread: a mutex that checks its owner and has
 * another one, or one of no known kind. A condition wait with it returns at once. */
int sn_mutex_refuses(const struct sn_self *self, const pthread_mutex_t *m);

/* The mutex's record; 0 where it has none yet. */
uint32_t sn_mutex_known(struct sn_self *self, pthread_mutex_t *m);

/* The inner unlock and relock of a condition wait. leave returns the lock's record, or 0 if the
 * thread does not hold it as far as we know; then there is nothing to come back to. `woken`: 0 or
 * SN_MODE_WOKEN. */
uint32_t sn_mutex_leave(struct sn_self *self, pthread_mutex_t *m);
void sn_mutex_come_back(struct sn_self *self, pthread_mutex_t *m, uint32_t lock, uint32_t woken,
			struct sn_site site);

#endif
