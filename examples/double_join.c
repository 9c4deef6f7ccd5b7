/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread is joined twice.  By then its id may belong to another thread, or to nobody.
 *
 * It reports:
 */
#include <pthread.h>

static void *work(void *unused)
{
	return unused;
}

static void wait_for(pthread_t worker)
{
	pthread_join(worker, NULL);
}

int main(void)
{
	pthread_t worker;
	pthread_create(&worker, NULL, work, NULL);
	wait_for(worker);
	/* The clean-up forgets that it has been done. */
	pthread_join(worker, NULL);
	return 0;
}
