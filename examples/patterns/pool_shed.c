/* SPDX-License-Identifier: Apache-2.0
 *
 * Worker pool that sheds load.  A server that cannot keep up says so at once instead of letting
 * everybody wait; the caller of a rejected job still owns what it wanted to hand over.
 *
 * Wrong: examples/channel/unbounded_tasks.c.
 *
 *	accepted 1, rejected 3 */
#include <errno.h>
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_channel *begun, *go_on;

/* Tells that it has begun, and works until all are told to go on. */
static int serve(void *unused, void **value)
{
	(void)unused;
	(void)value;
	snarl_send(begun, NULL);
	snarl_receive(go_on, NULL);
	return 0;
}

int main(void)
{
	struct snarl_pool *pool = snarl_pool_new("server", 1, 1, SNARL_FULL_REJECT, NULL);
	struct snarl_job job = {.function = serve};
	int accepted = 0, rejected = 0;

	begun = snarl_channel_new(0, 2);
	go_on = snarl_channel_new(0, 0);

	snarl_pool_submit(pool, &job, NULL);
	snarl_receive(begun, NULL); /* the worker is busy from here on, and the queue is empty */
	for (int i = 0; i < 4; i++) {
		int e = snarl_pool_submit(pool, &job, NULL);
		accepted += e == 0;
		rejected += e == -EAGAIN;
	}
	snarl_channel_close(go_on);
	printf("accepted %d, rejected %d\n", accepted, rejected);
	snarl_pool_shutdown(pool);
	snarl_pool_release(pool);
	snarl_channel_release(begun);
	snarl_channel_release(go_on);
	return 0;
}
