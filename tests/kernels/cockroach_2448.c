/* SPDX-License-Identifier: Apache-2.0
 *
 * Two event loops send to each other on unbuffered channels.  The raft loop looks for a callback,
 * finds none and sends an event; the store, handling the event before, sends a callback at that
 * moment.  Stuck: each loop in a select of its send and a stop channel that nobody closes.
 * Repaired: the raft loop takes callbacks while it waits to send its event. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: deadlock confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: raft waits channel
// stuck[bug]: store waits channel
// stdout[joined]: -
// stuck[joined]: raft waits channel
// stuck[joined]: store waits channel
// stuck[joined]: main waits store
#include "kernel.h"

#define EVENTS 2

static struct snarl_channel *events, *callbacks, *stop;
static pid_t store_tid, raft_tid;

static void release_all(void)
{
	snarl_channel_release(events);
	snarl_channel_release(callbacks);
	snarl_channel_release(stop);
}

/* Whether it was sent, and not stopped. */
static int send_or_stop(struct snarl_channel *to, int value)
{
	struct snarl_case cases[] = {
		{.channel = to, .value = &value, .direction = SNARL_SEND},
		{.channel = stop},
	};

	return snarl_select(cases, 2) == 0;
}

static void *process_store(void *unused)
{
	int event;

	for (int i = 0; i < EVENTS; i++) {
		struct snarl_case cases[] = {{.channel = events, .value = &event},
					     {.channel = stop}};

		if (snarl_select(cases, 2) == 1)
			break;
		turn_reached(1);
		publish_tid(&store_tid);
		if (!send_or_stop(callbacks, event))
			break;
	}
	release_all();
	return unused;
}

/* The repaired loop: true when the event was sent, and every callback meanwhile was taken. */
static void send_event_taking_callbacks(int event)
{
	struct snarl_case cases[] = {
		{.channel = events, .value = &event, .direction = SNARL_SEND},
		{.channel = callbacks},
		{.channel = stop},
	};

	while (snarl_select(cases, 3) == 1)
		;
}

static void *process_raft(void *unused)
{
	struct snarl_case callback = {.channel = callbacks};

	for (int event = 0; event < EVENTS; event++) {
		if (snarl_try_select(&callback, 1) == 0)
			continue;
		if (event == 1) {
			turn_next(); /* it has looked: from now on the store sends callbacks */
			publish_tid(&raft_tid);
		}
		if (fixed)
			send_event_taking_callbacks(event);
		else
			send_or_stop(events, event);
	}
	if (fixed)
		snarl_receive(callbacks, NULL); /* that of the last event */
	release_all();
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	events = share(channel(0), 2);
	callbacks = share(channel(0), 2);
	stop = share(channel(0), 2);
	struct snarl_task *store = spawn("store", process_store, NULL);
	struct snarl_task *raft = spawn("raft", process_raft, NULL);
	await_stuck(&store_tid);
	await_stuck(&raft_tid);
	return leave(store, raft);
}
