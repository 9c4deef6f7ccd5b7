/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that never holds the mutex signals until the waiter has heard it. The first signal falls
 * into the waiter's window, and the next one from the same place wakes it: nothing is lost, and a
 * signal for each event would look the same. In `other` the next one comes from another place,
 * which a run might not have come to. */
// expect: lost-wakeup suspect
// expect: signal-without-mutex suspect
// expect[other]: lost-wakeup predicted
// expect[other]: signal-without-mutex suspect
// count: any
// variants: signal broadcast other
// json: all(s.frames for s in stacks)
// json: all(s.thread for s in stacks)
// json[signal]: any("until it is heard" in f.why for f in findings)
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int ready, heard;
static pid_t waiter_tid;

static void *waiter(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) {
		turn_next();
		turn_await(2);
		publish_tid(&waiter_tid);
		pthread_cond_wait(&cond, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	__atomic_store_n(&heard, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void signal_until_heard(int (*wake)(pthread_cond_t *))
{
	for (int i = 0; !__atomic_load_n(&heard, __ATOMIC_ACQUIRE); i++) {
		wake(&cond);
		if (i)
			continue;
		turn_next();
		await_blocked(&waiter_tid);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "signal";
	pthread_t thread;
	START(&thread, waiter, NULL);
	turn_await(1);
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	if (!strcmp(how, "other")) {
		pthread_cond_signal(&cond);
		turn_next();
		await_blocked(&waiter_tid);
		pthread_cond_signal(&cond);
	} else {
		signal_until_heard(!strcmp(how, "broadcast") ? pthread_cond_broadcast
							     : pthread_cond_signal);
	}
	JOIN(thread);
	return 0;
}
