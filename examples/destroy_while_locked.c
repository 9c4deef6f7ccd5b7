/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection is freed while it is locked.  pthread_mutex_destroy says EBUSY, and nobody listens.
 *
 * It reports:
 */
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
