/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory of locks is the program's: compared with a static initialiser before the first use, and
 * after unlock and destroy as far as programs do that. */
// expect: silent
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

int main(void)
{
	static const pthread_mutex_t fresh_mutex = PTHREAD_MUTEX_INITIALIZER;
	static const pthread_rwlock_t fresh_rwlock = PTHREAD_RWLOCK_INITIALIZER;
	static const pthread_cond_t fresh_cond = PTHREAD_COND_INITIALIZER;
	pthread_mutex_t made;
	CHECK(!memcmp(&mutex, &fresh_mutex, sizeof mutex));
	CHECK(!memcmp(&rwlock, &fresh_rwlock, sizeof rwlock));
	CHECK(!memcmp(&cond, &fresh_cond, sizeof cond));
	memset(&made, 0x5a, sizeof made);
	CHECK(pthread_mutex_init(&made, NULL) == 0);
	CHECK(!memcmp(&made, &fresh_mutex, 24));
	/* A copy of a used, unlocked mutex is a mutex to glibc, and programs do it. */
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	pthread_mutex_t copy = mutex;
	CHECK(pthread_mutex_lock(&copy) == 0);
	CHECK(pthread_mutex_trylock(&mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	CHECK(pthread_mutex_unlock(&copy) == 0);
	CHECK(pthread_mutex_destroy(&mutex) == 0);
	puts("done");
	return 7;
}
