/* SPDX-License-Identifier: Apache-2.0
 *
 * For bare_report.py: an inversion, then a status or, with an argument, a crash. */
// mode: none
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t first;

static void *forward(void *p)
{
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	sem_post(&first);
	return p;
}

static void *backward(void *p)
{
	sem_wait(&first);
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return p;
}

int main(int argc, char **argv)
{
	pthread_t t[2];
	(void)argv;
	pthread_create(&t[0], NULL, forward, NULL);
	pthread_create(&t[1], NULL, backward, NULL);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	if (argc > 1)
		__builtin_trap();
	return 3;
}
