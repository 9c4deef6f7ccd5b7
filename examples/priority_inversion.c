/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread for work in the background, which has lowered its priority, does a long piece of it
 * under a lock that the main thread needs.
 *
 * It reports:
 */
// options: blocking_ms=100000
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meet;

static void *tidy_up(void *unused)
{
	setpriority(PRIO_PROCESS, (id_t)gettid(), 15);
	pthread_mutex_lock(&cache_lock);
	pthread_barrier_wait(&meet);
	usleep(400000); /* long work */
	pthread_mutex_unlock(&cache_lock);
	pthread_barrier_wait(&meet);
	return unused;
}

int main(void)
{
	pthread_t background;
	pthread_barrier_init(&meet, NULL, 2);
	pthread_create(&background, NULL, tidy_up, NULL);
	pthread_barrier_wait(&meet);
	pthread_mutex_lock(&cache_lock);
	pthread_mutex_unlock(&cache_lock);
	pthread_barrier_wait(&meet);
	pthread_join(background, NULL);
	pthread_barrier_destroy(&meet);
	puts("looked up");
	return 0;
}
