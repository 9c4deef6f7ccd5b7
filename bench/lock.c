/* SPDX-License-Identifier: Apache-2.0
 *
 * Micro-benchmark of what the shim interposes: lock [-t MILLISECONDS] GROUP|CASE…
 * prints one line per case: its name and nanoseconds per operation.  An operation is one lock and
 * unlock of everything the name says ("nested-4": four locks and four unlocks).  Groups: "one"
 * (single-threaded; pin it to a core) and "many" (several threads).  -t is the length of a loop.
 * bench/run.sh runs it bare and with the shim in turns. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MANY_LOCKS 100000
#define LOOPS 5

struct bench {
	const char *name;
	const char *group;
	int depth; /* frames below main before the loop begins */
	void (*run)(long count);
};

static pthread_mutex_t mutexes[16];
static pthread_mutex_t recursive;
static pthread_mutex_t errorcheck;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_cond_t nobody_waits = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t *many;
static volatile long sink;

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void lock_unlock(long count)
{
	while (count--) {
		pthread_mutex_lock(&mutexes[0]);
		sink++;
		pthread_mutex_unlock(&mutexes[0]);
	}
}

static void trylock(long count)
{
	while (count--) {
		if (!pthread_mutex_trylock(&mutexes[0]))
			pthread_mutex_unlock(&mutexes[0]);
	}
}

static void nested(long count, int levels)
{
	int i;

	while (count--) {
		for (i = 0; i < levels; i++)
			pthread_mutex_lock(&mutexes[i]);
		sink++;
		for (i = levels; i--;)
			pthread_mutex_unlock(&mutexes[i]);
	}
}

static void nested_2(long count)
{
	nested(count, 2);
}

static void nested_4(long count)
{
	nested(count, 4);
}

static void nested_16(long count)
{
	nested(count, 16);
}

static void relock(long count)
{
	while (count--) {
		pthread_mutex_lock(&recursive);
		pthread_mutex_lock(&recursive);
		sink++;
		pthread_mutex_unlock(&recursive);
		pthread_mutex_unlock(&recursive);
	}
}

static void checked(long count)
{
	while (count--) {
		pthread_mutex_lock(&errorcheck);
		sink++;
		pthread_mutex_unlock(&errorcheck);
	}
}

static void read_lock(long count)
{
	while (count--) {
		pthread_rwlock_rdlock(&rwlock);
		sink++;
		pthread_rwlock_unlock(&rwlock);
	}
}

static void write_lock(long count)
{
	while (count--) {
		pthread_rwlock_wrlock(&rwlock);
		sink++;
		pthread_rwlock_unlock(&rwlock);
	}
}

static void spin_lock(long count)
{
	while (count--) {
		pthread_spin_lock(&spin);
		sink++;
		pthread_spin_unlock(&spin);
	}
}

static void cond_signal(long count)
{
	while (count--) {
		pthread_cond_signal(&nobody_waits);
		sink++;
	}
}

/* Every lock in turn, as a hash table with a lock for each bucket. */
static void in_turn(long count)
{
	long i = 0;

	while (count--) {
		pthread_mutex_lock(&many[i]);
		sink++;
		pthread_mutex_unlock(&many[i]);
		i = i + 1 < MANY_LOCKS ? i + 1 : 0;
	}
}

static void in_turn_4096(long count)
{
	long i = 0;

	while (count--) {
		pthread_mutex_lock(&many[i]);
		sink++;
		pthread_mutex_unlock(&many[i]);
		i = (i + 1) & 4095;
	}
}

/* As an object with a mutex in it that lives for one call. */
static void short_lived(long count)
{
	while (count--) {
		pthread_mutex_t *m = malloc(sizeof *m);

		if (!m)
			abort();
		pthread_mutex_init(m, NULL);
		pthread_mutex_lock(m);
		sink++;
		pthread_mutex_unlock(m);
		pthread_mutex_destroy(m);
		free(m);
	}
}

/* The same, taken while another lock is held, so that it becomes part of an order. */
static void short_lived_nested(long count)
{
	pthread_mutex_lock(&mutexes[0]);
	short_lived(count);
	pthread_mutex_unlock(&mutexes[0]);
}

/* The call comes from a new stack each time, out of 64. */
static __attribute__((noinline)) void deeper(int levels)
{
	if (levels > 0) {
		deeper(levels - 1);
	} else {
		pthread_mutex_lock(&mutexes[1]);
		sink++;
		pthread_mutex_unlock(&mutexes[1]);
	}
	__asm__ volatile(""); /* no tail call: each level is a frame */
}

static void stacks_64(long count)
{
	int i = 0;

	pthread_mutex_lock(&mutexes[0]);
	while (count--)
		deeper(i++ & 63);
	pthread_mutex_unlock(&mutexes[0]);
}

struct contender {
	pthread_barrier_t start;
	long count;
};

static void *lock_unlock_thread(void *contender)
{
	struct contender *c = contender;

	pthread_barrier_wait(&c->start);
	lock_unlock(c->count);
	return NULL;
}

static void contended(long count)
{
	struct contender c = {.count = count / 2};
	pthread_t other;

	pthread_barrier_init(&c.start, NULL, 2);
	if (pthread_create(&other, NULL, lock_unlock_thread, &c))
		abort();
	lock_unlock_thread(&c);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&c.start);
}

static void *nothing(void *argument)
{
	return argument;
}

static void create_join(long count)
{
	while (count--) {
		pthread_t t;

		if (pthread_create(&t, NULL, nothing, NULL))
			abort();
		pthread_join(t, NULL);
	}
}

/* Two threads hand a turn back and forth. */
struct table {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	long rounds;
	int turn;
};

static void play(struct table *t, int me)
{
	long i;

	for (i = 0; i < t->rounds; i++) {
		pthread_mutex_lock(&t->mutex);
		while (t->turn != me)
			pthread_cond_wait(&t->cond, &t->mutex);
		t->turn = !me;
		pthread_cond_signal(&t->cond);
		pthread_mutex_unlock(&t->mutex);
	}
}

static void *play_second(void *table)
{
	play(table, 1);
	return NULL;
}

static void ping_pong(long count)
{
	struct table t = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, count, 0};
	pthread_t other;

	if (pthread_create(&other, NULL, play_second, &t))
		abort();
	play(&t, 0);
	pthread_join(other, NULL);
}

static const struct bench benches[] = {
	{"lock-alone", "one", 1, lock_unlock},
	{"nested-4-alone", "one", 1, nested_4},
	{"lock", "one", 1, lock_unlock},
	{"lock-depth-8", "one", 8, lock_unlock},
	{"lock-depth-16", "one", 16, lock_unlock},
	{"trylock", "one", 8, trylock},
	{"nested-2", "one", 8, nested_2},
	{"nested-4", "one", 8, nested_4},
	{"nested-4-depth-16", "one", 16, nested_4},
	{"nested-16", "one", 8, nested_16},
	{"recursive", "one", 8, relock},
	{"errorcheck", "one", 8, checked},
	{"rwlock-read", "one", 8, read_lock},
	{"rwlock-write", "one", 8, write_lock},
	{"spin", "one", 8, spin_lock},
	{"cond-signal", "one", 8, cond_signal},
	{"4096-locks", "one", 8, in_turn_4096},
	{"100000-locks", "one", 8, in_turn},
	{"short-lived", "one", 8, short_lived},
	{"short-lived-nested", "one", 8, short_lived_nested},
	{"64-stacks", "one", 1, stacks_64},
	{"contended-2", "many", 8, contended},
	{"ping-pong", "many", 8, ping_pong},
	{"create-join", "many", 8, create_join},
};

static __attribute__((noinline)) void at_depth(int depth, void (*run)(long), long count)
{
	if (depth > 1)
		at_depth(depth - 1, run, count);
	else
		run(count);
	__asm__ volatile("");
}

static double loop(const struct bench *b, long count)
{
	double started = now_ns();

	at_depth(b->depth, b->run, count);
	return now_ns() - started;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Grows the count until a loop takes as long as it should, and gives one of some such loops. With
 * one thread the best: each is about as long as the scheduler lets a thread run, so that on a busy
 * machine some of them are undisturbed. With several the median, since the best is one where they
 * never met. */
static double measure(const struct bench *b, double wanted_ns)
{
	int threads = !strcmp(b->group, "many");
	double took[LOOPS], length = threads ? 5 * wanted_ns : wanted_ns;
	long count = 16;
	int i;

	for (;;) {
		for (i = 0; i < LOOPS; i++)
			took[i] = loop(b, count);
		qsort(took, LOOPS, sizeof *took, compare);
		if (took[0] >= length / 2)
			return took[threads ? LOOPS / 2 : 0] / (double)count;
		if (took[0] > length / 64)
			count = (long)((double)count * length / took[0]) + 1;
		else
			count *= 8;
	}
}

static void *idle(void *gate)
{
	sem_wait(gate);
	return NULL;
}

/* glibc leaves out the atomic instructions while a process has one thread only, which is not what
 * programs with locks are like: only the "-alone" cases, which come first, are measured so. */
static void have_a_second_thread(void)
{
	static sem_t never;
	static pthread_t second;

	if (second)
		return;
	sem_init(&never, 0, 0);
	if (pthread_create(&second, NULL, idle, &never))
		abort();
}

static void prepare(void)
{
	pthread_mutexattr_t a;
	long i;

	for (i = 0; i < 16; i++)
		pthread_mutex_init(&mutexes[i], NULL);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&errorcheck, &a);
	pthread_mutexattr_destroy(&a);
	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
	many = malloc(MANY_LOCKS * sizeof *many);
	if (!many)
		abort();
	for (i = 0; i < MANY_LOCKS; i++)
		pthread_mutex_init(&many[i], NULL);
}

int main(int argc, char **argv)
{
	double wanted_ns = 4e6;
	long count = 0;
	size_t i;

	if (argc > 2 && !strcmp(argv[1], "-t")) {
		wanted_ns = atof(argv[2]) * 1e6;
		argv += 2;
	} else if (argc > 2 && !strcmp(argv[1], "-n")) {
		count = atol(argv[2]);
		argv += 2;
	}
	prepare();
	for (argv++; *argv; argv++) {
		for (i = 0; i < sizeof benches / sizeof *benches; i++) {
			if (strcmp(*argv, benches[i].name) && strcmp(*argv, benches[i].group))
				continue;
			if (!strstr(benches[i].name, "-alone"))
				have_a_second_thread();
			if (count)
				loop(&benches[i], count);
			else
				printf("%s %.3f\n", benches[i].name,
				       measure(&benches[i], wanted_ns));
			fflush(stdout);
		}
	}
	return 0;
}
