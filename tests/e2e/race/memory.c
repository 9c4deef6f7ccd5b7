/* SPDX-License-Identifier: Apache-2.0
 *
 * Races in memory of each kind, which the report must name, and the same under a lock.  The first
 * argument says which; a second one: with the lock.  Turns are relaxed atomics, which order nothing. */
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int turn, locked;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void wait_for(int n)
{
	while (__atomic_load_n(&turn, __ATOMIC_RELAXED) < n)
		sched_yield();
}

static void next_turn(void)
{
	__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);
}

static void enter(void)
{
	if (locked)
		pthread_mutex_lock(&mutex);
}

static void leave(void)
{
	if (locked)
		pthread_mutex_unlock(&mutex);
}

struct item {
	int id;
	char state;
	int sum;
};
struct queue {
	int count;
	struct item items[8];
} queue;
static __thread struct item own[3];
/* Where the second thread writes: nothing of it is told, since it is atomic. */
static int *place;

static void set_place(int *p)
{
	__atomic_store_n(&place, p, __ATOMIC_RELAXED);
}

static void *second(void *unused)
{
	wait_for(1);
	enter();
	*__atomic_load_n(&place, __ATOMIC_RELAXED) = 2;
	leave();
	next_turn();
	return unused;
}

static void write_first(int *p)
{
	set_place(p);
	enter();
	*p = 1;
	leave();
	next_turn();
	wait_for(2);
}

static void member(void)
{
	write_first(&queue.items[3].sum);
}

static void thread_local(void)
{
	write_first(&own[1].sum);
}

static __attribute__((noinline)) void frame(void)
{
	struct item local[4];
	memset(local, 0, sizeof local);
	write_first(&local[2].sum);
}

static void in_malloc(void)
{
	write_first((int *)malloc(48) + 4);
}

static void in_calloc(void)
{
	write_first((int *)calloc(6, 8) + 4);
}

static void in_realloc(void)
{
	write_first((int *)realloc(malloc(10), 48) + 4);
}

static void in_reallocarray(void)
{
	write_first((int *)reallocarray(NULL, 6, 8) + 4);
}

static void in_aligned(void)
{
	write_first((int *)aligned_alloc(16, 48) + 4);
}

static void in_memalign(void)
{
	write_first((int *)memalign(64, 48) + 4);
}

static void in_posix(void)
{
	void *p;
	if (!posix_memalign(&p, 64, 48))
		write_first((int *)p + 4);
}

static void in_strdup(void)
{
	write_first((int *)strdup("a text of forty-seven bytes, and then its end: ") + 4);
}

static void large(void)
{
	write_first((int *)malloc(1 << 20) + 200000);
}

/* Other blocks come and go where it is allocated. */
static void among(void)
{
	void *others[100];
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			others[i] = malloc(16 + (size_t)(i * 7 % 90));
		for (int i = 0; i < 100; i++)
			free(others[i]);
	}
	in_malloc();
}

/* Nothing was ever done with the block but to free it. */
static void freed(void)
{
	int *p = malloc(48);
	set_place(p + 4);
	enter();
	if (locked) {
		p[4] = 1;
	} else {
		free(p);
	}
	leave();
	next_turn();
	wait_for(2);
}

static const struct {
	const char *name;
	void (*first)(void);
} variants[] = {
	{"member", member},        {"thread-local", thread_local},
	{"frame", frame},          {"malloc", in_malloc},
	{"calloc", in_calloc},     {"realloc", in_realloc},
	{"aligned", in_aligned},   {"reallocarray", in_reallocarray},
	{"memalign", in_memalign}, {"posix", in_posix},
	{"large", large},          {"among", among},
	{"freed", freed},          {"strdup", in_strdup},
};

static void *first(void *p)
{
	void (*const *routine)(void) = p;
	(*routine)();
	return NULL;
}

int main(int count, char **arguments)
{
	pthread_t one, two;
	locked = count > 2;
	for (size_t i = 0; count > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(variants[i].name, arguments[1])) {
			pthread_create(&one, NULL, first, (void *)&variants[i].first);
			pthread_create(&two, NULL, second, NULL);
			pthread_join(one, NULL);
			pthread_join(two, NULL);
			puts("done");
			return 0;
		}
	return 2;
}
