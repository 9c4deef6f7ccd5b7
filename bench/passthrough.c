/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor of interposition: a library to preload that has the calls of pthread, and those that
 * block, which libsnarl.so has, and does nothing in them but call the real one.  What a program
 * costs more under libsnarl.so than under this one is the price of watching it.
 *
 * Only for measurements: a real function is looked up by its first call, so a program whose
 * allocator locks while dlsym allocates would not survive it. */
#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

/* Condition variables have two versions; programs of this century want the second. */
static __attribute__((noinline, cold)) void *find(const char *name)
{
	void *real = NULL;

	if (!strncmp(name, "pthread_cond_", 13))
		real = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
	if (!real)
		real = dlsym(RTLD_NEXT, name);
	if (!real)
		abort();
	return real;
}

#define PASS(name, result, parameters, arguments)                                                  \
	result name parameters;                                                                    \
	__attribute__((visibility("default"))) result name parameters                              \
	{                                                                                          \
		static result(*real) parameters;                                                   \
		if (__builtin_expect(!real, 0))                                                    \
			*(void **)&real = find(#name);                                             \
		return real arguments;                                                             \
	}

#define MUTEX_CALL(name) PASS(name, int, (pthread_mutex_t * m), (m))
MUTEX_CALL(pthread_mutex_lock)
MUTEX_CALL(pthread_mutex_trylock)
MUTEX_CALL(pthread_mutex_unlock)
MUTEX_CALL(pthread_mutex_destroy)
PASS(pthread_mutex_init, int, (pthread_mutex_t * m, const pthread_mutexattr_t *a), (m, a))
PASS(pthread_mutex_timedlock, int, (pthread_mutex_t * m, const struct timespec *t), (m, t))
PASS(pthread_mutex_clocklock, int, (pthread_mutex_t * m, clockid_t c, const struct timespec *t),
     (m, c, t))

#define RWLOCK_CALL(name) PASS(name, int, (pthread_rwlock_t * l), (l))
RWLOCK_CALL(pthread_rwlock_rdlock)
RWLOCK_CALL(pthread_rwlock_tryrdlock)
RWLOCK_CALL(pthread_rwlock_wrlock)
RWLOCK_CALL(pthread_rwlock_trywrlock)
RWLOCK_CALL(pthread_rwlock_unlock)
RWLOCK_CALL(pthread_rwlock_destroy)
PASS(pthread_rwlock_init, int, (pthread_rwlock_t * l, const pthread_rwlockattr_t *a), (l, a))
PASS(pthread_rwlock_timedrdlock, int, (pthread_rwlock_t * l, const struct timespec *t), (l, t))
PASS(pthread_rwlock_timedwrlock, int, (pthread_rwlock_t * l, const struct timespec *t), (l, t))
PASS(pthread_rwlock_clockrdlock, int, (pthread_rwlock_t * l, clockid_t c, const struct timespec *t),
     (l, c, t))
PASS(pthread_rwlock_clockwrlock, int, (pthread_rwlock_t * l, clockid_t c, const struct timespec *t),
     (l, c, t))

#define SPIN_CALL(name) PASS(name, int, (pthread_spinlock_t * l), (l))
SPIN_CALL(pthread_spin_lock)
SPIN_CALL(pthread_spin_trylock)
SPIN_CALL(pthread_spin_unlock)
SPIN_CALL(pthread_spin_destroy)
PASS(pthread_spin_init, int, (pthread_spinlock_t * l, int shared), (l, shared))

#define COND_CALL(name) PASS(name, int, (pthread_cond_t * c), (c))
COND_CALL(pthread_cond_signal)
COND_CALL(pthread_cond_broadcast)
COND_CALL(pthread_cond_destroy)
PASS(pthread_cond_init, int, (pthread_cond_t * c, const pthread_condattr_t *a), (c, a))
PASS(pthread_cond_wait, int, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
PASS(pthread_cond_timedwait, int,
     (pthread_cond_t * c, pthread_mutex_t *m, const struct timespec *t), (c, m, t))
PASS(pthread_cond_clockwait, int,
     (pthread_cond_t * c, pthread_mutex_t *m, clockid_t i, const struct timespec *t), (c, m, i, t))

#define SEM_CALL(name) PASS(name, int, (sem_t * s), (s))
SEM_CALL(sem_wait)
SEM_CALL(sem_trywait)
SEM_CALL(sem_post)
SEM_CALL(sem_destroy)
SEM_CALL(sem_close)
PASS(sem_init, int, (sem_t * s, int shared, unsigned value), (s, shared, value))
PASS(sem_timedwait, int, (sem_t * s, const struct timespec *t), (s, t))
PASS(sem_clockwait, int, (sem_t * s, clockid_t c, const struct timespec *t), (s, c, t))

PASS(pthread_barrier_init, int,
     (pthread_barrier_t * b, const pthread_barrierattr_t *a, unsigned count), (b, a, count))
PASS(pthread_barrier_wait, int, (pthread_barrier_t * b), (b))
PASS(pthread_barrier_destroy, int, (pthread_barrier_t * b), (b))
PASS(pthread_once, int, (pthread_once_t * once, void (*f)(void)), (once, f))

PASS(pthread_create, int,
     (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *argument),
     (t, a, f, argument))
PASS(pthread_join, int, (pthread_t t, void **result), (t, result))
PASS(pthread_tryjoin_np, int, (pthread_t t, void **result), (t, result))
PASS(pthread_timedjoin_np, int, (pthread_t t, void **result, const struct timespec *limit),
     (t, result, limit))
PASS(pthread_detach, int, (pthread_t t), (t))
PASS(pthread_setname_np, int, (pthread_t t, const char *name), (t, name))

#define SN_BLOCKING(name, result, parameters, arguments) PASS(name, result, parameters, arguments)
#include "interpose/blocking.def"
#undef SN_BLOCKING
