/* SPDX-License-Identifier: Apache-2.0
 *
 * An event handler sends on an unbuffered channel while it holds a mutex; the main thread takes
 * that mutex before it receives.  Stuck: the controller in the send with the mutex, the main thread
 * at the mutex.  Repaired: the handler sends after unlocking. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: main waits mutex
// stuck[bug]: controller waits channel
// stuck[bug]: controller holds mutex
#include "kernel.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_channel *events, *done, *stop;
static pid_t controller_tid;

static void handle_event(void)
{
	int yes = 1;

	publish_tid(&controller_tid);
	pthread_mutex_lock(&mutex);
	if (fixed)
		pthread_mutex_unlock(&mutex);
	snarl_send(done, &yes);
	if (!fixed)
		pthread_mutex_unlock(&mutex);
}

static void *run_controller(void *unused)
{
	struct snarl_case cases[] = {{.channel = stop}, {.channel = events}};

	while (snarl_select(cases, 2) == 1)
		handle_event();
	return unused;
}

int main(int argc, char **argv)
{
	int event = 1;

	kernel_start(argc, argv);
	events = channel(0);
	done = channel(0);
	stop = channel(0);
	struct snarl_task *controller = spawn("controller", run_controller, NULL);
	snarl_send(events, &event);
	await_stuck(&controller_tid);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	snarl_receive(done, NULL);
	snarl_channel_close(stop);
	int status = leave(controller);
	snarl_channel_release(events);
	snarl_channel_release(done);
	snarl_channel_release(stop);
	return status;
}
