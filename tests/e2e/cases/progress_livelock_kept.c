/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads keep the lock that the next one wants, and try now and then to get the one that they
 * want: few attempts, and none can ever succeed. They go on until that has been told.
 */
// cflags: -I.
// variants: trylock ring timed rwlock read spin c11
// options: held_ms=100
// options: blocking_ms=100000:inversion_ms=100000:starvation_ms=100000
// expect: livelock suspect
// json: set(roles(f)) == {"failed"}
// json: f.why.startswith("none of these threads has let go")
// text: fix: Give up the lock that is held
#include <threads.h>
#include "glimpse.h"

#define MOST 3

static pthread_mutex_t mutexes[MOST] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
					PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t rwlocks[MOST] = {PTHREAD_RWLOCK_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER,
					 PTHREAD_RWLOCK_INITIALIZER};
static pthread_spinlock_t spins[MOST];
static mtx_t c11[MOST];
static const char *how = "trylock";
static int count = 2, recording;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void take(int i)
{
	if (is("rwlock") || is("read"))
		CHECK(pthread_rwlock_wrlock(&rwlocks[i]) == 0);
	else if (is("spin"))
		CHECK(pthread_spin_lock(&spins[i]) == 0);
	else if (is("c11"))
		CHECK(mtx_lock(&c11[i]) == thrd_success);
	else
		CHECK(pthread_mutex_lock(&mutexes[i]) == 0);
}

static void drop(int i)
{
	if (is("rwlock") || is("read"))
		CHECK(pthread_rwlock_unlock(&rwlocks[i]) == 0);
	else if (is("spin"))
		CHECK(pthread_spin_unlock(&spins[i]) == 0);
	else if (is("c11"))
		CHECK(mtx_unlock(&c11[i]) == thrd_success);
	else
		CHECK(pthread_mutex_unlock(&mutexes[i]) == 0);
}

static void fail_at(int i)
{
	struct timespec limit = soon(CLOCK_REALTIME, 2);
	if (is("rwlock"))
		CHECK(pthread_rwlock_trywrlock(&rwlocks[i]) == EBUSY);
	else if (is("read"))
		CHECK(pthread_rwlock_tryrdlock(&rwlocks[i]) == EBUSY);
	else if (is("spin"))
		CHECK(pthread_spin_trylock(&spins[i]) == EBUSY);
	else if (is("c11"))
		CHECK(mtx_trylock(&c11[i]) == thrd_busy);
	else if (is("timed"))
		CHECK(pthread_mutex_timedlock(&mutexes[i], &limit) == ETIMEDOUT);
	else
		CHECK(pthread_mutex_trylock(&mutexes[i]) == EBUSY);
}

static void *keep(void *number)
{
	int own = (int)(long)number;
	take(own);
	turn_next();
	turn_reached(count);
	while (!recorded_findings(recording)) {
		fail_at((own + 1) % count);
		usleep(10000);
	}
	turn_next();
	turn_reached(2 * count);
	drop(own);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[MOST];
	how = argc > 1 ? argv[1] : how;
	if (is("ring"))
		count = MOST;
	for (int i = 0; i < MOST; i++)
		CHECK(pthread_spin_init(&spins[i], PTHREAD_PROCESS_PRIVATE) == 0 &&
		      mtx_init(&c11[i], mtx_plain) == thrd_success);
	CHECK(pthread_mutex_lock(&mutexes[0]) == 0 && pthread_mutex_unlock(&mutexes[0]) == 0);
	recording = open_recording();
	for (long i = 0; i < count; i++)
		START(&threads[i], keep, (void *)i);
	for (int i = 0; i < count; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
