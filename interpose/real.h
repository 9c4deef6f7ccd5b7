/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions that the wrappers stand in for: those of the next object that defines them. */
#ifndef SN_INTERPOSE_REAL_H
#define SN_INTERPOSE_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include "interpose/blocking.h"

struct sn_real {
#define SN_SYMBOL(name, result, parameters) result(*name) parameters;
#include "interpose/symbols.def"
#undef SN_SYMBOL
	int (*cond_wait)(pthread_cond_t *, pthread_mutex_t *);
	int (*cond_timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
	int (*cond_wait_old)(pthread_cond_t *, pthread_mutex_t *);
	int (*cond_timedwait_old)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
	int (*cond_init)(pthread_cond_t *, const pthread_condattr_t *);
	int (*cond_init_old)(pthread_cond_t *, const pthread_condattr_t *);
	int (*cond_destroy)(pthread_cond_t *);
	int (*cond_destroy_old)(pthread_cond_t *);
	int (*cond_signal)(pthread_cond_t *);
	int (*cond_signal_old)(pthread_cond_t *);
	int (*cond_broadcast)(pthread_cond_t *);
	int (*cond_broadcast_old)(pthread_cond_t *);
};
extern struct sn_real sn_real_table;

/* Resolves everything, once; safe to call again and from any thread. */
void sn_real_resolve(void);

/* The real function: sn_real(pthread_join)(t, r). Resolves first where a call comes before the
 * shim's start (another library's constructor, or a preloaded allocator). */
#define sn_real(name)                                                                              \
	(__builtin_expect(!sn_real_table.name, 0) ? sn_real_resolve() : (void)0, sn_real_table.name)

#endif
