/* SPDX-License-Identifier: Apache-2.0
 *
 * Right twins of threads that can never go on: each is left alone with what it waits for, and those
 * who have it come.  All are joined. */
// needs: channel
// expect: silent
// variants: lock circle chain group context own_context with semaphore late
#include "case.h"
#include <snarl_channel.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_channel *other;
static struct snarl_wait_group *group;
static pid_t tid[2];
static int value = 1;

static struct snarl_channel *make(int references, size_t capacity)
{
	struct snarl_channel *c = snarl_channel_new(sizeof(int), capacity);
	for (int i = 0; i < references; i++)
		snarl_channel_retain(c);
	snarl_channel_release(c);
	return c;
}

static struct snarl_task *start(const char *name, void *(*function)(void *), void *argument,
				struct snarl_context *context)
{
	struct snarl_task *t = snarl_task_spawn(name, function, argument, context);
	CHECK(t);
	return t;
}

static void join(struct snarl_task *t)
{
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
}

static void *send_locked(void *channel)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	publish_tid(&tid[0]);
	CHECK(snarl_send(channel, &value) == 0);
	pthread_mutex_unlock(&mutex);
	snarl_channel_release(channel);
	return NULL;
}

/* It receives before it wants the lock. */
static void *receive_then_lock(void *channel)
{
	await_blocked(&tid[0]);
	CHECK(snarl_receive(channel, NULL) == 0);
	CHECK(pthread_mutex_lock(&mutex) == 0);
	pthread_mutex_unlock(&mutex);
	snarl_channel_release(channel);
	return NULL;
}

static void lock(void)
{
	struct snarl_channel *c = make(2, 0);
	struct snarl_task *s = start("sender", send_locked, c, NULL);
	struct snarl_task *r = start("receiver", receive_then_lock, c, NULL);
	join(s);
	join(r);
}

static void *send_and_receive(void *channel)
{
	struct snarl_channel *from = other;
	CHECK(snarl_send(channel, &value) == 0 && snarl_receive(from, NULL) == 0);
	snarl_channel_release(channel);
	snarl_channel_release(from);
	return NULL;
}

static void *send_and_receive_back(void *channel)
{
	struct snarl_channel *to = other;
	CHECK(snarl_send(to, &value) == 0 && snarl_receive(channel, NULL) == 0);
	snarl_channel_release(channel);
	snarl_channel_release(to);
	return NULL;
}

/* Each has room for what the other sends. */
static void circle(void)
{
	struct snarl_channel *c = make(2, 1);
	other = make(2, 1);
	struct snarl_task *a = start("first", send_and_receive, c, NULL);
	struct snarl_task *b = start("second", send_and_receive_back, c, NULL);
	join(a);
	join(b);
}

static void *receive_then_done(void *mine)
{
	publish_tid(&tid[0]);
	CHECK(snarl_receive(other, NULL) == -EPIPE);
	snarl_channel_release(other);
	CHECK(snarl_wait_group_done(mine) == 0);
	snarl_wait_group_release(mine);
	return NULL;
}

static void *wait_for_group(void *mine)
{
	publish_tid(&tid[1]);
	CHECK(snarl_wait_group_wait(mine) == 0);
	snarl_wait_group_release(mine);
	return NULL;
}

static void new_group(int references)
{
	group = snarl_wait_group_new();
	CHECK(group && snarl_wait_group_add(group, 1) == 0);
	for (int i = 0; i < references; i++)
		snarl_wait_group_retain(group);
	snarl_wait_group_release(group);
}

static void chain(void)
{
	other = make(2, 0);
	new_group(2);
	struct snarl_task *r = start("receiver", receive_then_done, group, NULL);
	struct snarl_task *w = start("waiter", wait_for_group, group, NULL);
	await_blocked(&tid[0]);
	await_blocked(&tid[1]);
	CHECK(snarl_channel_close(other) == 0);
	snarl_channel_release(other);
	join(r);
	join(w);
}

static void *done_later(void *mine)
{
	await_blocked(&tid[1]);
	CHECK(snarl_wait_group_done(mine) == 0);
	snarl_wait_group_release(mine);
	return NULL;
}

static void alone_at_group(void)
{
	new_group(2);
	struct snarl_task *w = start("waiter", wait_for_group, group, NULL);
	struct snarl_task *d = start("done", done_later, group, NULL);
	join(w);
	join(d);
}

static void *listen(void *context)
{
	publish_tid(&tid[0]);
	CHECK(snarl_receive(snarl_context_done(context), NULL) == -EPIPE);
	snarl_context_release(context);
	return NULL;
}

/* What ends is the context above. */
static void given_context(void)
{
	struct snarl_context *up = snarl_context_with_cancel(NULL);
	struct snarl_context *c = snarl_context_with_cancel(up);
	struct snarl_task *t = start("listener", listen, snarl_context_retain(c), NULL);
	snarl_context_release(c);
	await_blocked(&tid[0]);
	CHECK(snarl_context_cancel(up) == 0);
	snarl_context_release(up);
	join(t);
}

static void *listen_to_own(void *unused)
{
	publish_tid(&tid[0]);
	CHECK(snarl_receive(snarl_context_done(snarl_task_context()), NULL) == -EPIPE);
	return unused;
}

static void *cancel_own(void *unused)
{
	await_blocked(&tid[0]);
	CHECK(snarl_context_cancel(snarl_task_context()) == 0);
	return unused;
}

/* Another task in the same context ends it. */
static void own_context(void)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	struct snarl_task *l = start("listener", listen_to_own, NULL, c);
	struct snarl_task *e = start("ender", cancel_own, NULL, c);
	snarl_context_release(c);
	join(l);
	join(e);
}

static void *receive_with_own(void *channel)
{
	publish_tid(&tid[0]);
	CHECK(snarl_receive_with(channel, NULL, snarl_task_context()) == -ECANCELED);
	snarl_channel_release(channel);
	return NULL;
}

static void with(void)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	struct snarl_task *t = start("receiver", receive_with_own, make(1, 0), c);
	await_blocked(&tid[0]);
	CHECK(snarl_context_cancel(c) == 0);
	snarl_context_release(c);
	join(t);
}

static void *take(void *semaphore)
{
	publish_tid(&tid[0]);
	CHECK(snarl_semaphore_acquire(semaphore, 2) == 0);
	CHECK(snarl_semaphore_give(semaphore, 2) == 0);
	snarl_semaphore_release(semaphore);
	return NULL;
}

static void semaphore(void)
{
	struct snarl_semaphore *s = snarl_semaphore_new(3);
	CHECK(snarl_semaphore_acquire(s, 2) == 0);
	struct snarl_task *t = start("taker", take, snarl_semaphore_retain(s), NULL);
	await_blocked(&tid[0]);
	CHECK(snarl_semaphore_give(s, 2) == 0);
	snarl_semaphore_release(s);
	join(t);
}

static void *receive_late(void *channel)
{
	await_blocked(&tid[0]);
	CHECK(snarl_receive(channel, NULL) == 0);
	snarl_channel_release(channel);
	return NULL;
}

/* Detached, and the last to end before main does. */
static void late(void)
{
	struct snarl_channel *c = make(2, 0);
	struct snarl_task *r = start("receiver", receive_late, c, NULL);
	struct snarl_task *s = start("sender", send_locked, c, NULL);
	while (snarl_task_is_finished(r) != 1 || snarl_task_is_finished(s) != 1)
		sched_yield();
	snarl_task_release(r);
	snarl_task_release(s);
}

static const struct {
	const char *name;
	void (*run)(void);
} variants[] = {
	{"lock", lock},
	{"circle", circle},
	{"chain", chain},
	{"group", alone_at_group},
	{"context", given_context},
	{"own_context", own_context},
	{"with", with},
	{"semaphore", semaphore},
	{"late", late},
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(argv[1], variants[i].name))
			variants[i].run();
	puts("done");
	return 0;
}
