/* SPDX-License-Identifier: Apache-2.0
 *
 * Everybody sleeps on words that the program waits for by the futex system call itself: private, or
 * called as if it were shared though the memory is private; woken once, but for nothing; and in one
 * knot with a join and a mutex. */
// variants: private shared_call bitset woken mutex
// expect: deadlock confirmed
// hangs
// stdout: -
// json: "asleep" in f.why
// json: any(o.type == "futex" for o in f.objects)
#include "case.h"
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>

static uint32_t word;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *variant;
static pid_t tid;

static int is(const char *name)
{
	return !strcmp(variant, name);
}

static void sleep_on(void)
{
	if (is("shared_call"))
		syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
	else if (is("bitset"))
		syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1);
	else
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
}

static void *sleeper(void *unused)
{
	(void)unused;
	if (is("mutex"))
		pthread_mutex_lock(&mutex);
	publish_tid(&tid);
	do
		sleep_on();
	while (!__atomic_load_n(&word, __ATOMIC_ACQUIRE));
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	CHECK(argc == 2);
	variant = argv[1];
	START(&thread, sleeper, NULL);
	await_blocked(&tid);
	if (is("woken"))
		CHECK(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 7) == 1);
	if (is("mutex"))
		pthread_mutex_lock(&mutex);
	JOIN(thread);
	puts("not reached");
	return 0;
}
