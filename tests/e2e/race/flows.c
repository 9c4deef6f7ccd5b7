/* SPDX-License-Identifier: Apache-2.0
 *
 * Order that is made through the kernel, as in races.c: `first` before `second`, each way that must
 * be silent, and what is printed, which orders nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <unistd.h>

static int turn, ends[2];
static struct {
	int count;
} shared;

static void put(int *at, int n)
{
	*at = n;
}

static void closed_1(void)
{
	put(&shared.count, 1);
	close(ends[1]);
}
static void closed_2(void)
{
	char x;
	if (read(ends[0], &x, 1) == 0)
		put(&shared.count, 2);
}
static void written_1(void)
{
	put(&shared.count, 1);
	if (write(ends[1], "x", 1) != 1)
		abort();
}
static void poll_2(void)
{
	struct pollfd in = {ends[0], POLLIN, 0};
	if (poll(&in, 1, -1) == 1)
		put(&shared.count, 2);
}
static void select_2(void)
{
	fd_set in;
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	if (select(ends[0] + 1, &in, NULL, NULL, NULL) == 1)
		put(&shared.count, 2);
}
static void stream_1(void)
{
	FILE *to = fdopen(ends[1], "w");
	setvbuf(to, NULL, _IOLBF, 100);
	put(&shared.count, 1);
	fprintf(to, "%d\n", 7);
}
static void stream_2(void)
{
	FILE *from = fdopen(ends[0], "r");
	int n;
	if (fscanf(from, "%d", &n) == 1)
		put(&shared.count, n);
}
static void letter_1(void)
{
	FILE *to = fdopen(ends[1], "w");
	setvbuf(to, NULL, _IONBF, 0);
	put(&shared.count, 1);
	putc('x', to);
}
static void letter_2(void)
{
	FILE *from = fdopen(ends[0], "r");
	put(&shared.count, getc(from));
}
static void printed_1(void)
{
	put(&shared.count, 1);
	fprintf(stderr, "%s", "");
}
static void printed_2(void)
{
	struct pollfd in = {ends[0], POLLIN, 0};
	poll(&in, 1, 0);
	put(&shared.count, 2);
}
static void kill_1(void)
{
	put(&shared.count, 1);
	kill(getpid(), SIGUSR1);
}
static void kill_2(void)
{
	sigset_t set;
	int signal;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (!sigwait(&set, &signal))
		put(&shared.count, 2);
}
/* A handler knows of what was done before its signal was sent, and of nothing else. */
static int handled;
static pthread_t victim;
static void handler(int signal)
{
	(void)signal;
	put(&shared.count, 2);
	__atomic_store_n(&handled, 1, __ATOMIC_RELAXED);
}
static void handler_1(void)
{
	put(&shared.count, 1);
	pthread_kill(victim, SIGUSR2);
}
static void handler_2(void)
{
	while (!__atomic_load_n(&handled, __ATOMIC_RELAXED))
		usleep(100);
}
static void stray_1(void)
{
	put(&shared.count, 1);
}
static void stray_2(void)
{
	raise(SIGUSR2);
}
/* The next owner of a robust mutex knows of what the one that died did. */
static pthread_mutex_t robust;
static void died_1(void)
{
	pthread_mutex_lock(&robust);
	put(&shared.count, 1);
	pthread_exit(NULL);
}
static void died_2(void)
{
	if (pthread_mutex_lock(&robust) == EOWNERDEAD)
		pthread_mutex_consistent(&robust);
	put(&shared.count, 2);
	pthread_mutex_unlock(&robust);
}
static void not_owner_1(void)
{
	pthread_mutex_lock(&robust);
	pthread_mutex_unlock(&robust);
	put(&shared.count, 1);
}
/* Memory that was moved away, and what is mapped there next. */
static char *place;
static void moved_1(void)
{
	size_t size = 1 << 20;
	char *moved = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *to = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved[5] = 1;
	if (mremap(moved, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		abort();
	to[5] = 2;
	__atomic_store_n(&place, moved, __ATOMIC_RELAXED);
}
static void moved_2(void)
{
	char *at = __atomic_load_n(&place, __ATOMIC_RELAXED);
	mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	at[5] = 3;
}

/* The stack of a thread that is gone, and what is mapped there next. */
#define STACK ((size_t)64 << 20)
static char *deep;
static void *fill(void *unused)
{
	volatile char room[1 << 20];
	for (size_t i = 0; i < sizeof room; i += 8)
		room[i] = 1;
	__atomic_store_n(&deep, (char *)((uintptr_t)room & ~(uintptr_t)4095), __ATOMIC_RELAXED);
	return unused;
}
static void remapped_1(void)
{
	pthread_attr_t attributes;
	pthread_t gone;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_create(&gone, &attributes, fill, NULL);
}
static void *end_at_once(void *unused)
{
	return unused;
}
static void remapped_2(void)
{
	char *at;
	/* The C library gives it up when a later thread ends. */
	while (!(at = __atomic_load_n(&deep, __ATOMIC_RELAXED)) || !msync(at, 4096, MS_ASYNC)) {
		pthread_t later;
		pthread_create(&later, NULL, end_at_once, NULL);
		pthread_join(later, NULL);
	}
	at = mmap(at, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 1 << 20; i += 8)
		at[i] = 2;
}

static const struct variant {
	const char *name;
	void (*first)(void), (*second)(void);
} variants[] = {
	{"closed", closed_1, closed_2},       {"poll", written_1, poll_2},
	{"select", written_1, select_2},      {"stream", stream_1, stream_2},
	{"letter", letter_1, letter_2},       {"kill", kill_1, kill_2},
	{"handler", handler_1, handler_2},    {"stray-handler", stray_1, stray_2},
	{"robust", died_1, died_2},           {"robust-outside", not_owner_1, died_2},
	{"remapped", remapped_1, remapped_2}, {"moved", moved_1, moved_2},
	{"printed", printed_1, printed_2},
};

static const struct variant *chosen;

static void next_turn(void *unused)
{
	(void)unused;
	__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);
}

static void wait_for(int n)
{
	while (__atomic_load_n(&turn, __ATOMIC_RELAXED) < n)
		usleep(100);
}

static void *first(void *unused)
{
	wait_for(1);
	pthread_cleanup_push(next_turn, NULL);
	chosen->first();
	pthread_cleanup_pop(1);
	return unused;
}

static void *second(void *unused)
{
	next_turn(NULL);
	if (chosen->first != handler_1)
		wait_for(2);
	chosen->second();
	return unused;
}

static void prepare(void)
{
	struct sigaction action = {.sa_handler = handler};
	pthread_mutexattr_t attributes;
	sigset_t blocked;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGUSR2, &action, NULL);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
}

int main(int count, char **arguments)
{
	pthread_t one;
	for (size_t i = 0; count > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(variants[i].name, arguments[1]))
			chosen = &variants[i];
	if (!chosen || pipe(ends))
		return 2;
	prepare();
	pthread_create(&victim, NULL, second, NULL);
	pthread_create(&one, NULL, first, NULL);
	pthread_join(one, NULL);
	pthread_join(victim, NULL);
	puts("done");
	return 0;
}
