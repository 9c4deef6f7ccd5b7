/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker waits for jobs; main has none left and returns without telling it to stop.  That is
 * often meant so, therefore it is a suspicion only, and the run does not fail.
 *
 * Such threads break no silence by themselves; they are shown by `snarl report`, and by a run with
 * fail_on=suspect, as here.
 *
 * It reports:
 *   ==snarl== leaked-worker (suspect): 1 thread was still alive when the process ended
 *     why: at the end of a whole program this is often by design, so a person should look
 *     1 thread created in main at examples/leaked_worker.c:44:2 was still blocked: T2 (work)
 *       waiting for condition variable 'changed' (C1), in work at examples/leaked_worker.c:36:3
 *            [id X]
 *     fix: Tell the thread to stop (a flag under the mutex and a broadcast, or a closed
 *         channel) and join it before the end.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: leaked-worker suspect
// options: fail_on=suspect
// status: 66
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, jobs;

static void *work(void *unused)
{
	pthread_mutex_lock(&mutex);
	waiting = 1;
	pthread_cond_broadcast(&changed);
	while (!jobs)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	pthread_t worker;
	pthread_create(&worker, NULL, work, NULL);
	pthread_mutex_lock(&mutex);
	while (!waiting)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	puts("no jobs today");
	return 0;
}
