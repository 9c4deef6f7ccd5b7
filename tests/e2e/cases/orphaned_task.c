/* SPDX-License-Identifier: Apache-2.0
 *
 * A task goes on after its context, or one above it, has ended: to the end of the process, or to an
 * end of its own that comes too late. */
// needs: channel
// variants: working blocked late parent deadline
// expect: orphaned-task suspect
// options: orphan_ms=0
// text[working]: task T2 'worker' went on .*after context X1 was cancelled
// text[deadline]: task T\d 'worker' went on .*after context X1 had ended
#include "case.h"
#include <snarl_channel.h>

static pid_t tid;

static void *work_on(void *unused)
{
	turn_next();
	while (!unused)
		sched_yield();
	return unused;
}

static void *receive(void *channel)
{
	turn_next();
	publish_tid(&tid);
	snarl_receive(channel, NULL);
	return NULL;
}

static void *end_late(void *unused)
{
	turn_next();
	turn_await(2);
	return unused;
}

static void finish_late(struct snarl_context *context)
{
	struct snarl_task *t = snarl_task_spawn("worker", end_late, NULL, context);
	turn_await(1);
	snarl_context_cancel(context);
	turn_next();
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
}

static struct snarl_context *root, *context;

static void spawn_and_cancel(void *(*function)(void *), void *argument)
{
	struct snarl_task *t = snarl_task_spawn("worker", function, argument, context);
	CHECK(t);
	turn_await(1);
	CHECK(snarl_context_cancel(root) == 0);
	snarl_task_release(t);
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "working";
	struct snarl_channel *c = snarl_channel_new(0, 0);
	root = strcmp(variant, "deadline") ? snarl_context_with_cancel(NULL)
					   : snarl_context_with_timeout(NULL, SNARL_MILLISECOND);
	context = strcmp(variant, "working") ? snarl_context_with_cancel(root) : root;
	if (!strcmp(variant, "late")) {
		finish_late(context);
	} else if (!strcmp(variant, "blocked")) {
		spawn_and_cancel(receive, c);
		await_blocked(&tid);
	} else if (!strcmp(variant, "deadline")) {
		snarl_task_release(snarl_task_spawn("worker", receive, c, context));
		await_blocked(&tid);
		CHECK(snarl_receive(snarl_context_done(context), NULL) == -EPIPE);
	} else {
		spawn_and_cancel(work_on, NULL);
	}
	puts("done");
	return 0;
}
