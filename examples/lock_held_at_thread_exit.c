/* SPDX-License-Identifier: Apache-2.0
 *
 * An error path out of a thread forgets to unlock.  Whoever wants the lock next would wait for
 * ever.
 *
 * It reports:
 *   ==snarl== lock-held-at-thread-exit (confirmed): thread T2 (append) ended while it held
 *       mutex 'log_lock' (M1)  [id X]
 *     why: the thread had ended and still held the lock
 *     T2 (append) acquired mutex 'log_lock' (M1) here:
 *       #0  append  examples/lock_held_at_thread_exit.c:29:2
 *             29 | pthread_mutex_lock(&log_lock);
 *     T2 (append) was created by T1 'main' in main at examples/lock_held_at_thread_exit.c:40:2
 *     mutex 'log_lock' (M1): 0xX, static in lock_held_at_thread_exit, declared at
 *         examples/lock_held_at_thread_exit.c:25
 *     fix: Unlock on every path out of the thread; with cancellation or pthread_exit, unlock in
 *         a clean-up handler.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: lock-held-at-thread-exit confirmed
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void *append(void *line)
{
	pthread_mutex_lock(&log_lock);
	if (!line)
		return NULL;
	puts(line);
	pthread_mutex_unlock(&log_lock);
	return line;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, append, NULL);
	pthread_join(thread, NULL);
	return 0;
}
