/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads and one piece of memory, each way that must be reported and each that must not.  The
 * first argument says which.  first() runs before second(): turns are relaxed atomics, which order
 * nothing. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

static int turn;

static void wait_for(int n)
{
	while (__atomic_load_n(&turn, __ATOMIC_RELAXED) < n)
		sched_yield();
}

static void next_turn(void)
{
	__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_spinlock_t spin;
static pthread_barrier_t barrier;
static sem_t semaphore;
static mtx_t c11;
static int flag;
static struct {
	int count;
	char bytes[8] __attribute__((aligned(8)));
	char text[64];
	int filler[50000];
} shared;
static int *block;
static __thread int own;

static __attribute__((noinline)) void put(int *p, int value)
{
	*p = value;
}

static __thread volatile int seen;

static __attribute__((noinline)) void get(const int *p)
{
	seen = *p;
}

#define LOCKED(lock, unlock, object, statement)                                                    \
	do {                                                                                       \
		lock(object);                                                                      \
		statement;                                                                         \
		unlock(object);                                                                    \
	} while (0)
#define MUTEX(object, statement) LOCKED(pthread_mutex_lock, pthread_mutex_unlock, object, statement)

static void plain_1(void)
{
	put(&shared.count, 1);
}
static void plain_2(void)
{
	put(&shared.count, 2);
}
static void read_2(void)
{
	get(&shared.count);
}
static void mutex_1(void)
{
	MUTEX(&mutex, put(&shared.count, 1));
}
static void mutex_2(void)
{
	MUTEX(&mutex, put(&shared.count, 2));
}
static void other_2(void)
{
	MUTEX(&other, put(&shared.count, 2));
}
static void try_2(void)
{
	while (pthread_mutex_trylock(&mutex))
		sched_yield();
	put(&shared.count, 2);
	pthread_mutex_unlock(&mutex);
}
static void c11_1(void)
{
	LOCKED(mtx_lock, mtx_unlock, &c11, put(&shared.count, 1));
}
static void spin_1(void)
{
	LOCKED(pthread_spin_lock, pthread_spin_unlock, &spin, put(&shared.count, 1));
}
static void wrlock_1(void)
{
	LOCKED(pthread_rwlock_wrlock, pthread_rwlock_unlock, &rwlock, put(&shared.count, 1));
}
static void rdlock_1(void)
{
	LOCKED(pthread_rwlock_rdlock, pthread_rwlock_unlock, &rwlock, put(&shared.count, 1));
}
static void rdlock_2(void)
{
	LOCKED(pthread_rwlock_rdlock, pthread_rwlock_unlock, &rwlock, get(&shared.count));
}
static void rdget_1(void)
{
	rdlock_2();
}
static void far_1(void)
{
	put(&shared.count, 1);
	for (int i = 0; i < 250000; i++)
		put(&shared.filler[i % 50000], i);
}
/* A store to a word's byte by each of two threads, and a wider load by the main one. */
static void byte_1(void)
{
	shared.bytes[1] = 1;
}
static void byte_2(void)
{
	shared.bytes[2] = 2;
}
/* What the compiler makes of a copy of known size it may not announce. */
static volatile size_t some = 28;
static void copy_1(void)
{
	memcpy(shared.text, "what one thread copies here", some);
}
static void copy_2(void)
{
	char text[64];
	memcpy(text, shared.text + 20, some - 20);
	__asm__ volatile("" : : "r"(text) : "memory");
}
static void relaxed_1(void)
{
	put(&shared.count, 1);
	__atomic_store_n(&flag, 1, __ATOMIC_RELAXED);
}
static void release_1(void)
{
	put(&shared.count, 1);
	__atomic_store_n(&flag, 1, __ATOMIC_RELEASE);
}
static void fence_1(void)
{
	put(&shared.count, 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&flag, 1, __ATOMIC_RELAXED);
}
static void fence_2(void)
{
	if (__atomic_load_n(&flag, __ATOMIC_RELAXED)) {
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		put(&shared.count, 2);
	}
}
static void acquire_2(void)
{
	if (__atomic_load_n(&flag, __ATOMIC_ACQUIRE))
		put(&shared.count, 2);
}
static void exchange_2(void)
{
	int one = 1;
	if (__atomic_compare_exchange_n(&flag, &one, 2, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		put(&shared.count, 2);
}
static void failed_2(void)
{
	int none = 0;
	if (!__atomic_compare_exchange_n(&flag, &none, 2, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		put(&shared.count, 2);
}
static void failed_well_2(void)
{
	int none = 0;
	if (!__atomic_compare_exchange_n(&flag, &none, 2, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		put(&shared.count, 2);
}
static void atomic_1(void)
{
	__atomic_store_n(&flag, 1, __ATOMIC_SEQ_CST);
}
static void atomic_2(void)
{
	__atomic_fetch_add(&flag, 1, __ATOMIC_RELAXED);
}
static void mixed_2(void)
{
	put(&flag, 2);
}
static void post_1(void)
{
	put(&shared.count, 1);
	sem_post(&semaphore);
}
static void post_2(void)
{
	sem_wait(&semaphore);
	put(&shared.count, 2);
}
static void initialise(void)
{
	put(&shared.count, 1);
}
static void once_1(void)
{
	pthread_once(&once, initialise);
}
static void once_2(void)
{
	pthread_once(&once, initialise);
	get(&shared.count);
}
static void signal_1(void)
{
	MUTEX(&mutex, flag = 1; put(&shared.count, 1));
	pthread_cond_signal(&cond);
}
static void signal_2(void)
{
	pthread_mutex_lock(&mutex);
	while (!flag)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	put(&shared.count, 2);
}
static int ends[2];
static void pipe_1(void)
{
	put(&shared.count, 1);
	if (write(ends[1], "x", 1) != 1)
		abort();
}
static void pipe_2(void)
{
	char x;
	if (read(ends[0], &x, 1) == 1)
		put(&shared.count, x);
}
static void queue_1(void)
{
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = block};
	put(block, 1);
	epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &event);
}
static void queue_2(void)
{
	struct epoll_event event;
	if (epoll_wait(ends[0], &event, 1, -1) == 1)
		put(event.data.ptr, 2);
}
static void at_end(void)
{
	put(&shared.count, 2);
}
static void exit_1(void)
{
	put(&shared.count, 1);
	atexit(at_end);
}
static void fork_1(void)
{
	for (int i = 0; i < 200000; i++)
		put(&shared.filler[i % 50000], i);
}
static void *child_thread(void *p)
{
	put(p, 3);
	free(malloc(100));
	return p;
}
/* While the other thread is at work; each child has threads of its own. */
static void fork_2(void)
{
	for (int i = 0; i < 20; i++) {
		int status;
		pid_t child = fork();
		if (!child) {
			pthread_t thread;
			pthread_create(&thread, NULL, child_thread, &shared.count);
			pthread_join(thread, NULL);
			MUTEX(&mutex, put(&shared.count, 4));
			_exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child || status)
			abort();
	}
}
static void nothing(void)
{
}
static void free_1(void)
{
	get(block);
}
static void free_2(void)
{
	free(block);
}
/* The same memory again, by whatever thread: nobody has touched it before. */
static void reuse_1(void)
{
	int *p = malloc(4096);
	put(p, 1);
	put(p + 500, 1);
	free(p);
}
static void own_1(void)
{
	put(&own, 1);
}
static sigjmp_buf out;
static __attribute__((noinline)) void deep(int n)
{
	if (!n)
		siglongjmp(out, 1);
	put(&shared.filler[n], n);
	deep(n - 1);
	put(&shared.filler[n], n);
}
static void jump_1(void)
{
	for (volatile int i = 0; i < 100; i++)
		if (!sigsetjmp(out, 0))
			deep(50);
	put(&shared.count, 1);
}

static const struct variant {
	const char *name;
	void (*first)(void), (*second)(void);
} variants[] = {
	{"plain", plain_1, plain_2},
	{"read", plain_1, read_2},
	{"other-lock", mutex_1, other_2},
	{"one-locked", mutex_1, plain_2},
	{"read-locked", rdlock_1, rdlock_2},
	{"far", far_1, plain_2},
	{"copy", copy_1, copy_2},
	{"relaxed", relaxed_1, acquire_2},
	{"mixed", atomic_1, mixed_2},
	{"bytes", byte_1, byte_2},
	{"freed", free_1, free_2},
	{"jump", jump_1, plain_2},
	{"mutex", mutex_1, mutex_2},
	{"try", mutex_1, try_2},
	{"c11", c11_1, c11_1},
	{"spin", spin_1, spin_1},
	{"rwlock", wrlock_1, rdlock_2},
	{"rwlock-back", rdget_1, wrlock_1},
	{"release", release_1, acquire_2},
	{"fence", fence_1, fence_2},
	{"exchange", release_1, exchange_2},
	{"failed", release_1, failed_2},
	{"failed-well", release_1, failed_well_2},
	{"atomic", atomic_1, atomic_2},
	{"semaphore", post_1, post_2},
	{"once", once_1, once_2},
	{"condition", signal_1, signal_2},
	{"pipe", pipe_1, pipe_2},
	{"queue", queue_1, queue_2},
	{"exit", exit_1, nothing},
	{"fork", fork_1, fork_2},
	{"reuse", reuse_1, reuse_1},
	{"stack", own_1, own_1},
	{"joined", plain_1, plain_2},
	{"barrier", plain_1, plain_2},
	{"bytes-apart", byte_1, byte_2},
	{"freed-late", free_1, NULL},
};

static const struct variant *chosen;
static int joins, meets;

static int is(const char *name)
{
	return !strcmp(chosen->name, name);
}

static void *first(void *unused)
{
	chosen->first();
	next_turn();
	if (meets)
		pthread_barrier_wait(&barrier);
	return unused;
}

static void *second(void *unused)
{
	wait_for(is("fork") ? 0 : 1);
	if (meets)
		pthread_barrier_wait(&barrier);
	if (chosen->second)
		chosen->second();
	next_turn();
	return unused;
}

static void run(void)
{
	pthread_t one, two;
	pthread_create(&one, NULL, first, NULL);
	if (joins)
		pthread_join(one, NULL);
	pthread_create(&two, NULL, second, NULL);
	wait_for(2);
	if (is("bytes"))
		get((const int *)shared.bytes);
	if (!joins)
		pthread_join(one, NULL);
	pthread_join(two, NULL);
}

int main(int count, char **arguments)
{
	for (size_t i = 0; count > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(variants[i].name, arguments[1]))
			chosen = &variants[i];
	if (!chosen)
		return 2;
	joins = is("joined") || is("stack");
	meets = is("barrier");
	pthread_spin_init(&spin, 0);
	pthread_barrier_init(&barrier, NULL, 2);
	sem_init(&semaphore, 0, 0);
	mtx_init(&c11, mtx_plain);
	if (pipe(ends))
		return 2;
	if (is("queue"))
		ends[0] = epoll_create1(0);
	block = malloc(100);
	put(block, 0);
	run();
	if (!is("freed"))
		free(block);
	puts("done");
	return 0;
}
