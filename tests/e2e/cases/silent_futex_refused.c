/* SPDX-License-Identifier: Apache-2.0
 *
 * Futex waits without a time limit that the kernel refuses at once: of a word that is not aligned,
 * for no bit at all, with an operation that it does not know.  The only other thread sleeps, so to
 * take one of them for a sleep would be to call it a deadlock. */
// variants: alone beside
// expect: silent
#include "case.h"
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>

static uint32_t words[2], stop;
static pid_t tid;

static int refused(void *word, long operation, long bits)
{
	errno = 0;
	CHECK(syscall(SYS_futex, word, operation, 0, NULL, NULL, bits) == -1);
	return errno;
}

static void ask(void)
{
	CHECK(refused((char *)words + 1, FUTEX_WAIT_PRIVATE, 0) == EINVAL);
	CHECK(refused((char *)words + 2, FUTEX_WAIT, 0) == EINVAL);
	CHECK(refused(words, FUTEX_WAIT_BITSET_PRIVATE, 0) == EINVAL);
	CHECK(refused(words, FUTEX_WAIT_BITSET, 0) == EINVAL);
	CHECK(refused(words, FUTEX_WAIT_PRIVATE | 0x400, 0) == ENOSYS);
	CHECK(refused((void *)8, FUTEX_WAIT_PRIVATE, 0) == EFAULT);
}

static void *sleeper(void *unused)
{
	(void)unused;
	publish_tid(&tid);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &stop, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	CHECK(argc == 2);
	if (!strcmp(argv[1], "alone")) {
		ask();
	} else {
		START(&thread, sleeper, NULL);
		await_blocked(&tid);
		ask();
		__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &stop, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
		JOIN(thread);
	}
	puts("done");
	return 0;
}
