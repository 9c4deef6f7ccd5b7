/* SPDX-License-Identifier: Apache-2.0
 *
 * The rwlocks prefer writers and there are writers: a reader can wait for a waiting writer,
 * so readers in opposite orders can deadlock. */
// expect: lock-order-inversion predicted
#include "locks.h"

static struct lock a, b, c;

static void *forward(void *unused)
{
	turn_await(1);
	pthread_rwlock_rdlock(&a.rwlock);
	pthread_rwlock_rdlock(&b.rwlock);
	pthread_rwlock_unlock(&b.rwlock);
	pthread_rwlock_unlock(&a.rwlock);
	turn_next();
	return unused;
}

static void *backward(void *unused)
{
	turn_await(2);
	pthread_rwlock_rdlock(&b.rwlock);
	pthread_rwlock_rdlock(&a.rwlock);
	pthread_rwlock_unlock(&a.rwlock);
	pthread_rwlock_unlock(&b.rwlock);
	lock_take(&a);
	lock_drop(&a);
	lock_take(&b);
	lock_drop(&b);
	turn_next();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	const char *name = argc > 1 ? argv[1] : "normal";
	lock_init(&a, RWLOCK_WRITER);
	lock_init(&b, RWLOCK_WRITER);
	lock_init(&c, lock_kind(name));
	START(&one, forward, NULL);
	START(&two, backward, NULL);
	turn_next();
	JOIN(one);
	JOIN(two);
	puts("done");
	return 5;
}
