/* SPDX-License-Identifier: Apache-2.0
 *
 * A debouncing loop stops its timer when a change comes, and drains the timer's channel when the
 * timer had fired; but the loop itself had received that tick.  Stuck: the loop, receiving from the
 * timer, and the feeder of changes, sending to the loop's one-slot channel.  Repaired: the drain
 * does not wait.  The timer is the original's: a channel with one slot that a tick stays in. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: loop waits channel
// stuck[bug]: feeder waits channel
// stdout[joined]: -
// stuck[joined]: loop waits channel
// stuck[joined]: feeder waits channel
// stuck[joined]: main waits loop
#include "kernel.h"

#define CHANGES 3

struct timer {
	struct snarl_channel *tick;
	int armed;
};

static struct timer timer;
static struct snarl_channel *changes;
static struct snarl_context *context;
static pid_t loop_tid, feeder_tid;

static void fire(struct timer *t)
{
	int tick = 1;

	if (__atomic_exchange_n(&t->armed, 0, __ATOMIC_ACQ_REL))
		snarl_try_send(t->tick, &tick);
}

/* Whether that kept it from firing. */
static int stop_timer(struct timer *t)
{
	return __atomic_exchange_n(&t->armed, 0, __ATOMIC_ACQ_REL);
}

static void restart_timer(void)
{
	if (!stop_timer(&timer)) {
		publish_tid(&loop_tid);
		if (fixed)
			snarl_try_receive(timer.tick, NULL);
		else
			snarl_receive(timer.tick, NULL);
	}
	__atomic_store_n(&timer.armed, 1, __ATOMIC_RELEASE);
}

static void *debounce(void *unused)
{
	struct snarl_case cases[] = {
		{.channel = snarl_context_done(context)},
		{.channel = timer.tick},
		{.channel = changes},
	};

	for (int chosen; (chosen = snarl_select(cases, 3)) != 0;) {
		if (chosen == 2)
			restart_timer();
		turn_next();
	}
	snarl_channel_release(timer.tick);
	snarl_channel_release(changes);
	snarl_context_release(context);
	return unused;
}

static void *feed(void *unused)
{
	publish_tid(&feeder_tid);
	for (int i = 0; i < CHANGES; i++)
		snarl_send(changes, &i);
	snarl_channel_release(changes);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	timer.tick = snarl_channel_retain(channel(1));
	timer.armed = 1;
	changes = share(channel(1), 2);
	context = snarl_context_with_cancel(NULL);
	snarl_context_retain(context);
	struct snarl_task *loop = spawn("loop", debounce, NULL);
	fire(&timer);
	snarl_channel_release(timer.tick);
	turn_reached(1); /* the loop has had its tick */
	struct snarl_task *feeder = spawn("feeder", feed, NULL);
	await_stuck(&loop_tid);
	await_stuck(&feeder_tid);
	if (fixed) {
		turn_reached(1 + CHANGES);
		snarl_context_cancel(context);
	}
	snarl_context_release(context);
	return leave(loop, feeder);
}
