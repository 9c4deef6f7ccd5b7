/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory with a read lock that is held is given back to the system by a call that nobody sees, and
 * locks are taken in a new order then: what is noted in rwlocks at new orders must not be written
 * there. */
// report: none
// status: own
#include "case.h"
#include <sys/mman.h>
#include <sys/syscall.h>

#define OTHERS 12 /* more than are looked at whenever an order is new */

static pthread_mutex_t others[OTHERS];

int main(void)
{
	pthread_rwlock_t *outer =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long result;
	CHECK(outer != MAP_FAILED);
	pthread_rwlock_init(outer, NULL);
	pthread_rwlock_rdlock(outer);
	for (int i = 0; i < OTHERS; i++)
		pthread_mutex_init(&others[i], NULL);
	for (int i = 0; i + 1 < OTHERS; i++)
		pthread_mutex_lock(&others[i]);
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_munmap), "D"(outer), "S"(4096)
			 : "rcx", "r11", "memory");
	CHECK(result == 0);
	for (int i = 0; i < 2; i++) {
		pthread_mutex_lock(&others[OTHERS - 1]);
		pthread_mutex_unlock(&others[OTHERS - 1]);
	}
	puts("done");
	fflush(stdout);
	_exit(0);
}
