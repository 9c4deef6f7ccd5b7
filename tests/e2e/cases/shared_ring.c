/* SPDX-License-Identifier: Apache-2.0
 *
 * Processes wait for each other in locks that they share: each holds one and wants the next one's.
 * Two children whose parent waits for them (`children`), in mutexes that are robust (`robust`), in
 * rwlocks held for writing (`rwlock`), a ring of three (`three`), memory that each has mapped
 * itself, at an address of its own (`file`); the parent is one of them (`parent`); a thread that is
 * not the main one is in it (`thread`).  In `helped` the parent has the memory and is at work: it
 * may do something about it.
 * Where all of them are main threads the processes are ended, and the run with them if the program
 * itself is one (`parent`); not with on_deadlock=continue (`continue`).
 */
// mode: run
// variants: children robust rwlock three file parent thread helped continue
// hangs
// run-arguments: --timeout 1m
// run-arguments[thread]: --timeout 4s
// run-arguments[helped]: --timeout 4s
// run-arguments[continue]: --timeout 4s -O on_deadlock=continue
// expect: deadlock confirmed
// expect[helped]: deadlock suspect
// status: 66
// status[thread]: 124
// status[helped]: 124
// status[continue]: 124
// json: roles(f) == ["holds", "waits"] * len(f.threads)
// json: len(f.threads) == (3 if f.message.startswith("3") else 2)
// json: len([t for t in f.threads if t.process]) == len(f.threads) - 1
// json[children]: f.why.startswith("each thread sleeps on the word of a lock that names the next one")
// json[helped]: "may do something about it" in f.why
// json: all(any(x.function == "want" for x in s.frames) for s in f.stacks if s.role == "waits")
// json: all(any(x.function == "take" for x in s.frames) for s in f.stacks if s.role == "holds")
// text: threads wait for each other .*T\d.* of process \d+
// text[three]: 3 threads wait for each other in a ring and can never go on
// text[helped]: can go on only through another process
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct shared {
	pthread_mutex_t mutex[3];
	pthread_rwlock_t rwlock[3];
	int taken;
};

static struct shared *s;
static const char *variant;
static int file = -1, members = 2;

static int is(const char *name)
{
	return !strcmp(variant, name);
}

static void make(void)
{
	pthread_mutexattr_t m;
	pthread_rwlockattr_t r;

	file = memfd_create("shared", MFD_CLOEXEC);
	CHECK(file >= 0 && !ftruncate(file, 3 * 4096));
	s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 4096);
	CHECK(s != MAP_FAILED);
	pthread_mutexattr_init(&m);
	pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
	if (is("robust"))
		pthread_mutexattr_setrobust(&m, PTHREAD_MUTEX_ROBUST);
	pthread_rwlockattr_init(&r);
	pthread_rwlockattr_setpshared(&r, PTHREAD_PROCESS_SHARED);
	for (int i = 0; i < 3; i++) {
		pthread_mutex_init(&s->mutex[i], &m);
		pthread_rwlock_init(&s->rwlock[i], &r);
	}
}

static void lock(int i)
{
	CHECK((is("rwlock") ? pthread_rwlock_wrlock(&s->rwlock[i])
			    : pthread_mutex_lock(&s->mutex[i])) == 0);
}

static __attribute__((noinline)) void take(int i)
{
	lock(i);
	__atomic_add_fetch(&s->taken, 1, __ATOMIC_ACQ_REL);
}

static __attribute__((noinline)) void want(int i)
{
	lock(i);
	__atomic_add_fetch(&s->taken, 1, __ATOMIC_ACQ_REL);
}

static void *take_part(void *number)
{
	int i = (int)(intptr_t)number;

	take(i);
	while (__atomic_load_n(&s->taken, __ATOMIC_ACQUIRE) < members)
		sched_yield();
	want((i + 1) % members);
	return NULL;
}

static void child(int i)
{
	pthread_t t;

	if (is("file"))
		s = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) + 4096;
	if (!is("thread")) {
		take_part((void *)(intptr_t)i);
		_exit(0);
	}
	START(&t, take_part, (void *)(intptr_t)i);
	pthread_join(t, NULL);
	_exit(0);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	variant = argv[1];
	make();
	if (is("three"))
		members = 3;
	for (int i = is("parent"); i < members; i++)
		if (!fork())
			child(i);
	if (is("parent"))
		take_part(NULL);
	/* Time is up before. */
	if (is("helped"))
		for (;;)
			poll(NULL, 0, 10);
	while (wait(NULL) > 0)
		continue;
	return 0;
}
