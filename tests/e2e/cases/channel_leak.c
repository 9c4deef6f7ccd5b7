/* SPDX-License-Identifier: Apache-2.0
 *
 * Main returns while tasks are blocked in channels for ever: certain where everybody else has given
 * the channel up, else a suspicion, since whoever has the channel might have come. */
// needs: channel
// variants: send receive kept select group many
// expect[send]: leaked-worker confirmed
// expect[receive]: leaked-worker confirmed
// expect[kept]: leaked-worker suspect
// expect[select]: leaked-worker suspect
// expect[group]: leaked-worker suspect
// expect[many]: leaked-worker confirmed
// count[many]: any
// text[send]: blocked when the process ended on channel K1, which nobody else could reach
#include "case.h"
#include <snarl_channel.h>

static pid_t tid;

static void *send_result(void *channel)
{
	int v = 1;
	publish_tid(&tid);
	snarl_send(channel, &v);
	snarl_channel_release(channel);
	return NULL;
}

static void *receive_work(void *channel)
{
	publish_tid(&tid);
	snarl_receive(channel, NULL);
	snarl_channel_release(channel);
	return NULL;
}

static void *select_work(void *channel)
{
	struct snarl_case c = {channel, NULL, SNARL_RECEIVE, 0};
	publish_tid(&tid);
	snarl_select(&c, 1);
	return NULL;
}

static void *wait_for_group(void *group)
{
	publish_tid(&tid);
	snarl_wait_group_wait(group);
	return NULL;
}

static void leave_behind(void *(*function)(void *), void *argument)
{
	struct snarl_task *t;
	tid = 0;
	t = snarl_task_spawn("worker", function, argument, NULL);
	CHECK(t);
	snarl_task_release(t);
	await_blocked(&tid);
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "send";
	struct snarl_channel *c = snarl_channel_new(sizeof(int), 0);
	if (!strcmp(variant, "group")) {
		struct snarl_wait_group *g = snarl_wait_group_new();
		CHECK(snarl_wait_group_add(g, 1) == 0);
		leave_behind(wait_for_group, g);
	} else if (!strcmp(variant, "select")) {
		leave_behind(select_work, c);
	} else if (!strcmp(variant, "kept")) {
		leave_behind(receive_work, c);
	} else if (!strcmp(variant, "many")) {
		for (int i = 0; i < 3; i++)
			leave_behind(send_result, snarl_channel_retain(c));
		snarl_channel_release(c);
	} else {
		leave_behind(*variant == 's' ? send_result : receive_work, snarl_channel_retain(c));
		snarl_channel_release(c);
	}
	puts("done");
	return 0;
}
