/* SPDX-License-Identifier: Apache-2.0
 *
 * Every result is the one that libc gives, and errno is left alone.  Two of the calls fail as only
 * a mistake makes them fail, and that is told.  So is, since attempts on one's own lock are told,
 * that an rwlock is tried by its writer. */
// expect: api-error suspect
// expect: self-deadlock suspect
// status: own
#include "locks.h"

static struct lock locks[LOCK_KINDS];

static void kind(enum lock_kind k)
{
	struct lock *l = &locks[k];
	errno = 99;
	lock_init(l, k);
	printf("%d:", (int)k);
	printf(" %d", lock_take(l));
	printf(" %d", k == RECURSIVE || k == MTX_RECURSIVE ? 0 : lock_try(l) != 0);
	if (k != SPIN && k != RECURSIVE && k != MTX_RECURSIVE && k != MTX && k <= PSHARED)
		printf(" %d", k == ERRORCHECK ? lock_take(l) : lock_timed(l, -10));
	printf(" %d", lock_drop(l));
	printf(" %d", lock_try(l));
	printf(" %d", lock_drop(l));
	printf(" %d %d\n", lock_destroy(l), errno);
}

static void rwlock(void)
{
	pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
	struct timespec past = {1, 0}, bad = {1, -1};
	errno = 99;
	printf("%d ", pthread_rwlock_rdlock(&l));
	printf("%d ", pthread_rwlock_tryrdlock(&l));
	printf("%d ", pthread_rwlock_trywrlock(&l));
	printf("%d ", pthread_rwlock_timedwrlock(&l, &past));
	printf("%d ", pthread_rwlock_clockwrlock(&l, CLOCK_MONOTONIC, &past));
	printf("%d ", pthread_rwlock_clockwrlock(&l, 42, &past));
	printf("%d ", pthread_rwlock_timedwrlock(&l, &bad));
	printf("%d ", pthread_rwlock_unlock(&l));
	printf("%d ", pthread_rwlock_unlock(&l));
	printf("%d ", pthread_rwlock_timedrdlock(&l, &past));
	printf("%d ", pthread_rwlock_clockrdlock(&l, CLOCK_MONOTONIC, &past));
	printf("%d ", pthread_rwlock_unlock(&l));
	printf("%d ", pthread_rwlock_unlock(&l));
	printf("%d %d\n", pthread_rwlock_destroy(&l), errno);
}

static void *returns(void *value)
{
	return value;
}

static void threads(void)
{
	pthread_t thread;
	pthread_attr_t attr;
	void *value = NULL;
	errno = 99;
	START(&thread, returns, &locks);
	printf("%d ", pthread_join(thread, &value));
	printf("%d ", value == &locks);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);

	pthread_attr_setstacksize(&attr, 1UL << 50);
	printf("%d ", pthread_create(&thread, &attr, returns, NULL));
	printf("%d\n", errno == 99 || errno == ENOMEM);
}

int main(void)
{
	for (int i = 0; i < LOCK_KINDS; i++)
		kind((enum lock_kind)i);
	rwlock();
	threads();
	return 7;
}
