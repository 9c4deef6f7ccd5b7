/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection is freed while it is locked.  pthread_mutex_destroy says EBUSY, and nobody listens.
 *
 * It reports:
 *   ==snarl== destroy-while-locked (confirmed): T1 'main' destroyed mutex M1 while it held it
 *       [id X]
 *     why: the lock was held at that moment
 *     T1 'main' destroyed mutex M1 here:
 *       #0  connection_free   examples/destroy_while_locked.c:37:2 (inlined)
 *             37 | pthread_mutex_destroy(&c->mutex);
 *       #1  connection_close  examples/destroy_while_locked.c:45:2 (inlined)
 *       #2  main              examples/destroy_while_locked.c:54:2
 *     T1 'main' acquired mutex M1 here:
 *       #0  connection_close  examples/destroy_while_locked.c:43:2 (inlined)
 *             43 | pthread_mutex_lock(&c->mutex);
 *       #1  main              examples/destroy_while_locked.c:54:2
 *     mutex M1: 0xX, first initialised by T1 'main' in main at
 *         examples/destroy_while_locked.c:53:2
 *     fix: Unlock before destroying, and destroy only when no thread can reach the lock any
 *         more.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: destroy-while-locked confirmed
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct connection {
	pthread_mutex_t mutex;
	int open;
};

static void connection_free(struct connection *c)
{
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

static void connection_close(struct connection *c)
{
	pthread_mutex_lock(&c->mutex);
	c->open = 0;
	connection_free(c);
}

int main(void)
{
	struct connection *c = calloc(1, sizeof *c);
	if (!c)
		return 1;
	pthread_mutex_init(&c->mutex, NULL);
	connection_close(c);
	puts("closed");
	return 0;
}
