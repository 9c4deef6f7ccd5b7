/* SPDX-License-Identifier: Apache-2.0
 *
 * What the programs of the end-to-end tests share: checks, turns, and waiting until a thread is
 * really blocked.  Schedules are forced here, never hoped for: a turn is an atomic that the
 * detector does not see, so it orders the threads in time without ordering them for the detector.
 */
#ifndef TESTS_E2E_CASE_H
#define TESTS_E2E_CASE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Ends the program with status 3 and a line on stderr: the program itself did not go as planned. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);    \
			_exit(3);                                                                  \
		}                                                                                  \
	} while (0)

static int turn_now __attribute__((unused));

/* Waits until it is turn `n`; turns begin at 0. */
static inline void turn_await(int n)
{
	while (__atomic_load_n(&turn_now, __ATOMIC_ACQUIRE) != n)
		sched_yield();
}

static inline void turn_next(void)
{
	__atomic_add_fetch(&turn_now, 1, __ATOMIC_ACQ_REL);
}

/* Waits until turn `n` or a later one. */
static inline void turn_reached(int n)
{
	while (__atomic_load_n(&turn_now, __ATOMIC_ACQUIRE) < n)
		sched_yield();
}

/* Whether the word belongs to the detector: a thread that waits for a lock of libsnarl's is not yet
 * where the case wants it. No lock of the loader's is taken, which may be what a case is about. */
static inline int is_detectors(unsigned long address)
{
	struct dl_find_object found;
	return _dl_find_object((void *)address, &found) == 0 && found.dlfo_link_map &&
	       strstr(found.dlfo_link_map->l_name, "libsnarl.so") != NULL;
}

/* Whether thread `tid` of this process sleeps in a futex wait of its own. */
static inline int is_blocked(pid_t tid)
{
	char path[64], line[128] = "";
	long number = -1;
	unsigned long address = 0, operation = 0;
	snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)tid);
	FILE *f = fopen(path, "r");
	if (!f)
		return 0;
	if (!fgets(line, sizeof line, f))
		line[0] = 0;
	fclose(f);
	if (sscanf(line, "%ld %lx %lx", &number, &address, &operation) != 3 || number != 202)
		return 0;
	operation &= 0x7f;
	return (operation == 0 || operation == 6 || operation == 9 || operation == 13) &&
	       !is_detectors(address);
}

static inline void await_blocked(const pid_t *tid)
{
	while (!__atomic_load_n(tid, __ATOMIC_ACQUIRE))
		sched_yield();
	while (!is_blocked(*tid))
		sched_yield();
}

/* Waits until the kernel knows no such thread any more: it has ended, though nobody joined it. */
static inline void await_gone(const pid_t *tid)
{
	char path[64];
	while (!__atomic_load_n(tid, __ATOMIC_ACQUIRE))
		sched_yield();
	snprintf(path, sizeof path, "/proc/self/task/%d", (int)*tid);
	while (access(path, F_OK) == 0)
		sched_yield();
}

static inline void publish_tid(pid_t *tid)
{
	__atomic_store_n(tid, gettid(), __ATOMIC_RELEASE);
}

/* An absolute time `ms` milliseconds from now. */
static inline struct timespec soon(clockid_t clock, long ms)
{
	struct timespec t;
	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000L;
	t.tv_nsec %= 1000000000L;
	if (t.tv_nsec < 0) { /* before the second began */
		t.tv_nsec += 1000000000L;
		t.tv_sec--;
	}
	return t;
}

#define START(thread, function, argument)                                                          \
	CHECK(pthread_create((thread), NULL, (function), (argument)) == 0)
#define JOIN(thread) CHECK(pthread_join((thread), NULL) == 0)

#endif
