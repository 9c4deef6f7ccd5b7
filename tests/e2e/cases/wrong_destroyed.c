/* SPDX-License-Identifier: Apache-2.0
 *
 * An object is used after its destroy, or destroyed a second time. */
// variants: mutex-lock mutex-try mutex-unlock mutex-timed mutex-wait mutex-destroy
// variants: rwlock-lock rwlock-try rwlock-destroy spin-lock spin-destroy
// variants: cond-signal cond-wait cond-destroy sem-post sem-wait sem-destroy
// variants: barrier-wait barrier-destroy mtx-lock cnd-signal
// expect: wrong-object confirmed
// json: roles(f) == ["called", "destroyed"]
// text: user
#include "case.h"
#include <threads.h>

static pthread_mutex_t mutex, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock;
static pthread_spinlock_t spin;
static pthread_cond_t cond, good = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static pthread_barrier_t barrier;
static mtx_t mtx;
static cnd_t cnd;

static void init_all(void)
{
	CHECK(pthread_mutex_init(&mutex, NULL) == 0);
	CHECK(pthread_rwlock_init(&rwlock, NULL) == 0);
	CHECK(pthread_spin_init(&spin, 0) == 0);
	CHECK(pthread_cond_init(&cond, NULL) == 0);
	CHECK(sem_init(&semaphore, 0, 1) == 0);
	CHECK(pthread_barrier_init(&barrier, NULL, 1) == 0);
	CHECK(mtx_init(&mtx, mtx_plain) == thrd_success && cnd_init(&cnd) == thrd_success);
}

static void destroy_all(void)
{
	CHECK(pthread_mutex_destroy(&mutex) == 0);
	CHECK(pthread_rwlock_destroy(&rwlock) == 0);
	CHECK(pthread_spin_destroy(&spin) == 0);
	CHECK(pthread_cond_destroy(&cond) == 0);
	CHECK(sem_destroy(&semaphore) == 0);
	CHECK(pthread_barrier_destroy(&barrier) == 0);
	mtx_destroy(&mtx);
	cnd_destroy(&cnd);
}

static void use_all(void)
{
	pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex);
	pthread_rwlock_wrlock(&rwlock), pthread_rwlock_unlock(&rwlock);
	pthread_spin_lock(&spin), pthread_spin_unlock(&spin);
	pthread_cond_signal(&cond), cnd_signal(&cnd);
	sem_post(&semaphore), sem_wait(&semaphore);
	pthread_barrier_wait(&barrier);
	mtx_lock(&mtx), mtx_unlock(&mtx);
}

static void use_lock(const char *how)
{
	struct timespec limit = soon(CLOCK_REALTIME, 20);
	if (!strcmp(how, "mutex-lock"))
		pthread_mutex_lock(&mutex);
	else if (!strcmp(how, "mutex-try"))
		pthread_mutex_trylock(&mutex);
	else if (!strcmp(how, "mutex-unlock"))
		pthread_mutex_unlock(&mutex);
	else if (!strcmp(how, "mutex-timed"))
		pthread_mutex_timedlock(&mutex, &limit);
	else if (!strcmp(how, "mutex-wait"))
		pthread_cond_timedwait(&good, &mutex, &limit);
	else if (!strcmp(how, "mutex-destroy"))
		pthread_mutex_destroy(&mutex);
	else if (!strcmp(how, "rwlock-lock"))
		pthread_rwlock_rdlock(&rwlock), pthread_rwlock_unlock(&rwlock);
	else if (!strcmp(how, "rwlock-try"))
		pthread_rwlock_trywrlock(&rwlock), pthread_rwlock_unlock(&rwlock);
	else if (!strcmp(how, "rwlock-destroy"))
		pthread_rwlock_destroy(&rwlock);
	else if (!strcmp(how, "spin-lock"))
		pthread_spin_lock(&spin), pthread_spin_unlock(&spin);
	else if (!strcmp(how, "spin-destroy"))
		pthread_spin_destroy(&spin);
	else if (!strcmp(how, "mtx-lock"))
		mtx_lock(&mtx);
}

static void use_waited(const char *how)
{
	struct timespec limit = soon(CLOCK_REALTIME, 20);
	if (!strcmp(how, "cond-signal"))
		pthread_cond_signal(&cond);
	else if (!strcmp(how, "cnd-signal"))
		cnd_signal(&cnd);
	else if (!strcmp(how, "cond-wait"))
		pthread_mutex_lock(&other), pthread_cond_timedwait(&cond, &other, &limit),
			pthread_mutex_unlock(&other);
	else if (!strcmp(how, "cond-destroy"))
		pthread_cond_destroy(&cond);
	else if (!strcmp(how, "sem-post"))
		sem_post(&semaphore);
	else if (!strcmp(how, "sem-wait"))
		sem_wait(&semaphore), sem_timedwait(&semaphore, &limit);
	else if (!strcmp(how, "sem-destroy"))
		sem_destroy(&semaphore);
	else if (!strcmp(how, "barrier-wait"))
		pthread_barrier_wait(&barrier);
	else if (!strcmp(how, "barrier-destroy"))
		pthread_barrier_destroy(&barrier);
}

static __attribute__((noinline)) void *user(void *how)
{
	use_lock(how);
	use_waited(how);
	return NULL;
}

int main(int argc, char **argv)
{
	init_all();
	use_all();
	destroy_all();
	user(argc > 1 ? argv[1] : "mutex-lock");
	puts("done");
	return 5;
}
