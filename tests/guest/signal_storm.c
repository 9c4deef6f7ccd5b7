/* SPDX-License-Identifier: Apache-2.0
 *
 * Timer signals rain on threads that lock; the handler posts a semaphore and tries a mutex of its
 * own, between any two instructions of ours. */
// expect: silent
// libs: -lrt
#include "case.h"
#include <signal.h>
#include <sys/time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t in_handler = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t posted;
static long count, signals;

static void handler(int number)
{
	int saved = errno;
	(void)number;
	signals++;
	sem_post(&posted);
	if (pthread_mutex_trylock(&in_handler) == 0)
		pthread_mutex_unlock(&in_handler);
	errno = saved;
}

static void *nothing(void *unused)
{
	return unused;
}

static void *worker(void *unused)
{
	for (int i = 0; i < 60000; i++) {
		errno = 77;
		pthread_mutex_lock(&a);
		pthread_mutex_lock(&b);
		count++;
		pthread_mutex_unlock(&b);
		pthread_mutex_unlock(&a);
		pthread_rwlock_rdlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
		CHECK(errno == 77);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[3], short_lived;
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 150}, {0, 150}}, never = {{0, 0}, {0, 0}};
	sem_init(&posted, 0, 0);
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (int i = 0; i < 3; i++)
		START(&threads[i], worker, NULL);
	for (int i = 0; i < 100; i++) {
		START(&short_lived, nothing, NULL);
		JOIN(short_lived);
	}
	for (int i = 0; i < 10; i++)
		while (sem_wait(&posted) != 0)
			CHECK(errno == EINTR);
	for (int i = 0; i < 3; i++)
		JOIN(threads[i]);
	setitimer(ITIMER_REAL, &never, NULL);
	printf("%ld %s\n", count, signals > 10 ? "many signals" : "few signals");
	return 7;
}
