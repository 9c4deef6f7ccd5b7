/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls on channels and wait groups that are errors in themselves. */
// needs: channel
// variants: send try_send select woken close close_other negative give
// expect[send]: send-on-closed confirmed
// expect[try_send]: send-on-closed confirmed
// expect[select]: send-on-closed confirmed
// expect[woken]: send-on-closed confirmed
// expect[close]: double-close confirmed
// expect[close_other]: double-close confirmed
// expect[negative]: api-error confirmed
// expect[give]: api-error confirmed
// text[send]: T1 'main' sent on channel K1, which T1 'main' had closed
// text[close_other]: T1 'main' closed channel K1, which T2 'closer' had closed
#include "case.h"
#include <snarl_channel.h>

static struct snarl_channel *channel;
static pid_t sender_tid;
static int value = 7;

static void send_closed(void)
{
	snarl_channel_close(channel);
	CHECK(snarl_send(channel, &value) == -EPIPE);
}

static void try_send_closed(void)
{
	snarl_channel_close(channel);
	CHECK(snarl_try_send(channel, &value) == -EPIPE);
}

static void select_closed(void)
{
	struct snarl_case c = {channel, &value, SNARL_SEND, 0};
	snarl_channel_close(channel);
	CHECK(snarl_select(&c, 1) == 0 && c.result == -EPIPE);
}

static void *send_blocked(void *unused)
{
	publish_tid(&sender_tid);
	CHECK(snarl_send(channel, &value) == -EPIPE);
	return unused;
}

/* The element of a sender that is woken by the close is lost as well. */
static void close_under_sender(void)
{
	struct snarl_task *t = snarl_task_spawn("sender", send_blocked, NULL, NULL);
	await_blocked(&sender_tid);
	snarl_channel_close(channel);
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
}

static void close_twice(void)
{
	CHECK(snarl_channel_close(channel) == 0);
	CHECK(snarl_channel_close(channel) == -EALREADY);
}

static void *close_once(void *unused)
{
	CHECK(snarl_channel_close(channel) == 0);
	return unused;
}

static void close_after_other(void)
{
	struct snarl_task *t = snarl_task_spawn("closer", close_once, NULL, NULL);
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
	CHECK(snarl_channel_close(channel) == -EALREADY);
}

static void done_too_often(void)
{
	struct snarl_wait_group *g = snarl_wait_group_new();
	CHECK(snarl_wait_group_add(g, 1) == 0);
	CHECK(snarl_wait_group_done(g) == 0);
	CHECK(snarl_wait_group_done(g) == -EINVAL);
	snarl_wait_group_release(g);
}

static void give_too_much(void)
{
	struct snarl_semaphore *s = snarl_semaphore_new(2);
	CHECK(snarl_semaphore_acquire(s, 1) == 0);
	CHECK(snarl_semaphore_give(s, 2) == -EINVAL);
	snarl_semaphore_release(s);
}

static const struct {
	const char *name;
	void (*run)(void);
} variants[] = {
	{"send", send_closed},        {"try_send", try_send_closed},
	{"select", select_closed},    {"woken", close_under_sender},
	{"close", close_twice},       {"close_other", close_after_other},
	{"negative", done_too_often}, {"give", give_too_much},
};

int main(int argc, char **argv)
{
	channel = snarl_channel_new(sizeof(int), 0);
	for (unsigned i = 0; argc > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(argv[1], variants[i].name))
			variants[i].run();
	snarl_channel_release(channel);
	puts("done");
	return 0;
}
