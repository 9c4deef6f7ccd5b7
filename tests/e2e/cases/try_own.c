/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread tries to take an rwlock that it writes itself, so that the attempt can never succeed;
 * and attempts that may, or that ask for something: to write while it reads, to read beside its
 * own, to take after its own was given up, another thread's. A mutex that is tried by its holder is
 * a common way to assert that it is held.
 */
// variants: write write-read timed-read
// variants: read-write read-read released others mutex recursive
// expect: self-deadlock suspect
// expect[read-write]: silent
// expect[read-read]: silent
// expect[released]: silent
// expect[others]: silent
// expect[mutex]: silent
// expect[recursive]: silent
// json[write]: "tries to take rwlock 'lock' (M1) for writing" in f.message
// json[write]: f.message.endswith("it already holds for writing")
// json[write-read]: "tries to take rwlock 'lock' (M1) for reading" in f.message
// json[write-read]: f.message.endswith("it already holds for writing")
#include "case.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void *hold(void *unused)
{
	CHECK(pthread_rwlock_wrlock(&lock) == 0);
	turn_next();
	turn_await(2);
	CHECK(pthread_rwlock_unlock(&lock) == 0);
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "write";
	struct timespec limit = soon(CLOCK_REALTIME, 5);
	pthread_t other;
	if (!strcmp(how, "mutex")) {
		CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_trylock(&mutex) == EBUSY);
		CHECK(pthread_mutex_unlock(&mutex) == 0);
	} else if (!strcmp(how, "recursive")) {
		CHECK(pthread_mutex_lock(&recursive) == 0 &&
		      pthread_mutex_trylock(&recursive) == 0);
		CHECK(pthread_mutex_unlock(&recursive) == 0 &&
		      pthread_mutex_unlock(&recursive) == 0);
	} else if (!strcmp(how, "others")) {
		START(&other, hold, NULL);
		turn_await(1);
		CHECK(pthread_rwlock_trywrlock(&lock) == EBUSY);
		turn_next();
		JOIN(other);
	} else if (!strcmp(how, "released")) {
		CHECK(pthread_rwlock_wrlock(&lock) == 0 && pthread_rwlock_unlock(&lock) == 0);
		CHECK(pthread_rwlock_trywrlock(&lock) == 0 && pthread_rwlock_unlock(&lock) == 0);
	} else {
		CHECK((how[0] == 'w' || how[0] == 't' ? pthread_rwlock_wrlock(&lock)
						      : pthread_rwlock_rdlock(&lock)) == 0);
		if (!strcmp(how, "timed-read"))
			CHECK(pthread_rwlock_timedrdlock(&lock, &limit) == EDEADLK);
		else if (!strcmp(how, "write-read"))
			CHECK(pthread_rwlock_tryrdlock(&lock) == EBUSY);
		else if (!strcmp(how, "read-read"))
			CHECK(pthread_rwlock_tryrdlock(&lock) == 0 &&
			      pthread_rwlock_unlock(&lock) == 0);
		else
			CHECK(pthread_rwlock_trywrlock(&lock) == EBUSY);
		CHECK(pthread_rwlock_unlock(&lock) == 0);
	}
	puts("done");
	return 0;
}
