/* SPDX-License-Identifier: Apache-2.0
 *
 * Context with a deadline.  The time that a request may take is said once, at the top; everything
 * below waits with the context or a child of it, and none of it outlasts the request.
 *
 * Wrong: examples/channel/deadline_not_passed_on.c.
 *
 *	lookup: Connection timed out
 *	request: Connection timed out */
#include <snarl_channel.h>
#include <stdio.h>
#include <string.h>

/* Nobody ever answers. */
static int look_up(struct snarl_channel *answers, struct snarl_context *context)
{
	int answer;

	return snarl_receive_with(answers, &answer, context);
}

int main(void)
{
	struct snarl_context *request = snarl_context_with_timeout(NULL, 5 * SNARL_MILLISECOND);
	struct snarl_context *lookup = snarl_context_with_timeout(request, SNARL_SECOND);
	struct snarl_channel *answers = snarl_channel_new(sizeof(int), 0);

	printf("lookup: %s\n", strerror(-look_up(answers, lookup)));
	printf("request: %s\n", strerror(-snarl_context_error(request)));
	snarl_context_cancel(lookup);
	snarl_context_cancel(request);
	snarl_context_release(lookup);
	snarl_context_release(request);
	snarl_channel_release(answers);
	return 0;
}
