/* SPDX-License-Identifier: Apache-2.0
 *
 * A program makes as many thread-specific keys as there are. Threads before and after that end as
 * they do without: their destructors run as often, lock, and unlock what their thread left locked.
 * The end of a thread is still seen: with the last but one gone nobody is left to wake main. */
// variants: pthread c11 stuck
// expect: silent
// expect[stuck]: deadlock confirmed
// hangs[stuck]
// stdout[stuck]: -
#include "case.h"
#include <limits.h>
#include <threads.h>

#define THREADS 4

static pthread_key_t keys[PTHREAD_KEYS_MAX];
static pthread_mutex_t kept[THREADS], shared = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t made;
static int rounds;

static void unlock_late(void *lock)
{
	pthread_mutex_lock(&shared);
	rounds++;
	pthread_mutex_unlock(&shared);
	pthread_mutex_unlock(lock);
}

static void *worker(void *lock)
{
	pthread_barrier_wait(&made);
	pthread_mutex_lock(lock);
	pthread_setspecific(keys[PTHREAD_KEYS_MAX - 1], lock);
	if (lock == &kept[1] || lock == &kept[3])
		pthread_exit(NULL);
	return NULL;
}

static int make(int c11)
{
	int n = 0;
	while (n < PTHREAD_KEYS_MAX && (c11 ? tss_create(&keys[n], unlock_late) == thrd_success
					    : pthread_key_create(&keys[n], unlock_late) == 0))
		n++;
	return n;
}

static void run_two(pthread_t *threads, int from)
{
	for (int i = from; i < from + 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, worker, &kept[i]));
}

int main(int count, char **arguments)
{
	pthread_t threads[THREADS];
	const char *what = count > 1 ? arguments[1] : "";
	pthread_barrier_init(&made, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		pthread_mutex_init(&kept[i], NULL);
	run_two(threads, 0);
	int n = make(!strcmp(what, "c11"));
	pthread_key_t one_more;
	CHECK(pthread_key_create(&one_more, NULL) == EAGAIN);
	run_two(threads, 2);
	pthread_barrier_wait(&made);
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	for (int i = 0; i < THREADS; i++) {
		CHECK(!pthread_mutex_trylock(&kept[i]));
		pthread_mutex_unlock(&kept[i]);
	}
	if (!strcmp(what, "stuck")) {
		pthread_mutex_lock(&shared);
		for (;;)
			pthread_cond_wait(&never, &shared);
	}
	printf("%d keys, %d destructors\n", n, rounds);
	return 0;
}
