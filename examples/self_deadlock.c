/* SPDX-License-Identifier: Apache-2.0
 *
 * list_size() is public and locks; list_is_empty() locks too and calls it.  Without snarl this
 * program hangs.
 *
 * It reports:
 *   ==snarl== self-deadlock (confirmed): T1 'main' waits for mutex 'list_lock' (M1), which it
 *       already holds: it can never go on  [id X]
 *     why: the thread already holds this lock and the lock is not recursive
 *     T1 'main' waits for mutex 'list_lock' (M1) here, while it holds mutex 'list_lock' (M1):
 *       #0  list_size      examples/self_deadlock.c:36:2 (inlined)
 *             36 | pthread_mutex_lock(&list_lock);
 *       #1  list_is_empty  examples/self_deadlock.c:45:14 (inlined)
 *       #2  main           examples/self_deadlock.c:52:2
 *     T1 'main' acquired mutex 'list_lock' (M1) here:
 *       #0  list_is_empty  examples/self_deadlock.c:44:2 (inlined)
 *             44 | pthread_mutex_lock(&list_lock);
 *       #1  main           examples/self_deadlock.c:52:2
 *     mutex 'list_lock' (M1): 0xX, static in self_deadlock, declared at
 *         examples/self_deadlock.c:31
 *     fix: Release the lock first, split the function into a locked and an unlocked half, or
 *         make the mutex recursive on purpose.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: self-deadlock confirmed
// hangs
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static int size;

static int list_size(void)
{
	pthread_mutex_lock(&list_lock);
	int now = size;
	pthread_mutex_unlock(&list_lock);
	return now;
}

static int list_is_empty(void)
{
	pthread_mutex_lock(&list_lock);
	int empty = list_size() == 0;
	pthread_mutex_unlock(&list_lock);
	return empty;
}

int main(void)
{
	printf("empty: %d\n", list_is_empty());
	return 0;
}
