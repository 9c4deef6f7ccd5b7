/* SPDX-License-Identifier: Apache-2.0
 *
 * Future and promise.  One side promises a result and settles it once; the other side waits for it,
 * or says what is to be made of it.  The value belongs to the future, which destroys it at its end.
 *
 * Wrong: examples/channel/promise_not_kept.c.
 *
 *	hello, world
 *	12 bytes */
#include <snarl_channel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *answer(void *promise)
{
	snarl_promise_fulfil(promise, strdup("hello, world"));
	snarl_promise_release(promise);
	return NULL;
}

/* Runs where the future is settled; so it is short and does not wait. */
static int measure(int error, void *text, void *unused, void **length)
{
	(void)unused;
	if (!error)
		*length = (void *)strlen(text);
	return error;
}

int main(void)
{
	struct snarl_promise *promise = snarl_promise_new(free);
	struct snarl_future *greeting = snarl_promise_future(promise);
	struct snarl_future *length = snarl_future_then(greeting, measure, NULL, NULL);
	struct snarl_task *task = snarl_task_spawn("answer", answer, promise, NULL);
	void *text, *bytes;

	if (snarl_future_get(greeting, &text) == 0)
		printf("%s\n", (char *)text);
	if (snarl_future_get_until(length, &bytes, snarl_in(10 * SNARL_SECOND)) == 0)
		printf("%zu bytes\n", (size_t)bytes);
	snarl_task_join(task, NULL);
	snarl_task_release(task);
	snarl_future_release(length);
	snarl_future_release(greeting);
	return 0;
}
