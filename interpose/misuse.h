/* SPDX-License-Identifier: Apache-2.0
 *
 * Misuse of mutexes, rwlocks, spin locks, condition variables, semaphores and barriers, judged at
 * the call that is wrong and before the real one runs.  The wrappers call in here only where
 * something is unusual already, or from calls that are rare (init, destroy, a condition wait); the
 * real call's result is never changed.  What is uncertain is a suspicion or is not told at all, and
 * nothing is read that the real call would not touch, other than through the kernel. */
#ifndef SN_INTERPOSE_MISUSE_H
#define SN_INTERPOSE_MISUSE_H

#include "interpose/acquire.h"
#include "interpose/sync.h"

/* Who uses an object, and since which call. */
struct sn_use {
	uint32_t thread;
	uint32_t stack;
	enum sn_role role; /* HOLDS or WAITS */
};

/* Whether the object is in use for certain: the registry says so, and so do its own bytes or, of a
 * thread that sleeps on it without having been woken, the kernel. */
SN_COLD int sn_use_of(struct sn_self *self, uint32_t lock, struct sn_use *use);

/* What the memory of a lock says, of which the registry says that the thread holds it. */
enum sn_lock_says {
	SN_BYTES_HELD,
	SN_BYTES_OTHERS,   /* it is free, or another thread's; or they do not tell */
	SN_BYTES_CHANGED,  /* they are those of no such lock */
	SN_BYTES_UNMAPPED, /* there is no such memory */
};
SN_COLD enum sn_lock_says sn_bytes_of(struct sn_self *self, uint32_t lock, uint32_t tid,
				      uint32_t mode);

/* Whether some thread really sleeps for the lock. */
SN_COLD int sn_use_is_awaited(uint32_t lock);

/* A number for what is one type to its calls: all mutexes are, and all rwlocks. */
uint32_t sn_misuse_family(uint32_t type);

/* Adds a part. */
void sn_misuse_part(struct sn_finding *f, enum sn_role role, uint32_t thread, uint32_t object,
		    uint32_t stack);

/* Whether the object is a variable of static storage of a module that has been loaded ever since it
 * was first seen, initialised and not destroyed: then whatever is at its address now is the same
 * object still. */
SN_COLD int sn_misuse_is_same_static(struct sn_self *self, uint32_t lock);

/* Before the real init of an object of this type; `known`: its record if its own memory tells it,
 * else 0. */
SN_COLD void sn_misuse_init(struct sn_self *self, void *address, uint32_t type, uint32_t known,
			    struct sn_site site);

/* Before the real destroy of a condition variable, semaphore or barrier, and before it is
 * forgotten. Returns the object's record if threads sleep on it. */
SN_COLD uint32_t sn_misuse_destroy(struct sn_self *self, void *address, uint32_t type,
				   struct sn_site site);

/* The object at `address` is as good as destroyed; whoever uses it from now on, and has not
 * initialised it, is told of this call. `tag` is where its identity was kept, or NULL. */
SN_COLD void sn_misuse_destroyed(struct sn_self *self, void *address, uint32_t type, uint64_t *tag,
				 struct sn_site site);

/* A condition wait with a mutex that the calling thread does not hold as far as we know. */
SN_COLD void sn_misuse_wait_unheld(struct sn_self *self, const struct sn_sync_rec *cond,
				   pthread_mutex_t *m, uint32_t mode, struct sn_site site);
SN_COLD void sn_misuse_wait_with(struct sn_self *self, const struct sn_sync_rec *cond,
				 uint32_t lock, int checked, struct sn_site site);
/* With one that it holds, in `slot`. */
SN_COLD void sn_misuse_wait_twice(struct sn_self *self, const struct sn_sync_rec *cond,
				  uint32_t slot, uint32_t mode, struct sn_site site);
SN_COLD void sn_misuse_wait_other(struct sn_self *self, const struct sn_sync_rec *cond,
				  uint32_t slot, struct sn_site site);

/* Kinds that no initialised mutex has: glibc's mark of a destroyed one is among them. */
#define SN_MUTEX_KIND_BITS 0x3f3
static inline int sn_misuse_kind(int kind)
{
	return (kind & ~SN_MUTEX_KIND_BITS) != 0;
}

/* A call was given a mutex of such a kind. */
SN_COLD void sn_misuse_bad_mutex(struct sn_self *self, pthread_mutex_t *m, struct sn_site site);

/* What proves that an object that is used for the first time is not one of this type. */
struct sn_wrong {
	enum sn_why why;
	uint32_t other; /* the object of another type that it is; 0 */
	uint32_t thread;
	uint32_t stack; /* where it was destroyed, or came into use as that other type; 0 unknown */
	enum sn_role role;
	int told; /* it has been told already */
};

/* A call that makes nothing known was given an object that is not known. */
SN_COLD void sn_wrong_unknown(struct sn_self *self, void *address, uint32_t type,
			      const uint64_t *tag, struct sn_site site);

/* Looks whether the object at `address`, not known so far, is what the call takes it for. `tag`:
 * where its identity would be kept, or NULL. */
SN_COLD int sn_wrong_look(struct sn_self *self, const void *address, uint32_t type,
			  const uint64_t *tag, struct sn_wrong *w);
SN_COLD void sn_wrong_report(struct sn_self *self, uint32_t lock, uint32_t stack,
			     const struct sn_wrong *w);
/* Before a real call that would write to an object that is not known: whether it is one of another
 * type. It is told then. */
SN_COLD int sn_wrong_is_other(struct sn_self *self, const void *address, uint32_t type,
			      struct sn_site site);
/* An object at this address has been initialised. */
SN_COLD void sn_wrong_born(const void *address);
/* For a fork child. */
void sn_wrong_reset(void);

#endif
