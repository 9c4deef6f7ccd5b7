/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal handler takes a lock, and the signal comes while the same thread holds it: the handler
 * waits for the code that it has interrupted.
 *
 * It reports:
 *   ==snarl== signal-unsafe-lock (confirmed): a signal handler in T1 'main' takes mutex 'lock'
 *       (M1), which the code that it interrupted holds: it can never go on  [id X]
 *     why: the handler interrupted the thread while it held the lock
 *     T1 'main' acquired mutex 'lock' (M1) here:
 *       #0  serve  examples/signal_unsafe_lock.c:47:2 (inlined)
 *             47 | pthread_mutex_lock(&lock);
 *       #1  main   examples/signal_unsafe_lock.c:56:2
 *     T1 'main' waits for mutex 'lock' (M1) here, while it holds mutex 'lock' (M1):
 *       #0  on_signal                      examples/signal_unsafe_lock.c:40:2
 *             40 | pthread_mutex_lock(&lock);
 *       #1  <signal handler called>
 *       #2  __pthread_kill_implementation  ./libc source:76
 *       #3  raise                          libc source:13
 *       #4  serve                          examples/signal_unsafe_lock.c:49:2 (inlined)
 *       #5  main                           examples/signal_unsafe_lock.c:56:2
 *     mutex 'lock' (M1): 0xX, static in signal_unsafe_lock, declared at
 *         examples/signal_unsafe_lock.c:34
 *     fix: Do not lock in signal handlers: set a flag, write to a pipe, or wait for signals in
 *         a thread of their own.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: signal-unsafe-lock confirmed
// hangs
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long requests;

static void on_signal(int number)
{
	(void)number;
	pthread_mutex_lock(&lock);
	requests = 0;
	pthread_mutex_unlock(&lock);
}

static void serve(void)
{
	pthread_mutex_lock(&lock);
	requests++;
	raise(SIGUSR1); /* in real life it comes from outside, at any moment */
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	signal(SIGUSR1, on_signal);
	serve();
	return 0;
}
