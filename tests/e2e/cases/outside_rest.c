/* SPDX-License-Identifier: Apache-2.0
 *
 * A program that goes on for ever: a thread in a system call, one in a futex of its own that no
 * library sees, one that computes, and main, which joins.
 */
// mode: none
#include "case.h"
#include <linux/futex.h>
#include <sys/syscall.h>

static int word;
static volatile double sum;

static void *rests(void *arg)
{
	pause();
	return arg;
}

static void *sleeps(void *arg)
{
	register void *no_limit __asm__("r10") = NULL;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_futex), "D"(&word), "S"(FUTEX_WAIT_PRIVATE), "d"(0),
			   "r"(no_limit)
			 : "rcx", "r11", "memory");
	return arg;
}

static void *computes(void *arg)
{
	for (;;)
		sum += 1e-9;
	return arg;
}

int main(void)
{
	pthread_t t, u, v;

	pthread_create(&t, NULL, rests, NULL);
	pthread_create(&u, NULL, sleeps, NULL);
	pthread_create(&v, NULL, computes, NULL);
	puts("ready");
	fflush(stdout);
	pthread_join(t, NULL);
	return 0;
}
