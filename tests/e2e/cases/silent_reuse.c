/* SPDX-License-Identifier: Apache-2.0
 *
 * A lock ends and another begins at the same address, again and again: the orders of the one are
 * not those of the other.  Two threads that nothing orders use them in turn.
 * That a static lock is initialised again without a destroy was silent once; it is undefined, the
 * peers tell of it, and so it is a suspect now. */
// variants: destroyed zeroed freed undestroyed stack rwlock spin
// expect: silent
// expect[undestroyed]: reinit-in-use suspect
#include "locks.h"

enum { ROUNDS = 6 };

static struct lock steady, *passing;

/* Thread 0 takes the passing lock first, thread 1 the steady one; they alternate. */
static void *worker(void *number)
{
	long mine = (long)number;
	for (int round = 0; round < ROUNDS; round++) {
		turn_await((round * 2 + (int)mine) * 2 + 1);
		struct lock *outer = mine ? &steady : passing;
		struct lock *inner = mine ? passing : &steady;
		lock_take(outer);
		lock_take(inner);
		lock_drop(inner);
		lock_drop(outer);
		turn_next();
	}
	return NULL;
}

/* Lends `lock` to the worker whose turn it is. */
static void lend(struct lock *lock)
{
	int now = turn_now;
	passing = lock;
	turn_next();
	turn_await(now + 2);
}

static __attribute__((noinline)) void on_stack(void)
{
	struct lock lock;
	lock_init(&lock, NORMAL);
	lend(&lock);
}

static void once(const char *how, enum lock_kind kind)
{
	static struct lock fixed;
	if (!strcmp(how, "stack")) {
		on_stack();
	} else if (!strcmp(how, "zeroed")) {
		memset(&fixed, 0, sizeof fixed);
		lend(&fixed);
	} else if (!strcmp(how, "undestroyed")) {
		lock_init(&fixed, kind);
		lend(&fixed);
	} else if (!strcmp(how, "freed")) {
		struct lock *lock = malloc(sizeof *lock);
		lock_init(lock, kind);
		lend(lock);
		free(lock);
	} else {
		lock_init(&fixed, kind);
		lend(&fixed);
		CHECK(lock_destroy(&fixed) == 0);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "destroyed";
	enum lock_kind kind = !strcmp(how, "rwlock") ? RWLOCK
			      : !strcmp(how, "spin") ? SPIN
						     : NORMAL;
	pthread_t threads[2];
	lock_init(&steady, kind);
	for (long i = 0; i < 2; i++)
		START(&threads[i], worker, (void *)i);
	for (int i = 0; i < 2 * ROUNDS; i++)
		once(how, kind);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
