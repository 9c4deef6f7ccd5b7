/* SPDX-License-Identifier: Apache-2.0
 *
 * The same mistake as in lost_wakeup.c, in a run in which all goes well: the worker was asleep
 * already when the signal came. That the signaller never takes the mutex is suspect all the same.
 *
 * It reports:
 *   ==snarl== signal-without-mutex (suspect): T1 'main' signalled condition variable 'wakeup'
 *       (C1) and has never held mutex 'lock' (M1)  [id X]
 *     why: the signaller has never held the mutex that the waiters use
 *     T2 (work) took mutex 'lock' (M1) to look at the state, here:
 *       #0  work  examples/signal_without_mutex.c:40:2
 *             40 | pthread_mutex_lock(&lock);
 *     T2 (work) waits for condition variable 'wakeup' (C1) here:
 *       #0  work  examples/signal_without_mutex.c:43:3
 *             43 | pthread_cond_wait(&wakeup, &lock);
 *     T1 'main' signalled condition variable 'wakeup' (C1) here, without holding mutex 'lock'
 *         (M1), X s after T2 (work) began to wait:
 *       #0  main  examples/signal_without_mutex.c:68:2
 *             68 | pthread_cond_signal(&wakeup);
 *     T2 (work) was created by T1 'main' in main at examples/signal_without_mutex.c:64:2
 *     mutex 'lock' (M1): 0xX, static in signal_without_mutex, declared at
 *         examples/signal_without_mutex.c:34
 *     condition variable 'wakeup' (C1): 0xX, static in signal_without_mutex, declared at
 *         examples/signal_without_mutex.c:35
 *     fix: Change the state under the mutex that the waiters use; the signal itself may come
 *         after the unlock.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: signal-without-mutex suspect
#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wakeup = PTHREAD_COND_INITIALIZER;
static atomic_int stopping, waiting;

static void *work(void *unused)
{
	pthread_mutex_lock(&lock);
	while (!atomic_load(&stopping)) {
		atomic_store(&waiting, 1);
		pthread_cond_wait(&wakeup, &lock);
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

/* Returns when the worker sleeps: whoever has the mutex then knows it. */
static void *see_it_wait(void *unused)
{
	int seen = 0;
	while (!seen) {
		pthread_mutex_lock(&lock);
		seen = atomic_load(&waiting);
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

int main(void)
{
	pthread_t worker, watcher;
	pthread_create(&worker, NULL, work, NULL);
	pthread_create(&watcher, NULL, see_it_wait, NULL);
	pthread_join(watcher, NULL);
	atomic_store(&stopping, 1);
	pthread_cond_signal(&wakeup);
	pthread_join(worker, NULL);
	return 0;
}
