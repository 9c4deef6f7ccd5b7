/* SPDX-License-Identifier: Apache-2.0
 *
 * A change of a container's state holds its lock while it sends to the health monitor that it shall
 * stop; the monitor looks whether it shall, and if not yet takes the lock to store a probe's
 * result.  Stuck: the monitor at the lock, the state change in the send with the lock.  Repaired:
 * the stop channel is closed instead, which does not wait. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: deadlock confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: monitor waits container
// stuck[bug]: state waits channel
// stuck[bug]: state holds container
// stdout[joined]: -
// stuck[joined]: monitor waits container
// stuck[joined]: state waits channel
// stuck[joined]: state holds container
// stuck[joined]: main waits monitor
#include "kernel.h"

static pthread_mutex_t container = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_channel *stop;
static pid_t monitor_tid, state_tid;

static void handle_probe_result(void)
{
	turn_next();
	if (!fixed)
		await_blocked(&state_tid);
	publish_tid(&monitor_tid);
	pthread_mutex_lock(&container);
	pthread_mutex_unlock(&container);
}

static void *monitor(void *unused)
{
	struct snarl_case stopping = {.channel = stop};

	while (snarl_try_select(&stopping, 1) != 0)
		handle_probe_result();
	snarl_channel_release(stop);
	return unused;
}

static void *change_state(void *unused)
{
	int yes = 1;

	turn_reached(1);
	publish_tid(&state_tid);
	pthread_mutex_lock(&container);
	if (fixed)
		snarl_channel_close(stop);
	else
		snarl_send(stop, &yes);
	pthread_mutex_unlock(&container);
	snarl_channel_release(stop);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	stop = share(channel(0), 2);
	struct snarl_task *a = spawn("monitor", monitor, NULL);
	struct snarl_task *b = spawn("state", change_state, NULL);
	await_stuck(&state_tid);
	await_stuck(&monitor_tid);
	return leave(a, b);
}
