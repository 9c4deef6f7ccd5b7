/* SPDX-License-Identifier: Apache-2.0
 *
 * Correct programs, at length: a bounded queue, a thread pool, a cache behind a reader-writer lock,
 * phases between barriers, tokens passed by semaphores. Nothing is to be found in a million
 * operations of each. */
// expect: silent
// variants: queue pool cache phases tokens
#include "case.h"

#define THREADS 4

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t tokens[THREADS];
static long sums[THREADS];

static void each(void *(*work)(void *), long extra)
{
	pthread_t threads[2 * THREADS];
	for (long i = 0; i < THREADS + extra; i++)
		START(&threads[i], work, (void *)i);
	for (long i = 0; i < THREADS + extra; i++)
		JOIN(threads[i]);
}

/* A bounded queue: half signal under the mutex, half after the unlock. */

#define ITEMS 1000000l
#define ROOM 64

static long items[ROOM], first, count, produced, consumed;

static int put(long item)
{
	pthread_mutex_lock(&mutex);
	while (count == ROOM)
		pthread_cond_wait(&not_full, &mutex);
	items[(first + count++) % ROOM] = item;
	if (item & 1)
		pthread_cond_signal(&not_empty);
	pthread_mutex_unlock(&mutex);
	if (!(item & 1))
		pthread_cond_signal(&not_empty);
	return 1;
}

static long get(void)
{
	pthread_mutex_lock(&mutex);
	while (!count)
		pthread_cond_wait(&not_empty, &mutex);
	long item = items[first];
	first = (first + 1) % ROOM;
	count--;
	pthread_mutex_unlock(&mutex);
	pthread_cond_signal(&not_full);
	return item;
}

static void *queue_thread(void *me)
{
	long i = (long)me;
	if (i < THREADS)
		while (__atomic_fetch_add(&produced, 1, __ATOMIC_RELAXED) < ITEMS)
			put(i + 1);
	else
		while (__atomic_fetch_add(&consumed, 1, __ATOMIC_RELAXED) < ITEMS)
			sums[i - THREADS] += get();
	return NULL;
}

static void queue(void)
{
	each(queue_thread, THREADS);
	CHECK(count == 0);
}

/* A pool whose workers leave at a broadcast. */

#define JOBS 300000l

static long jobs, done, stop;

static void *pool_thread(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	for (;;) {
		while (!jobs && !stop)
			pthread_cond_wait(&not_empty, &mutex);
		if (!jobs)
			break;
		jobs--;
		pthread_mutex_unlock(&mutex);
		__atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
		pthread_mutex_lock(&mutex);
		if (!jobs)
			pthread_cond_signal(&not_full);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void pool(void)
{
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		START(&threads[i], pool_thread, NULL);
	for (long i = 0; i < JOBS; i++) {
		pthread_mutex_lock(&mutex);
		while (jobs >= 1000)
			pthread_cond_wait(&not_full, &mutex);
		jobs++;
		pthread_mutex_unlock(&mutex);
		pthread_cond_signal(&not_empty);
	}
	pthread_mutex_lock(&mutex);
	stop = 1;
	pthread_cond_broadcast(&not_empty);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < THREADS; i++)
		JOIN(threads[i]);
	CHECK(done == JOBS);
}

/* Readers look up, and now and then one writes; a small lock is taken inside. */

static long entries[256], hits;

static void *cache_thread(void *me)
{
	unsigned seed = (unsigned)(long)me + 1;
	for (int i = 0; i < 300000; i++) {
		int key = rand_r(&seed) % 256;
		if (i % 50 == 0) {
			pthread_rwlock_wrlock(&table);
			entries[key]++;
			pthread_rwlock_unlock(&table);
			continue;
		}
		pthread_rwlock_rdlock(&table);
		sums[(long)me] += entries[key];
		if (i % 7 == 0) {
			pthread_mutex_lock(&mutex);
			hits++;
			pthread_mutex_unlock(&mutex);
		}
		pthread_rwlock_unlock(&table);
	}
	return NULL;
}

static void cache(void)
{
	each(cache_thread, 0);
}

/* Phases: each thread takes the two locks in one order before the barrier, in the other after it.
 */

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

static void *phase_thread(void *me)
{
	for (int i = 0; i < 20000; i++) {
		pthread_mutex_lock(i % 2 ? &left : &right);
		pthread_mutex_lock(i % 2 ? &right : &left);
		sums[(long)me]++;
		pthread_mutex_unlock(&left);
		pthread_mutex_unlock(&right);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void phases(void)
{
	CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
	each(phase_thread, 0);
	CHECK(pthread_barrier_destroy(&barrier) == 0);
}

/* A token goes round. */

static void *token_thread(void *me)
{
	long i = (long)me;
	for (int n = 0; n < 25000; n++) {
		CHECK(sem_wait(&tokens[i]) == 0);
		sums[i]++;
		CHECK(sem_post(&tokens[(i + 1) % THREADS]) == 0);
	}
	return NULL;
}

static void pass_tokens(void)
{
	for (int i = 0; i < THREADS; i++)
		CHECK(sem_init(&tokens[i], 0, i < 2) == 0);
	each(token_thread, 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} all[] = {{"queue", queue},
		   {"pool", pool},
		   {"cache", cache},
		   {"phases", phases},
		   {"tokens", pass_tokens}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (argc > 1 && !strcmp(argv[1], all[i].name))
			all[i].run();
	puts("done");
	return 0;
}
