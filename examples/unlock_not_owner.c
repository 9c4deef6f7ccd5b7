/* SPDX-License-Identifier: Apache-2.0
 *
 * The caller locks a job, the worker unlocks it when it has done it.  It often works; it is
 * undefined all the same, and a semaphore is the tool.
 *
 * It reports:
 *   ==snarl== unlock-not-owner (confirmed): T2 (do_job) unlocked mutex 'job' (M1), which T1
 *       'main' holds  [id X]
 *     why: the lock named another thread as its owner at that moment
 *     T2 (do_job) unlocked mutex 'job' (M1) here:
 *       #0  do_job  examples/unlock_not_owner.c:32:2
 *             32 | pthread_mutex_unlock(&job);
 *     T1 'main' acquired mutex 'job' (M1) here:
 *       #0  main  examples/unlock_not_owner.c:39:2
 *             39 | pthread_mutex_lock(&job);
 *     T2 (do_job) was created by T1 'main' in main at examples/unlock_not_owner.c:40:2
 *     mutex 'job' (M1): 0xX, static in unlock_not_owner, declared at
 *         examples/unlock_not_owner.c:28
 *     fix: Unlock in the thread that locked; to hand work over use a semaphore or a condition
 *         variable.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: unlock-not-owner confirmed
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t job = PTHREAD_MUTEX_INITIALIZER;

static void *do_job(void *unused)
{
	pthread_mutex_unlock(&job);
	return unused;
}

int main(void)
{
	pthread_t worker;
	pthread_mutex_lock(&job);
	pthread_create(&worker, NULL, do_job, NULL);
	pthread_join(worker, NULL);
	puts("done");
	return 0;
}
