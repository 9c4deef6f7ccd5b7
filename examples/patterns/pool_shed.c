/* SPDX-License-Identifier: Apache-2.0
 *
 * Worker pool that sheds load.  A server that cannot keep up says so at once instead of letting
 * everybody wait; the caller of a rejected job still owns what it wanted to hand over.
 *
 *	accepted 1, rejected 3 */
#include <errno.h>
#include <snarl_channel.h>
#include <stdio.h>

/* Tells that it has begun, and works until it is told to go on. */
static int serve(void *gate, void **value)
{
	(void)value;
	snarl_send(gate, NULL);
	snarl_send(gate, NULL);
	return 0;
}

int main(void)
{
	struct snarl_pool *pool = snarl_pool_new("server", 1, 1, SNARL_FULL_REJECT, NULL);
	struct snarl_channel *gate = snarl_channel_new(0, 0);
	struct snarl_job job = {.function = serve, .argument = gate};
	int accepted = 0, rejected = 0;

	snarl_pool_submit(pool, &job, NULL);
	snarl_receive(gate, NULL); /* the worker is busy from here on, and the queue is empty */
	for (int i = 0; i < 4; i++) {
		int e = snarl_pool_submit(pool, &job, NULL);
		accepted += e == 0;
		rejected += e == -EAGAIN;
	}
	snarl_channel_close(gate);
	printf("accepted %d, rejected %d\n", accepted, rejected);
	snarl_pool_shutdown(pool);
	snarl_pool_release(pool);
	snarl_channel_release(gate);
	return 0;
}
