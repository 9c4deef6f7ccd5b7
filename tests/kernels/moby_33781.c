/* SPDX-License-Identifier: Apache-2.0
 *
 * A health monitor starts a probe in a task of its own and waits for its result, the probe's time
 * limit, or to be stopped; when it is stopped it returns and leaves the result to nobody.  Stuck:
 * the probe in the send of its result.  Repaired: the result's channel has one slot. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: probe waits channel
// stdout[joined]: -
// stuck[joined]: probe waits channel
// stuck[joined]: main waits probe
#include "kernel.h"

static struct snarl_channel *stop;
static struct snarl_task *prober;
static pid_t monitor_tid, probe_tid;

static void *probe(void *results)
{
	int healthy = 1;

	turn_reached(2);
	publish_tid(&probe_tid);
	snarl_send(results, &healthy);
	snarl_channel_release(results);
	return NULL;
}

/* Whether to go on: not when the monitor was stopped. */
static int probe_once(void)
{
	struct snarl_channel *results = channel(fixed ? 1 : 0);
	struct snarl_context *limit = snarl_context_with_timeout(NULL, 3600 * SNARL_SECOND);
	struct snarl_case cases[] = {
		{.channel = stop}, {.channel = results}, {.channel = snarl_context_done(limit)}};

	prober = spawn("probe", probe, snarl_channel_retain(results));
	turn_next();
	publish_tid(&monitor_tid);
	int chosen = snarl_select(cases, 3);
	snarl_context_cancel(limit);
	if (chosen == 2)
		snarl_receive(results, NULL);
	snarl_context_release(limit);
	snarl_channel_release(results);
	return chosen != 0;
}

static void *monitor(void *unused)
{
	for (int going = 1; going;) {
		struct snarl_channel *interval = snarl_after(SNARL_MILLISECOND);
		struct snarl_case cases[] = {{.channel = stop}, {.channel = interval}};

		going = snarl_select(cases, 2) == 1 && probe_once();
		snarl_channel_release(interval);
	}
	snarl_channel_release(stop);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	stop = snarl_channel_retain(channel(0));
	struct snarl_task *task = spawn("monitor", monitor, NULL);
	await_blocked(&monitor_tid);
	snarl_channel_close(stop);
	snarl_channel_release(stop);
	join(task);
	turn_next();
	await_stuck(&probe_tid);
	return leave(prober);
}
