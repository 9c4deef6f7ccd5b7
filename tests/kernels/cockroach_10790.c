/* SPDX-License-Identifier: Apache-2.0
 *
 * On cancellation the consumer of some reply channels starts a drainer, so that the sender of the
 * replies shall not be stuck; but the same cancellation makes the sender quit before it sends any.
 * Stuck: the drainer, receiving from the first reply channel.  Repaired: the sender closes the
 * channels when it quits. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: drainer waits channel
// stdout[joined]: -
// stuck[joined]: drainer waits channel
// stuck[joined]: main waits drainer
#include "kernel.h"

#define REPLIES 3

static struct snarl_channel *reply[REPLIES];
static struct snarl_context *context;
static struct snarl_task *drainer;
static pid_t consumer_tid, drainer_tid;

/* What is left of the replies is still the receiver's business. */
static void *drain(void *unused)
{
	publish_tid(&drainer_tid);
	for (int i = 0; i < REPLIES; i++) {
		snarl_receive(reply[i], NULL);
		snarl_channel_release(reply[i]);
	}
	return unused;
}

static void *consume(void *unused)
{
	int value;

	publish_tid(&consumer_tid);
	for (int i = 0; i < REPLIES; i++) {
		struct snarl_case cases[] = {
			{.channel = reply[i], .value = &value},
			{.channel = snarl_context_done(context)},
		};
		if (snarl_select(cases, 2) == 1) {
			drainer = spawn("drainer", drain, NULL);
			break;
		}
	}
	return unused;
}

static void *send_replies(void *unused)
{
	turn_reached(1);
	for (int i = 0; i < REPLIES; i++)
		if (snarl_send_with(reply[i], &i, context))
			break;
	for (int i = 0; i < REPLIES; i++) {
		if (fixed)
			snarl_channel_close(reply[i]);
		snarl_channel_release(reply[i]);
	}
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	context = snarl_context_with_cancel(NULL);
	for (int i = 0; i < REPLIES; i++)
		reply[i] = share(channel(0), 2);
	struct snarl_task *sender = spawn("sender", send_replies, NULL);
	struct snarl_task *consumer = spawn("consumer", consume, NULL);
	await_blocked(&consumer_tid);
	snarl_context_cancel(context);
	turn_next();
	join(sender);
	join(consumer);
	snarl_context_release(context);
	await_stuck(&drainer_tid);
	return leave(drainer);
}
