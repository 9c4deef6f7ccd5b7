/* SPDX-License-Identifier: Apache-2.0
 *
 * Plugins are restored in tasks of their own, and a wait group is raised by their number; but the
 * wait stands inside the loop that starts them.  Stuck: the restoring task at the wait group, whose
 * count is that of the plugins not started.  Repaired: it waits after the loop. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: restorer waits wait group
// stdout[joined]: -
// stuck[joined]: restorer waits wait group
// stuck[joined]: main waits restorer
#include "kernel.h"

#define PLUGINS 2

static struct snarl_wait_group *group;
static pid_t tid;

static void *restore_plugin(void *unused)
{
	snarl_wait_group_done(group);
	snarl_wait_group_release(group);
	return unused;
}

static void await_finished(struct snarl_task *task)
{
	while (snarl_task_is_finished(task) != 1)
		sched_yield();
}

static void *restore_all(void *unused)
{
	struct snarl_task *plugins[PLUGINS];
	snarl_wait_group_add(group, PLUGINS);
	for (int i = 0; i < PLUGINS; i++) {
		snarl_wait_group_retain(group);
		plugins[i] = spawn("plugin", restore_plugin, NULL);
		await_finished(plugins[i]);
		publish_tid(&tid);
		if (!fixed)
			snarl_wait_group_wait(group);
	}
	snarl_wait_group_wait(group);
	/* They have said that they are done, and are about to end. */
	for (int i = 0; i < PLUGINS; i++) {
		CHECK(snarl_task_join(plugins[i], NULL) == 0);
		snarl_task_release(plugins[i]);
	}
	snarl_wait_group_release(group);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	group = snarl_wait_group_new();
	struct snarl_task *restorer =
		spawn("restorer", restore_all, snarl_wait_group_retain(group));
	snarl_wait_group_release(group);
	await_stuck(&tid);
	return leave(restorer);
}
