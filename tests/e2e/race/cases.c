/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong in a race: the report must tell these apart.  The first argument says which; a
 * second one: as it is right.  Turns are relaxed atomics, which order nothing. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int turn, right;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void wait_for(int n)
{
	while (__atomic_load_n(&turn, __ATOMIC_RELAXED) < n)
		sched_yield();
}

static void next_turn(void)
{
	__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);
}

int table[4];
static int count, result, ready;
static int *object, *block;
static __thread volatile int seen;

static void add_to(pthread_mutex_t *m)
{
	if (m)
		pthread_mutex_lock(m);
	count++;
	if (m)
		pthread_mutex_unlock(m);
}

static void locked_1(void)
{
	add_to(&mutex);
}

static void no_lock_2(void)
{
	add_to(right ? &mutex : NULL);
}

static void other_2(void)
{
	add_to(right ? &mutex : &other);
}

static void read_locked_1(void)
{
	pthread_rwlock_rdlock(&rwlock);
	seen = count;
	pthread_rwlock_unlock(&rwlock);
}

static void read_locked_2(void)
{
	if (right)
		pthread_rwlock_wrlock(&rwlock);
	else
		pthread_rwlock_rdlock(&rwlock);
	count = 2;
	pthread_rwlock_unlock(&rwlock);
}

static void get_object(void)
{
	if (right) {
		if (__atomic_load_n(&object, __ATOMIC_ACQUIRE))
			return;
	} else if (object) {
		return;
	}
	pthread_mutex_lock(&mutex);
	if (!object)
		__atomic_store_n(&object, malloc(100), __ATOMIC_RELEASE);
	pthread_mutex_unlock(&mutex);
}

/* The compiler's own atomics are seen as such; this store is none. */
static void get_plain(void)
{
	if (right)
		pthread_mutex_lock(&mutex);
	if (!object) {
		if (!right)
			pthread_mutex_lock(&mutex);
		if (!object)
			object = malloc(100);
		if (!right)
			pthread_mutex_unlock(&mutex);
	}
	if (right)
		pthread_mutex_unlock(&mutex);
}

static void half_1(void)
{
	__atomic_store_n(&count, 1, __ATOMIC_RELEASE);
}

static void half_2(void)
{
	seen = right ? __atomic_load_n(&count, __ATOMIC_ACQUIRE) : count;
}

static void flag_1(void)
{
	if (right)
		half_1();
	else
		ready = 1;
}

static void flag_2(void)
{
	if (right)
		half_2();
	else
		seen = ready;
}

static void copy_1(void)
{
	table[1] = table[2] = 3;
}

static void copy_2(void)
{
	if (!right)
		table[2] = 1;
}

static void use_1(void)
{
	block[3] = 1;
}

static void free_2(void)
{
	if (!right)
		free(block);
}

static void *work(void *unused)
{
	result = 1;
	next_turn();
	return unused;
}

/* The creator looks at what the thread has done, and joins it afterwards. */
static void no_join(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, work, NULL);
	wait_for(1);
	if (right)
		pthread_join(thread, NULL);
	seen = result;
	if (!right)
		pthread_join(thread, NULL);
}

static void *take(void *argument)
{
	seen = *(const int *)argument;
	next_turn();
	return NULL;
}

/* Each thread gets the address of the loop's own variable. */
static void argument(void)
{
	pthread_t threads[2];
	int values[2] = {0, 1};
	for (int i = 0; i < 2; i++) {
		pthread_create(&threads[i], NULL, take, right ? &values[i] : &i);
		wait_for(i + 1);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static const struct variant {
	const char *name;
	void (*first)(void), (*second)(void);
} variants[] = {
	{"missing-lock", locked_1, no_lock_2},
	{"different-locks", locked_1, other_2},
	{"written-under-read-lock", read_locked_1, read_locked_2},
	{"double-checked-initialisation", get_plain, get_plain},
	{"one-side-not-atomic", half_1, half_2},
	{"half-checked", get_object, get_object},
	{"flag", flag_1, flag_2},
	{"unguarded", copy_1, copy_2},
	{"freed-while-used", use_1, free_2},
	{"missing-join", NULL, no_join},
	{"argument-changed", NULL, argument},
};

static const struct variant *chosen;

static void *first(void *unused)
{
	chosen->first();
	next_turn();
	return unused;
}

static void *second(void *unused)
{
	wait_for(1);
	chosen->second();
	return unused;
}

static void run(void)
{
	pthread_t one, two;
	if (!chosen->first) {
		chosen->second();
		return;
	}
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
}

int main(int count_of, char **arguments)
{
	right = count_of > 2;
	block = malloc(100);
	for (size_t i = 0; count_of > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(variants[i].name, arguments[1]))
			chosen = &variants[i];
	if (!chosen)
		return 2;
	run();
	puts("done");
	return 0;
}
