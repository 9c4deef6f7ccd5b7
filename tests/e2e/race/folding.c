/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads, one function each that all accesses are made in: seven races of their own, one of them in
 * a hundred elements of an array.  The turn is a relaxed atomic, which orders nothing. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

int a, b, table[100];
struct {
	int x, y;
} pair;
static int *one_block, *other_block, turn;

static __attribute__((noinline)) void put(int *p, int value)
{
	*p = value;
}

static void put_all(int value)
{
	put(&a, value);
	put(&b, value);
	put(&pair.x, value);
	put(&pair.y, value);
	put(one_block, value);
	put(other_block, value);
	for (int i = 0; i < 100; i++)
		put(&table[i], value);
}

static void *first(void *unused)
{
	put_all(1);
	__atomic_store_n(&turn, 1, __ATOMIC_RELAXED);
	return unused;
}

static void *second(void *unused)
{
	while (!__atomic_load_n(&turn, __ATOMIC_RELAXED))
		sched_yield();
	put_all(2);
	return unused;
}

int main(void)
{
	pthread_t one, two;
	one_block = malloc(40);
	other_block = malloc(80);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	puts("done");
	return 0;
}
