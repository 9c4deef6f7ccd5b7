/* SPDX-License-Identifier: Apache-2.0
 *
 * Kernels for the race engine: each does mostly one thing. Compiled as it is and with
 * -fsanitize=thread by bench/race.sh.  Arguments: kernel, threads. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 256
#define WORDS (1 << 22)

static double a[N][N], b[N][N], c[N][N];
static int words[WORDS];
static struct node {
	struct node *next;
	long value;
} nodes[1 << 18];
static atomic_long counter;
static long guarded;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int threads;
static __thread volatile double sink;

static void matrix(int self)
{
	for (int i = self; i < 8 * N; i += threads)
		for (int j = 0; j < N; j++) {
			double sum = 0;
			for (int k = 0; k < N; k++)
				sum += a[i % N][k] * b[k][j];
			c[i % N][j] = sum;
		}
	sink = c[self][self];
}

static void stream(int self)
{
	for (int round = 0; round < 16; round++)
		for (int i = self; i < WORDS; i += threads)
			words[i] = words[i] * 3 + round;
}

static void chase(int self)
{
	struct node *at = &nodes[self];
	for (int i = 0; i < 4000000; i++)
		at = at->next;
	sink = (double)at->value;
}

static __attribute__((noinline)) long fib(int n, long *calls)
{
	++*calls;
	return n < 2 ? n : fib(n - 1, calls) + fib(n - 2, calls);
}

static void calls(int self)
{
	long count = 0;
	sink = (double)fib(33 + (self & 0), &count);
}

static void atomics(int self)
{
	(void)self;
	for (int i = 0; i < 4000000; i++)
		atomic_fetch_add_explicit(&counter, 1, memory_order_acq_rel);
}

static void locks(int self)
{
	(void)self;
	for (int i = 0; i < 3000000; i++) {
		pthread_mutex_lock(&mutex);
		guarded++;
		pthread_mutex_unlock(&mutex);
	}
}

/* What all threads read, again and again. */
static void table(int self)
{
	double sum = 0;
	for (int round = 0; round < 400; round++)
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++)
				sum += a[i][j];
	sink = sum + self;
}

static void sort(int self)
{
	int *from = words + self * (1 << 18), n = 1 << 18;
	for (int i = 0; i < n; i++)
		from[i] = (int)((unsigned)i * 2654435761u >> 8);
	for (int gap = n / 2; gap; gap /= 2)
		for (int i = gap; i < n; i++)
			for (int j = i - gap; j >= 0 && from[j] > from[j + gap]; j -= gap) {
				int t = from[j];
				from[j] = from[j + gap];
				from[j + gap] = t;
			}
}

static const struct {
	const char *name;
	void (*run)(int self);
} kernels[] = {
	{"matrix", matrix},   {"stream", stream}, {"chase", chase}, {"calls", calls},
	{"atomics", atomics}, {"locks", locks},   {"table", table}, {"sort", sort},
};
static void (*chosen)(int self);

static void *run(void *self)
{
	chosen((int)(long)self);
	return NULL;
}

int main(int count, char **arguments)
{
	pthread_t id[64];
	for (size_t i = 0; count > 2 && i < sizeof kernels / sizeof *kernels; i++)
		if (!strcmp(kernels[i].name, arguments[1]))
			chosen = kernels[i].run;
	threads = count > 2 ? atoi(arguments[2]) : 0;
	if (!chosen || threads < 1 || threads > 16)
		return 2;
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		nodes[i].next = &nodes[(i * 7919 + 13) % (sizeof nodes / sizeof *nodes)];
	for (int i = 0; i < N * N; i++)
		a[i / N][i % N] = b[i % N][i / N] = i % 7;
	for (long i = 0; i < threads; i++)
		pthread_create(&id[i], NULL, run, (void *)i);
	for (int i = 0; i < threads; i++)
		pthread_join(id[i], NULL);
	return 0;
}
