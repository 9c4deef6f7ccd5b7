/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration is loaded a second time, and its initialisation runs again: while the first
 * reader holds the mutex, it becomes free.
 *
 * It reports:
 *   ==snarl== reinit-in-use (confirmed): T2 (reload) initialised again mutex 'mutex' (M1) while
 *       T1 'main' held it  [id X]
 *     why: it was held or waited for at that moment
 *     T2 (reload) initialised again mutex 'mutex' (M1) here:
 *       #0  config_init  examples/reinit_in_use.c:36:2 (inlined)
 *             36 | pthread_mutex_init(&mutex, NULL);
 *       #1  reload       examples/reinit_in_use.c:42:2
 *     T1 'main' acquired mutex 'mutex' (M1) here:
 *       #0  main  examples/reinit_in_use.c:50:2
 *             50 | pthread_mutex_lock(&mutex);
 *     T2 (reload) was created by T1 'main' in main at examples/reinit_in_use.c:51:2
 *     mutex 'mutex' (M1): 0xX, static in reinit_in_use, declared at
 *         examples/reinit_in_use.c:31, first initialised by T1 'main' here:
 *       #0  config_init  examples/reinit_in_use.c:36:2 (inlined)
 *             36 | pthread_mutex_init(&mutex, NULL);
 *       #1  main         examples/reinit_in_use.c:49:2
 *     fix: Initialise each object once, before any thread can reach it.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: reinit-in-use confirmed
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex;
static int value;

static void config_init(int v)
{
	pthread_mutex_init(&mutex, NULL);
	value = v;
}

static void *reload(void *unused)
{
	config_init(2);
	return unused;
}

int main(void)
{
	pthread_t thread;
	config_init(1);
	pthread_mutex_lock(&mutex);
	pthread_create(&thread, NULL, reload, NULL);
	pthread_join(thread, NULL);
	printf("value %d\n", value);
	return 0;
}
