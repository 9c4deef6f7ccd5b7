/* SPDX-License-Identifier: Apache-2.0
 *
 * Initialisations that nothing proves wrong for certain: of a free object; of memory that held a
 * locked mutex in a frame that was left, by return or by siglongjmp, or that was wiped; and of an
 * object whose holder has ended.
 * The first three were silent once.  A variable of static storage that is initialised again without
 * a destroy is undefined, and the peers tell of it; a lock that was held in a frame that was left
 * was never unlocked, whichever way it is looked at: both are suspects now. */
// variants: free left jumped wiped ended
// expect: silent
// expect[free]: reinit-in-use suspect
// expect[left]: reinit-in-use suspect
// expect[left]: lock-held-at-thread-exit suspect
// expect[jumped]: reinit-in-use suspect
// expect[jumped]: lock-held-at-thread-exit suspect
// expect[ended]: lock-held-at-thread-exit confirmed
#include "case.h"
#include <setjmp.h>

static sigjmp_buf back;

static __attribute__((noinline)) void in_frame(int jump)
{
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	pthread_mutex_init(&mutex, NULL);
	pthread_rwlock_init(&rwlock, NULL);
	pthread_mutex_lock(&mutex);
	pthread_rwlock_wrlock(&rwlock);
	if (jump)
		siglongjmp(back, 1);
}

static pthread_mutex_t mutex;

static void *holder(void *unused)
{
	pthread_mutex_lock(&mutex);
	return unused;
}

static void init_all_free(void)
{
	static pthread_rwlock_t rwlock;
	static pthread_spinlock_t spin;
	static pthread_cond_t cond;
	static sem_t semaphore;
	static pthread_barrier_t barrier;
	for (int i = 0; i < 3; i++) {
		pthread_mutex_init(&mutex, NULL);
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
		pthread_rwlock_init(&rwlock, NULL);
		pthread_rwlock_wrlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
		pthread_spin_init(&spin, 0);
		pthread_spin_lock(&spin);
		pthread_spin_unlock(&spin);
		pthread_cond_init(&cond, NULL);
		pthread_cond_signal(&cond);
		sem_init(&semaphore, 0, 1);
		sem_wait(&semaphore);
		pthread_barrier_init(&barrier, NULL, 1);
		pthread_barrier_wait(&barrier);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "free";
	volatile int again = 0;
	pthread_t thread;
	if (!strcmp(how, "free")) {
		init_all_free();
	} else if (!strcmp(how, "left")) {
		in_frame(0);
		in_frame(0);
	} else if (!strcmp(how, "jumped")) {
		sigsetjmp(back, 0);
		if (again++ < 2)
			in_frame(1);
	} else if (!strcmp(how, "wiped")) {
		pthread_mutex_init(&mutex, NULL);
		pthread_mutex_lock(&mutex);
		memset(&mutex, 0, sizeof mutex);
		pthread_mutex_init(&mutex, NULL);
	} else {
		START(&thread, holder, NULL);
		JOIN(thread);
		pthread_mutex_init(&mutex, NULL);
	}
	puts("done");
	return 7;
}
