/* SPDX-License-Identifier: Apache-2.0
 *
 * The error path unlocks, and so does the code after it.
 *
 * It reports:
 *   ==snarl== unlock-not-locked (confirmed): T1 'main' unlocked mutex 'mutex' (M1), which
 *       nobody holds  [id X]
 *     why: the lock was free at that moment
 *     T1 'main' unlocked mutex 'mutex' (M1) here:
 *       #0  store  examples/unlock_not_locked.c:33:2 (inlined)
 *             33 | pthread_mutex_unlock(&mutex);
 *       #1  main   examples/unlock_not_locked.c:39:2
 *     mutex 'mutex' (M1): 0xX, static in unlock_not_locked, declared at
 *         examples/unlock_not_locked.c:23
 *     fix: Remove the second unlock, or lock first; look at early returns and error paths.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: unlock-not-locked confirmed
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int store(int value)
{
	int result = 0;
	pthread_mutex_lock(&mutex);
	if (value < 0) {
		result = -1;
		pthread_mutex_unlock(&mutex);
	}
	pthread_mutex_unlock(&mutex);
	return result;
}

int main(void)
{
	printf("%d %d\n", store(1), store(-1));
	return 0;
}
