/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread is joined twice.  By then its id may belong to another thread, or to nobody.
 *
 * It reports:
 *   ==snarl== double-join (confirmed): T1 'main' joins or detaches T2 (work), which was joined
 *       or detached before  [id X]
 *     why: the thread had been joined or detached at that moment
 *     T1 'main' joined or detached T2 (work) here:
 *       #0  main  examples/double_join.c:40:2
 *             40 | pthread_join(worker, NULL);
 *     T1 'main' had joined or detached T2 (work) here:
 *       #0  wait_for  examples/double_join.c:31:2 (inlined)
 *             31 | pthread_join(worker, NULL);
 *       #1  main      examples/double_join.c:38:2
 *     T2 (work) was created by T1 'main' in main at examples/double_join.c:37:2
 *     fix: Join each thread once, from one place, or detach it and never join it.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: double-join confirmed
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
