/* SPDX-License-Identifier: Apache-2.0
 *
 * Sleeps on the futex system call that end: woken by another process, by a time-out, by a signal
 * handler, after having been moved to another word, or at once since the word has changed; a lock
 * made of a futex; and words at ever new addresses. */
// variants: process timed handler requeued changed lock addresses
// expect: silent
#include "case.h"
#include <linux/futex.h>
#include <stdint.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

static uint32_t local, other;
static uint32_t *word = &local;
static pid_t tid;

static long futex(uint32_t *at, int operation, uint32_t value)
{
	return syscall(SYS_futex, at, operation, value, NULL, &other, 0);
}

static void *sleeper(void *operation)
{
	publish_tid(&tid);
	while (!__atomic_load_n(word, __ATOMIC_ACQUIRE))
		futex(word, *(int *)operation, 0);
	return NULL;
}

/* The parent's threads all sleep; the child knows when, and lets them. */
static void process(void)
{
	int operation = FUTEX_WAIT;
	pthread_t thread;
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child) {
		usleep(300000);
		__atomic_store_n(word, 1, __ATOMIC_RELEASE);
		futex(word, FUTEX_WAKE, 100);
		_exit(0);
	}
	START(&thread, sleeper, &operation);
	sleeper(&operation);
	JOIN(thread);
	CHECK(waitpid(child, NULL, 0) == child);
}

static void timed(void)
{
	struct timespec limit = {0, 50000000};
	for (int i = 0; i < 5; i++) {
		CHECK(syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, &limit) == -1);
		CHECK(errno == ETIMEDOUT);
	}
}

static void on_alarm(int number)
{
	(void)number;
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	futex(word, FUTEX_WAKE_PRIVATE, 100);
}

static void handler(void)
{
	int operation = FUTEX_WAIT_PRIVATE;
	struct itimerval soon_once = {.it_value = {0, 300000}};
	pthread_t thread;
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &soon_once, NULL);
	START(&thread, sleeper, &operation);
	sleeper(&operation);
	JOIN(thread);
}

static void *mover(void *unused)
{
	(void)unused;
	await_blocked(&tid);
	while (futex(word, FUTEX_REQUEUE_PRIVATE, 0) != 0)
		continue;
	long moved = syscall(SYS_futex, word, FUTEX_REQUEUE_PRIVATE, 0, (void *)1, &other, 0);
	CHECK(moved == 1);
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	while (futex(&other, FUTEX_WAKE_PRIVATE, 1) != 1)
		sched_yield();
	return NULL;
}

static void requeued(void)
{
	int operation = FUTEX_WAIT_PRIVATE;
	pthread_t thread;
	START(&thread, mover, NULL);
	sleeper(&operation);
	JOIN(thread);
}

static void changed(void)
{
	for (int i = 0; i < 10000; i++) {
		errno = 0;
		CHECK(futex(word, FUTEX_WAIT_PRIVATE, 1) == -1 && errno == EAGAIN);
		CHECK(futex(word, FUTEX_WAKE_PRIVATE, 1) == 0 && errno == EAGAIN);
	}
	errno = 0;
	CHECK(futex(NULL, FUTEX_WAIT_PRIVATE, 0) == -1 && errno == EFAULT);
	CHECK(futex((uint32_t *)3, FUTEX_WAIT_PRIVATE, 0) == -1 && errno == EINVAL);
	CHECK(futex(word, 77, 0) == -1 && errno == ENOSYS);
}

/* Drepper's second mutex. */
static void take(uint32_t *lock)
{
	uint32_t was = 0;
	if (__atomic_compare_exchange_n(lock, &was, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE))
		futex(lock, FUTEX_WAIT_PRIVATE, 2);
}

static void give(uint32_t *lock)
{
	if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2)
		futex(lock, FUTEX_WAKE_PRIVATE, 1);
}

static long sum;

static void *adder(void *unused)
{
	(void)unused;
	for (int i = 0; i < 50000; i++) {
		take(word);
		sum++;
		if (i % 64 == 0)
			sched_yield();
		give(word);
	}
	return NULL;
}

static void lock(void)
{
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		START(&threads[i], adder, NULL);
	for (int i = 0; i < 3; i++)
		JOIN(threads[i]);
	CHECK(sum == 150000);
}

#define WORDS 20000
static uint32_t words[WORDS * 16];
static int at;

static void *waker(void *unused)
{
	(void)unused;
	for (int i = 0; i < WORDS; i++) {
		while (__atomic_load_n(&at, __ATOMIC_ACQUIRE) < i)
			sched_yield();
		__atomic_store_n(&words[i * 16], 1, __ATOMIC_RELEASE);
		futex(&words[i * 16], FUTEX_WAKE_PRIVATE, 1);
	}
	return NULL;
}

static void addresses(void)
{
	pthread_t thread;
	START(&thread, waker, NULL);
	for (int i = 0; i < WORDS; i++) {
		__atomic_store_n(&at, i, __ATOMIC_RELEASE);
		while (!__atomic_load_n(&words[i * 16], __ATOMIC_ACQUIRE))
			futex(&words[i * 16], FUTEX_WAIT_PRIVATE, 0);
	}
	JOIN(thread);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} variants[] = {{"process", process},    {"timed", timed},     {"handler", handler},
			{"requeued", requeued},  {"changed", changed}, {"lock", lock},
			{"addresses", addresses}};
	for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
		if (argc == 2 && !strcmp(argv[1], variants[i].name)) {
			variants[i].run();
			puts("done");
			return 0;
		}
	return 3;
}
