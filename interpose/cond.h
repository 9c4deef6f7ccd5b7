/* SPDX-License-Identifier: Apache-2.0
 *
 * Condition variables' events, shared by pthread_cond_* (two generations) and cnd_*: a wait in
 * progress, signals, and the object's life. */
#ifndef SN_INTERPOSE_COND_H
#define SN_INTERPOSE_COND_H

#include "interpose/bytes.h"
#include "interpose/mutex.h"
#include "interpose/sync.h"

struct sn_cond_wait {
	struct sn_self *self; /* NULL: unseen */
	pthread_mutex_t *mutex;
	struct sn_sync_rec *sync;
	uint32_t lock;  /* what was given up, 0 if nothing */
	uint32_t stack; /* of the wait */
	int is_first;   /* nobody has waited there before */
	int result;     /* of the real call; -1 where it did not return (cancelled) */
	struct sn_site site;
	struct sn_wait_scope outer;
};

void sn_cond_begin(struct sn_cond_wait *w, void *cond, pthread_mutex_t *m, struct sn_site site);
/* The same with a time limit; clock SN_COND_OWN_CLOCK: the condition's. */
#define SN_COND_OWN_CLOCK (-1)
void sn_cond_begin_timed(struct sn_cond_wait *w, void *cond, pthread_mutex_t *m, clockid_t clock,
			 const struct timespec *limit, struct sn_site site);
void sn_cond_end(struct sn_cond_wait *w);

/* Ends with the block, also when the thread is cancelled in the wait: by then the mutex is its own
 * again. */
#define SN_COND_WAIT(name)                                                                         \
	struct sn_cond_wait name __attribute__((cleanup(sn_cond_end))) = {.result = -1}

/* Whether it is a condition variable at all. Not for those of GLIBC_2.2.5. */
static inline void sn_cond_look(const void *cond, struct sn_site site)
{
	if (sn_unlikely(sn_bytes_no_cond(cond)))
		sn_bytes_tell(cond, SN_LOCK_COND, site);
}

/* Before the real signal (broadcast where flags has SN_SIGNAL_BROADCAST). */
void sn_cond_signalling(struct sn_self *self, void *cond, uint32_t flags, struct sn_site site);

/* After the real init; `shared`: between processes. */
void sn_cond_born(struct sn_self *self, void *cond, int shared, struct sn_site site);
/* Before the real destroy, which blocks while threads are blocked on it: `outer` is that wait. */
void sn_cond_dies(struct sn_self *self, void *cond, struct sn_wait_scope *outer,
		  struct sn_site site);

#endif
