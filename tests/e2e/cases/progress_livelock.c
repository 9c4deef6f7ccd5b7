/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads hold one lock each, fail to get the next one's, back off, and try again: forced here,
 * since none lets go of its own before all have tried.  After enough rounds they give up. */
// variants: trylock ring timed rwlock spin
// options: livelock_attempts=300:livelock_ms=30
// options: blocking_ms=100000:inversion_ms=100000:starvation_ms=100000
// options[timed]: livelock_attempts=10:livelock_ms=30
// options[timed]: blocking_ms=100000:inversion_ms=100000:starvation_ms=100000
// expect: livelock suspect
// count: any
// json: all(s.role == "failed" for s in f.stacks)
#include "case.h"

#define MOST 3

static pthread_mutex_t mutexes[MOST] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
					PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t rwlocks[MOST] = {PTHREAD_RWLOCK_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER,
					 PTHREAD_RWLOCK_INITIALIZER};
static pthread_spinlock_t spins[MOST];
static const char *how = "trylock";
static int count = 2, rounds = 3000, arrived;

static void take(int i)
{
	if (!strcmp(how, "rwlock"))
		CHECK(pthread_rwlock_wrlock(&rwlocks[i]) == 0);
	else if (!strcmp(how, "spin"))
		CHECK(pthread_spin_lock(&spins[i]) == 0);
	else
		CHECK(pthread_mutex_lock(&mutexes[i]) == 0);
}

static void drop(int i)
{
	if (!strcmp(how, "rwlock"))
		CHECK(pthread_rwlock_unlock(&rwlocks[i]) == 0);
	else if (!strcmp(how, "spin"))
		CHECK(pthread_spin_unlock(&spins[i]) == 0);
	else
		CHECK(pthread_mutex_unlock(&mutexes[i]) == 0);
}

static void fail_at(int i)
{
	struct timespec limit = soon(CLOCK_REALTIME, 2);
	if (!strcmp(how, "rwlock"))
		CHECK(pthread_rwlock_trywrlock(&rwlocks[i]) == EBUSY);
	else if (!strcmp(how, "spin"))
		CHECK(pthread_spin_trylock(&spins[i]) == EBUSY);
	else if (!strcmp(how, "timed"))
		CHECK(pthread_mutex_timedlock(&mutexes[i], &limit) == ETIMEDOUT);
	else
		CHECK(pthread_mutex_trylock(&mutexes[i]) == EBUSY);
}

/* A barrier that the detector does not see. */
static void meet(void)
{
	int n = __atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL);
	int all = (n + count - 1) / count * count;
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < all)
		sched_yield();
}

static void *back_off(void *number)
{
	int own = (int)(long)number;
	for (int i = 0; i < rounds; i++) {
		take(own);
		meet();
		if (i % 64 == 0)
			usleep(1000); /* so that the rounds last a while */
		fail_at((own + 1) % count);
		meet();
		drop(own);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[MOST];
	how = argc > 1 ? argv[1] : how;
	if (!strcmp(how, "ring"))
		count = MOST;
	if (!strcmp(how, "timed"))
		rounds = 40;
	for (long i = 0; i < count; i++)
		CHECK(pthread_spin_init(&spins[i], PTHREAD_PROCESS_PRIVATE) == 0);
	for (long i = 0; i < count; i++)
		START(&threads[i], back_off, (void *)i);
	for (int i = 0; i < count; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
