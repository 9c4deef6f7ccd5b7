/* SPDX-License-Identifier: Apache-2.0
 *
 * Near twins of the misuses: closed once, by the last sender; received from when closed; a new
 * channel where a closed one was; a group that is used again; a task that stops when it is told. */
// needs: channel
// expect: silent
// options: orphan_ms=60000
// variants: close reuse group stops
#include "case.h"
#include <snarl_channel.h>

static struct snarl_channel *channel;
static struct snarl_wait_group *group;
static struct snarl_once once = SNARL_ONCE_INIT;

static int close_channel(void *unused)
{
	(void)unused;
	return snarl_channel_close(channel);
}

static void *send_one(void *unused)
{
	int v = 1;
	CHECK(snarl_send(channel, &v) == 0);
	CHECK(snarl_wait_group_done(group) == 0);
	return unused;
}

static void *close_when_done(void *unused)
{
	CHECK(snarl_wait_group_wait(group) == 0);
	CHECK(snarl_once_do(&once, close_channel, NULL) == 0);
	CHECK(snarl_once_do(&once, close_channel, NULL) == 0);
	return unused;
}

/* Several senders, and one who closes when all are done. */
static void close_once(void)
{
	struct snarl_task *t[4];
	int v, n = 0;
	for (int i = 0; i < 3; i++) {
		CHECK(snarl_wait_group_add(group, 1) == 0);
		t[i] = snarl_task_spawn("sender", send_one, NULL, NULL);
	}
	t[3] = snarl_task_spawn("closer", close_when_done, NULL, NULL);
	while (snarl_receive(channel, &v) == 0)
		n++;
	CHECK(n == 3 && snarl_try_receive(channel, &v) == -EPIPE);
	for (int i = 0; i < 4; i++) {
		CHECK(snarl_task_join(t[i], NULL) == 0);
		snarl_task_release(t[i]);
	}
}

/* A handle may be the address of one that was closed. */
static void reuse(void)
{
	int v = 1;
	for (int i = 0; i < 100; i++) {
		struct snarl_channel *c = snarl_channel_new(sizeof(int), 1);
		CHECK(snarl_send(c, &v) == 0 && snarl_channel_close(c) == 0);
		snarl_channel_release(c);
	}
}

static void group_again(void)
{
	for (int i = 0; i < 100; i++) {
		CHECK(snarl_wait_group_add(group, 2) == 0);
		CHECK(snarl_wait_group_done(group) == 0 && snarl_wait_group_add(group, -1) == 0);
		CHECK(snarl_wait_group_wait(group) == 0);
	}
}

static void *until_done(void *unused)
{
	while (snarl_receive_with(channel, NULL, snarl_task_context()) == 0)
		continue;
	return unused;
}

static void stops(void)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_task *t = snarl_task_spawn("listener", until_done, NULL, context);
	snarl_context_cancel(context);
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
	snarl_context_release(context);
}

static const struct {
	const char *name;
	void (*run)(void);
} variants[] = {{"close", close_once}, {"reuse", reuse}, {"group", group_again}, {"stops", stops}};

int main(int argc, char **argv)
{
	channel = snarl_channel_new(sizeof(int), 0);
	group = snarl_wait_group_new();
	for (unsigned i = 0; argc > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(argv[1], variants[i].name))
			variants[i].run();
	snarl_channel_release(channel);
	snarl_wait_group_release(group);
	puts("done");
	return 0;
}
