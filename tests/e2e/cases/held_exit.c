/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread ends in various ways while it holds a lock; late: it is cancelled when it has ended. */
// variants: return exit cancel late thrd-exit rwlock-read spin
// expect: lock-held-at-thread-exit confirmed
// text[return]: thread T2 \(holder\) ended while it held
// text[exit]: thread T2 \(holder\) ended while it held
// text[late]: thread T2 \(holder\) ended while it held
// text[cancel]: thread T2 \(holder\) was cancelled while it held
#include "locks.h"

static struct lock lock;
static const char *how;
static pid_t tid;

static void *holder(void *unused)
{
	publish_tid(&tid);
	if (!strcmp(how, "rwlock-read"))
		pthread_rwlock_rdlock(&lock.rwlock);
	else
		lock_take(&lock);
	if (!strcmp(how, "exit"))
		pthread_exit(NULL);
	while (!strcmp(how, "cancel"))
		pause();
	return unused;
}

static int c11_holder(void *unused)
{
	lock_take(&lock);
	thrd_exit(unused != NULL);
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "return";
	pthread_t thread;
	thrd_t c11;
	lock_init(&lock, !strcmp(how, "rwlock-read") ? RWLOCK
			 : !strcmp(how, "spin")      ? SPIN
						     : NORMAL);
	if (!strcmp(how, "thrd-exit")) {
		CHECK(thrd_create(&c11, c11_holder, NULL) == thrd_success);
		CHECK(thrd_join(c11, NULL) == thrd_success);
	} else {
		START(&thread, holder, NULL);
		if (!strcmp(how, "cancel")) {
			while (lock_try(&lock) == 0) {
				lock_drop(&lock);
				sched_yield();
			}
			pthread_cancel(thread);
		}
		if (!strcmp(how, "late")) {
			await_gone(&tid);
			pthread_cancel(thread);
		}
		JOIN(thread);
	}
	puts("done");
	return 5;
}
