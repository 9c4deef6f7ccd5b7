/* SPDX-License-Identifier: Apache-2.0
 *
 * Futures, any of them.  The same question goes to several places, and the first good answer is
 * taken.  The context tells the rest that nobody waits for them any more.
 *
 * Wrong: examples/channel/orphan_send.c.
 *
 *	answered by the near mirror */
#include <snarl_channel.h>
#include <stdio.h>

static int near_mirror(void *unused, void **value)
{
	static char name[] = "the near mirror";

	(void)unused;
	*value = name;
	return 0;
}

static int far_mirror(void *unused, void **value)
{
	(void)unused;
	(void)value;
	return snarl_sleep_with(SNARL_FOREVER, snarl_task_context());
}

int main(void)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_future *mirrors[] = {
		snarl_future_spawn("far", far_mirror, NULL, context, NULL),
		snarl_future_spawn("near", near_mirror, NULL, context, NULL),
	};
	struct snarl_future *any = snarl_future_any(mirrors, 2);
	void *name;

	if (snarl_future_get(any, &name) == 0)
		printf("answered by %s\n", (char *)name);
	snarl_context_cancel(context);
	snarl_future_get(mirrors[0], NULL);
	snarl_future_release(any);
	snarl_future_release(mirrors[0]);
	snarl_future_release(mirrors[1]);
	snarl_context_release(context);
	return 0;
}
