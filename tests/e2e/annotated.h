/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks of a program's own make, annotated for ThreadSanitizer as libraries do it: through weak
 * symbols that are there only when somebody listens. "futex" sleeps on a word of its own, "pthread"
 * is made of a mutex and a condition, "rw" of readers that are counted. */
#ifndef TESTS_E2E_ANNOTATED_H
#define TESTS_E2E_ANNOTATED_H

#include <linux/futex.h>
#include <sys/syscall.h>
#include "case.h"

#define WEAK __attribute__((weak))
void __tsan_mutex_create(void *lock, unsigned flags) WEAK;
void __tsan_mutex_destroy(void *lock, unsigned flags) WEAK;
void __tsan_mutex_pre_lock(void *lock, unsigned flags) WEAK;
void __tsan_mutex_post_lock(void *lock, unsigned flags, int recursion) WEAK;
int __tsan_mutex_pre_unlock(void *lock, unsigned flags) WEAK;
void __tsan_mutex_post_unlock(void *lock, unsigned flags) WEAK;
void __tsan_mutex_pre_signal(void *lock, unsigned flags) WEAK;
void __tsan_mutex_post_signal(void *lock, unsigned flags) WEAK;
void __tsan_mutex_pre_divert(void *lock, unsigned flags) WEAK;
void __tsan_mutex_post_divert(void *lock, unsigned flags) WEAK;

#define REENTRANT 6u
#define READ_LOCK 8u
#define TRY_LOCK 16u
#define TRY_FAILED 32u
#define RECURSIVE_LOCK 64u
#define RECURSIVE_UNLOCK 128u

#define TELL(call)                                                                                 \
	do {                                                                                       \
		if (__tsan_mutex_create)                                                           \
			call;                                                                      \
	} while (0)

enum annotated_kind { OF_FUTEX, OF_PTHREAD, OF_READERS };

struct annotated {
	enum annotated_kind kind;
	int word; /* 0 free, 1 taken; of readers: how many, or -1 */
	int owner, depth;
	pthread_mutex_t mutex;
	pthread_cond_t given_up;
};

static inline enum annotated_kind annotated_kind(const char *name)
{
	return !strcmp(name, "pthread") ? OF_PTHREAD : !strcmp(name, "rw") ? OF_READERS : OF_FUTEX;
}

static inline void annotated_init(struct annotated *l, enum annotated_kind kind, unsigned flags)
{
	*l = (struct annotated){.kind = kind};
	pthread_mutex_init(&l->mutex, NULL);
	pthread_cond_init(&l->given_up, NULL);
	TELL(__tsan_mutex_create(l, flags));
}

static inline int annotated_get(struct annotated *l, int reading)
{
	int was = __atomic_load_n(&l->word, __ATOMIC_RELAXED);
	if (reading ? was < 0 : was)
		return 0;
	return __atomic_compare_exchange_n(&l->word, &was,
					   reading ? was + 1 : 1 - 2 * (l->kind == OF_READERS), 0,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void annotated_wait(struct annotated *l, int reading)
{
	if (l->kind == OF_PTHREAD) {
		pthread_mutex_lock(&l->mutex);
		while (!annotated_get(l, 0))
			pthread_cond_wait(&l->given_up, &l->mutex);
		pthread_mutex_unlock(&l->mutex);
		return;
	}
	while (!annotated_get(l, reading)) {
		int was = __atomic_load_n(&l->word, __ATOMIC_RELAXED);
		if (was)
			syscall(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, was, NULL, NULL, 0);
	}
}

static inline __attribute__((always_inline)) void annotated_take(struct annotated *l,
								 unsigned flags)
{
	TELL(__tsan_mutex_pre_lock(l, flags));
	annotated_wait(l, (flags & READ_LOCK) != 0);
	TELL(__tsan_mutex_post_lock(l, flags, 0));
}

static inline __attribute__((always_inline)) int annotated_try(struct annotated *l)
{
	TELL(__tsan_mutex_pre_lock(l, TRY_LOCK));
	int got = annotated_get(l, 0);
	TELL(__tsan_mutex_post_lock(l, TRY_LOCK | (got ? 0 : TRY_FAILED), 0));
	return got;
}

static inline void annotated_free(struct annotated *l)
{
	if (l->kind == OF_PTHREAD)
		pthread_mutex_lock(&l->mutex);
	__atomic_fetch_add(&l->word, l->word < 0 ? 1 : -1, __ATOMIC_RELEASE);
	if (l->kind == OF_PTHREAD) {
		pthread_cond_signal(&l->given_up);
		pthread_mutex_unlock(&l->mutex);
	} else {
		syscall(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
}

static inline __attribute__((always_inline)) void annotated_drop(struct annotated *l,
								 unsigned flags)
{
	TELL(__tsan_mutex_pre_unlock(l, flags));
	annotated_free(l);
	TELL(__tsan_mutex_post_unlock(l, flags));
}

#endif
