/* SPDX-License-Identifier: Apache-2.0
 *
 * A cache watcher first sends the events that it was made with to its client, on an unbuffered
 * channel; the client has stopped the watcher already and reads nothing.  Stuck: the watcher in
 * the send.  Repaired: the watcher also looks at a channel that stopping closes. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: watcher waits channel
// stdout[joined]: -
// stuck[joined]: watcher waits channel
// stuck[joined]: main waits watcher
#include "kernel.h"

struct watcher {
	struct snarl_channel *input, *result, *done;
	pthread_mutex_t mutex; /* guards stopped */
	int stopped;
};

static struct watcher watcher = {.mutex = PTHREAD_MUTEX_INITIALIZER};
static pid_t tid;

/* Whether the client has it. */
static int send_event(struct watcher *w, int event)
{
	struct snarl_case cases[] = {
		{.channel = w->result, .value = &event, .direction = SNARL_SEND},
		{.channel = w->done},
	};

	if (fixed)
		return snarl_select(cases, 2) == 0;
	return snarl_send(w->result, &event) == 0;
}

static void *process(void *argument)
{
	struct watcher *w = argument;
	int event = 0;

	publish_tid(&tid);
	for (int sent = send_event(w, event); sent && snarl_receive(w->input, &event) == 0;)
		sent = send_event(w, event);
	snarl_channel_close(w->result);
	snarl_channel_release(w->result);
	snarl_channel_release(w->input);
	snarl_channel_release(w->done);
	return NULL;
}

static void stop(struct watcher *w)
{
	pthread_mutex_lock(&w->mutex);
	if (!w->stopped) {
		w->stopped = 1;
		snarl_channel_close(w->input);
		snarl_channel_close(w->done);
	}
	pthread_mutex_unlock(&w->mutex);
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	watcher.input = snarl_channel_retain(channel(0));
	watcher.result = snarl_channel_retain(channel(0));
	watcher.done = snarl_channel_retain(channel(0));
	struct snarl_task *task = spawn("watcher", process, &watcher);
	stop(&watcher);
	snarl_channel_release(watcher.input);
	snarl_channel_release(watcher.result);
	snarl_channel_release(watcher.done);
	await_stuck(&tid);
	return leave(task);
}
