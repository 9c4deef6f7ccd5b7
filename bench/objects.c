/* SPDX-License-Identifier: Apache-2.0
 *
 * How cost grows with the number of things: objects KIND COUNT
 * makes COUNT of them and keeps them all, uses each once (first), then again (again), and prints
 *	KIND COUNT FIRST-NS AGAIN-NS RESIDENT-KIB RECORDING-KIB
 * the times for one of them, the memory with all of them there.
 *   lock rwlock spin cond sem   a primitive of its own each
 *   edge      a lock order: a pair of locks that is nested here only
 *   context   a set of two held locks and a third that is taken
 *   hold      a lock that is held with all those before it: all are taken, then given up
 *   stack     the same nested lock, each time by another chain of calls
 *   thread    a thread that lives on; first is its creation, again its join
 * bench/memory.sh and bench/growth.sh run it. */
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "bench/process.h"

struct kind {
	const char *name;
	void (*prepare)(long count);
	void (*first)(long count);
	void (*again)(long count); /* NULL: as first */
};

static volatile long sink;
static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;

/* Every page is touched here, so that the bare program pays for them as well before the clock
 * runs. */
static void *array(long count, size_t size)
{
	void *all = malloc((size_t)count * size);

	if (!all)
		abort();
	memset(all, 0, (size_t)count * size);
	return all;
}

static pthread_mutex_t *mutexes;

static void mutexes_prepare(long count)
{
	mutexes = array(count, sizeof *mutexes);
}

static void mutexes_use(long count)
{
	for (long i = 0; i < count; i++) {
		pthread_mutex_lock(&mutexes[i]);
		sink++;
		pthread_mutex_unlock(&mutexes[i]);
	}
}

static pthread_rwlock_t *rwlocks;

static void rwlocks_prepare(long count)
{
	rwlocks = array(count, sizeof *rwlocks);
}

static void rwlocks_use(long count)
{
	for (long i = 0; i < count; i++) {
		pthread_rwlock_rdlock(&rwlocks[i]);
		sink++;
		pthread_rwlock_unlock(&rwlocks[i]);
	}
}

static pthread_spinlock_t *spins;

static void spins_prepare(long count)
{
	spins = array(count, sizeof(pthread_spinlock_t));
	for (long i = 0; i < count; i++)
		pthread_spin_init(&spins[i], PTHREAD_PROCESS_PRIVATE);
}

static void spins_use(long count)
{
	for (long i = 0; i < count; i++) {
		pthread_spin_lock(&spins[i]);
		sink++;
		pthread_spin_unlock(&spins[i]);
	}
}

static pthread_cond_t *conds;

static void conds_prepare(long count)
{
	conds = array(count, sizeof *conds);
}

static void conds_use(long count)
{
	for (long i = 0; i < count; i++)
		pthread_cond_signal(&conds[i]);
}

static sem_t *sems;

static void sems_prepare(long count)
{
	sems = array(count, sizeof *sems);
	for (long i = 0; i < count; i++)
		sem_init(&sems[i], 0, 0);
}

static void sems_use(long count)
{
	for (long i = 0; i < count; i++) {
		sem_post(&sems[i]);
		sem_wait(&sems[i]);
	}
}

static long side; /* locks that give COUNT ordered pairs */

static void edges_prepare(long count)
{
	side = (long)ceil((1 + sqrt(1 + 8 * (double)count)) / 2);
	mutexes_prepare(side + 1);
	mutexes_use(side + 1);
}

/* The inner lock's address is always the higher one: orders, and no inversion. */
static void edges_use(long count)
{
	for (long low = 0, left = count; left; low++) {
		for (long high = low + 1; high < side && left; high++, left--) {
			pthread_mutex_lock(&mutexes[low]);
			pthread_mutex_lock(&mutexes[high]);
			sink++;
			pthread_mutex_unlock(&mutexes[high]);
			pthread_mutex_unlock(&mutexes[low]);
		}
	}
}

static void contexts_use(long count)
{
	pthread_mutex_lock(&outer);
	edges_use(count);
	pthread_mutex_unlock(&outer);
}

static void all_held(long count)
{
	for (long i = 0; i < count; i++)
		pthread_mutex_lock(&mutexes[i]);
	for (long i = 0; i < count; i++)
		pthread_mutex_unlock(&mutexes[i]);
}

#define LEVELS 20

/* Bit by bit, `path` says which of two functions calls on: 2^20 chains. */
static void right(uint32_t path, int levels);
static void left(uint32_t path, int levels);

static inline __attribute__((always_inline)) void walk(uint32_t path, int levels)
{
	if (!levels) {
		pthread_mutex_lock(&mutexes[0]);
		sink++;
		pthread_mutex_unlock(&mutexes[0]);
	} else if (path & 1) {
		right(path >> 1, levels - 1);
	} else {
		left(path >> 1, levels - 1);
	}
	__asm__ volatile(""); /* no tail call: each level is a frame */
}

static __attribute__((noinline)) void left(uint32_t path, int levels)
{
	walk(path, levels);
}

/* Not the same code as left's, so that the compiler does not make one of the two. */
static __attribute__((noinline)) void right(uint32_t path, int levels)
{
	sink++;
	walk(path, levels);
}

static void stacks_prepare(long count)
{
	(void)count;
	mutexes_prepare(1);
}

static void stacks_use(long count)
{
	pthread_mutex_lock(&outer);
	for (long i = 0; i < count; i++)
		left((uint32_t)i, LEVELS);
	pthread_mutex_unlock(&outer);
}

static pthread_t *threads;
static sem_t *gate;

static void *live(void *argument)
{
	pthread_mutex_lock(&outer);
	sink++;
	pthread_mutex_unlock(&outer);
	sem_wait(gate);
	return argument;
}

static void threads_prepare(long count)
{
	gate = array(1, sizeof *gate);
	sem_init(gate, 0, 0);
	threads = array(count, sizeof *threads);
}

static void threads_create(long count)
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN + 65536);
	for (long i = 0; i < count; i++) {
		int error = pthread_create(&threads[i], &small, live, NULL);

		if (error) {
			fprintf(stderr, "objects: %ld threads, then: %s\n", i, strerror(error));
			exit(3);
		}
	}
	pthread_attr_destroy(&small);
}

static void threads_join(long count)
{
	for (long i = 0; i < count; i++)
		sem_post(gate);
	for (long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static const struct kind kinds[] = {
	{"lock", mutexes_prepare, mutexes_use, NULL},
	{"rwlock", rwlocks_prepare, rwlocks_use, NULL},
	{"spin", spins_prepare, spins_use, NULL},
	{"cond", conds_prepare, conds_use, NULL},
	{"sem", sems_prepare, sems_use, NULL},
	{"edge", edges_prepare, edges_use, NULL},
	{"context", edges_prepare, contexts_use, NULL},
	{"hold", mutexes_prepare, all_held, NULL},
	{"stack", stacks_prepare, stacks_use, NULL},
	{"thread", threads_prepare, threads_create, threads_join},
};

static void *nothing(void *argument)
{
	return argument;
}

/* A process with one thread takes locks without atomic instructions: see bench/lock.c. */
static void have_had_a_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL))
		abort();
}

/* Both passes from one call, so that the stacks of the second are those of the first: the compiler
 * must not see how often the loop runs. */
static void run(const struct kind *kind, long count)
{
	void (*passes[])(long) = {kind->first, kind->again ? kind->again : kind->first};
	double started, took[2];
	long resident = 0, recording = 0;

	have_had_a_thread();
	kind->prepare(count);
	for (int pass = 0; pass < 2; pass++) {
		__asm__ volatile("" : "+r"(pass));
		started = process_now();
		passes[pass](count);
		took[pass] = (process_now() - started) * 1e9 / (double)count;
		if (pass)
			continue;
		resident = process_resident_kib();
		recording = process_recording_kib();
	}
	printf("%s %ld %.1f %.1f %ld %ld\n", kind->name, count, took[0], took[1], resident,
	       recording);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < sizeof kinds / sizeof *kinds; i++) {
		if (!strcmp(argv[1], kinds[i].name) && atol(argv[2]) > 0) {
			run(&kinds[i], atol(argv[2]));
			return 0;
		}
	}
	fprintf(stderr, "usage: objects KIND COUNT; the kinds are:");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		fprintf(stderr, " %s", kinds[i].name);
	fprintf(stderr, "\n");
	return 2;
}
