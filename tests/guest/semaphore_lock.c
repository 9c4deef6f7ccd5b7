/* SPDX-License-Identifier: Apache-2.0
 *
 * A semaphore and a condition as locks that another thread gives up: legal, and no lock to anybody.
 */
// expect: silent
#include "case.h"

static sem_t mutex;
static pthread_barrier_t barrier;

static void *gives_up(void *unused)
{
	sem_post(&mutex);
	pthread_barrier_wait(&barrier);
	return unused;
}

int main(void)
{
	pthread_t thread;
	sem_init(&mutex, 0, 1);
	pthread_barrier_init(&barrier, NULL, 2);
	for (int i = 0; i < 20; i++) {
		CHECK(sem_wait(&mutex) == 0);
		START(&thread, gives_up, NULL);
		pthread_barrier_wait(&barrier);
		JOIN(thread);
	}
	CHECK(sem_trywait(&mutex) == 0);
	puts("done");
	return 7;
}
