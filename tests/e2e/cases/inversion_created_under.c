/* SPDX-License-Identifier: Apache-2.0
 *
 * Nearly the start gate of silent_created_under.c: the lock is given up and taken again before the
 * step, or once more after it; the thread does not wait for it, only tries, waits for another one,
 * or takes it only for the step; creator and thread only read. */
// variants: retaken again condition no-gate tried other first readers
// expect: lock-order-inversion predicted
#include "locks.h"

static struct lock a, b, other;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static const char *how;
static int ready;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void pass_gate(void)
{
	if (is("no-gate"))
		return;
	if (is("tried")) {
		while (lock_try(&a) != 0)
			sched_yield();
		lock_drop(&a);
	} else if (is("other")) {
		lock_take(&other);
		lock_drop(&other);
	} else if (is("readers")) {
		pthread_rwlock_rdlock(&a.rwlock);
		pthread_rwlock_unlock(&a.rwlock);
	} else if (is("condition")) {
		lock_take(&a);
		ready = 1;
		pthread_cond_signal(&cond);
		lock_drop(&a);
	} else if (!is("first")) {
		lock_take(&a);
		lock_drop(&a);
	}
}

static void *worker(void *unused)
{
	pass_gate();
	turn_reached(1);
	lock_take(&b);
	lock_take(&a);
	lock_drop(&a);
	lock_drop(&b);
	return unused;
}

static void __attribute__((noinline)) step(void)
{
	lock_take(&b);
	lock_drop(&b);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	how = argc > 1 ? argv[1] : "retaken";
	lock_init(&a, is("readers") ? RWLOCK : NORMAL);
	lock_init(&b, NORMAL);
	lock_init(&other, NORMAL);
	for (int i = 0; i < (is("again") ? 2 : 1); i++) {
		if (is("readers"))
			pthread_rwlock_rdlock(&a.rwlock);
		else
			lock_take(&a);
		if (!i)
			START(&thread, worker, NULL);
		while (is("condition") && !ready)
			pthread_cond_wait(&cond, &a.mutex);
		if (is("retaken")) {
			lock_drop(&a);
			lock_take(&a);
		}
		step();
		lock_drop(&a);
	}
	turn_next();
	JOIN(thread);
	puts("done");
	return 5;
}
