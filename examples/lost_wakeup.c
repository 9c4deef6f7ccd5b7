/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker looks whether it is to stop and then waits; the request to stop sets an atomic flag
 * and signals, without the mutex, just in between. The signal finds nobody waiting, the worker
 * sleeps for ever, and the main thread waits for it as long. (The turns make the moment come every
 * time.)
 *
 * It reports:
 *   ==snarl== lost-wakeup (confirmed): T2 (work) sleeps for ever on condition variable 'wakeup'
 *       (C1): the signal of T1 'main' came X s before it waited and nobody heard it  [id X]
 *     why: the signal came after the waiter had taken the mutex to look at the state and before
 *         it slept, from a thread that has never held the mutex
 *     T2 (work) took mutex 'lock' (M1) to look at the state, here:
 *       #0  work  examples/lost_wakeup.c:54:2
 *             54 | pthread_mutex_lock(&lock);
 *     T1 'main' signalled condition variable 'wakeup' (C1) here, without holding mutex 'lock'
 *         (M1), X s before T2 (work) began to wait:
 *       #0  stop  examples/lost_wakeup.c:68:2 (inlined)
 *             68 | pthread_cond_signal(&wakeup);
 *       #1  main  examples/lost_wakeup.c:76:2
 *     T2 (work) waits for condition variable 'wakeup' (C1) here:
 *       #0  work  examples/lost_wakeup.c:58:3
 *             58 | pthread_cond_wait(&wakeup, &lock);
 *     T1 'main' waits for T2 (work) to end here:
 *       #0  main  examples/lost_wakeup.c:77:2
 *             77 | pthread_join(worker, NULL);
 *     T2 (work) was created by T1 'main' in main at examples/lost_wakeup.c:75:2
 *     mutex 'lock' (M1): 0xX, static in lost_wakeup, declared at examples/lost_wakeup.c:42
 *     condition variable 'wakeup' (C1): 0xX, static in lost_wakeup, declared at
 *         examples/lost_wakeup.c:43
 *     fix: Change the state that the waiter looks at under its mutex, and signal then or after
 *         the unlock.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: lost-wakeup confirmed
// hangs
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wakeup = PTHREAD_COND_INITIALIZER;
static atomic_int stopping, turn;

static void await_turn(int n)
{
	while (atomic_load(&turn) < n)
		sched_yield();
}

static void *work(void *unused)
{
	pthread_mutex_lock(&lock);
	while (!atomic_load(&stopping)) {
		atomic_store(&turn, 1);
		await_turn(2);
		pthread_cond_wait(&wakeup, &lock);
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

static void stop(void)
{
	await_turn(1);
	atomic_store(&stopping, 1);
	pthread_cond_signal(&wakeup);
	atomic_store(&turn, 2);
}

int main(void)
{
	pthread_t worker;
	pthread_create(&worker, NULL, work, NULL);
	stop();
	pthread_join(worker, NULL);
	return 0;
}
