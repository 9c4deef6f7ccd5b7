/* SPDX-License-Identifier: Apache-2.0
 *
 * Near twins of what can never go on: the same threads are asleep when main leaves, but somebody
 * might have come, if only main had stayed.  So it is never certain. */
// needs: channel
// expect: leaked-worker suspect
// count: any
// variants: kept kept_group kept_context kept_parent kept_with third moved borrowed robust timer
// variants: library sent closed done cancelled outsider deadline limited fan subscription
// expect[outsider]: leaked-worker suspect
// expect[outsider]: early-exit suspect
// expect[borrowed]: leaked-worker suspect
// expect[borrowed]: early-exit suspect
// stuck[kept]: sender waits channel
// stuck[kept]: sender holds mutex
// stuck[kept]: receiver waits mutex
#include "case.h"
#include <signal.h>
#include <snarl_channel.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_channel *hidden;
static pid_t tid[2];
static pthread_t sleeper;
static int value = 1;

static struct snarl_channel *make(int references)
{
	struct snarl_channel *c = snarl_channel_new(sizeof(int), 0);
	for (int i = 0; i < references; i++)
		snarl_channel_retain(c);
	snarl_channel_release(c);
	return c;
}

static void start(const char *name, void *(*function)(void *), void *argument,
		  struct snarl_context *context)
{
	struct snarl_task *t = snarl_task_spawn(name, function, argument, context);
	CHECK(t);
	snarl_task_release(t);
}

static void leave(const char *name, void *(*function)(void *), void *argument, int n,
		  struct snarl_context *context)
{
	start(name, function, argument, context);
	await_blocked(&tid[n]);
}

static void *send_locked(void *channel)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	publish_tid(&tid[0]);
	snarl_send(channel, &value);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *receive_locked(void *channel)
{
	publish_tid(&tid[1]);
	pthread_mutex_lock(&mutex);
	snarl_receive(channel, NULL);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void pair(struct snarl_channel *c)
{
	leave("sender", send_locked, c, 0, NULL);
	leave("receiver", receive_locked, c, 1, NULL);
}

/* Main has the channel still. */
static void kept(void)
{
	struct snarl_channel *c = make(2);
	hidden = snarl_channel_retain(c);
	snarl_try_receive(hidden, NULL);
	pair(c);
}

/* A third has it, of whom nothing is known. */
static void third(void)
{
	pair(make(3));
}

static void *run_on(void *unused)
{
	turn_next();
	for (;;)
		sched_yield();
	return unused;
}

/* The receiver is spawned with nothing and has used nothing: a reference is somewhere else. */
static void *want_lock(void *unused)
{
	publish_tid(&tid[1]);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void moved(void)
{
	hidden = make(2);
	leave("sender", send_locked, hidden, 0, NULL);
	leave("bystander", want_lock, NULL, 1, NULL);
}

/* The one that runs could receive: it was spawned with the channel. */
static void outsider(void)
{
	struct snarl_channel *c = make(2);
	start("runs", run_on, c, NULL);
	turn_reached(1);
	pair(c);
}

/* A task that has used it without a reference of its own, and runs. */
static void *look_and_run(void *unused)
{
	snarl_try_receive(hidden, NULL);
	return run_on(unused);
}

static void borrowed(void)
{
	hidden = make(2);
	start("runs", look_and_run, NULL, NULL);
	turn_reached(1);
	pair(hidden);
}

static void *receive(void *channel)
{
	publish_tid(&tid[0]);
	snarl_receive(channel, NULL);
	return NULL;
}

/* Who waits for a robust mutex is told when its holder ends. */
static void robust(void)
{
	pthread_mutexattr_t a;
	CHECK(pthread_mutexattr_init(&a) == 0);
	CHECK(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0);
	CHECK(pthread_mutex_init(&mutex, &a) == 0);
	hidden = make(1);
	snarl_channel_retain(hidden);
	pair(hidden);
}

static void *wait_for_group(void *group)
{
	publish_tid(&tid[0]);
	snarl_wait_group_wait(group);
	return NULL;
}

/* Main has not given it up. */
static void kept_group(void)
{
	struct snarl_wait_group *g = snarl_wait_group_new();
	CHECK(snarl_wait_group_add(g, 1) == 0);
	leave("waiter", wait_for_group, snarl_wait_group_retain(g), 0, NULL);
	CHECK(snarl_wait_group_add(g, 1) == 0);
}

static void *listen(void *context)
{
	publish_tid(&tid[0]);
	snarl_receive(snarl_context_done(context), NULL);
	return NULL;
}

static void kept_context(void)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	leave("listener", listen, snarl_context_retain(c), 0, NULL);
}

static void kept_parent(void)
{
	struct snarl_context *up = snarl_context_with_cancel(NULL);
	struct snarl_context *c = snarl_context_with_cancel(up);
	leave("listener", listen, snarl_context_retain(c), 0, NULL);
	snarl_context_release(c);
}

static void *receive_with_own(void *channel)
{
	publish_tid(&tid[0]);
	snarl_receive_with(channel, NULL, snarl_task_context());
	return NULL;
}

/* Nobody reaches the channel, but main could cancel. */
static void kept_with(void)
{
	leave("receiver", receive_with_own, make(1), 0, snarl_context_with_cancel(NULL));
}

static void limited(void)
{
	struct snarl_context *c = snarl_context_with_timeout(NULL, 3600 * SNARL_SECOND);
	leave("receiver", receive_with_own, make(1), 0, c);
	snarl_context_release(c);
}

static void *receive_until(void *channel)
{
	publish_tid(&tid[0]);
	snarl_receive_until(channel, NULL, snarl_in(3600 * SNARL_SECOND));
	return NULL;
}

static void deadline(void)
{
	leave("receiver", receive_until, make(1), 0, NULL);
}

static void timer(void)
{
	struct snarl_channel *t = snarl_after(3600 * SNARL_SECOND);
	leave("receiver", receive, snarl_channel_retain(t), 0, NULL);
	snarl_channel_release(t);
}

static int listen_to_own(void *unused)
{
	(void)unused;
	publish_tid(&tid[0]);
	snarl_receive(snarl_context_done(snarl_task_context()), NULL);
	return 0;
}

/* The library's own context, in memory that was another one's before. */
static void library(void)
{
	for (int i = 0; i < 8; i++)
		snarl_context_release(snarl_context_with_cancel(NULL));
	struct snarl_error_group *g = snarl_error_group_new(NULL, 0);
	CHECK(snarl_error_group_go(g, "listener", listen_to_own, NULL) == 0);
	await_blocked(&tid[0]);
}

/* It is woken at last, but a signal handler keeps it from coming to say so. */
static void linger(int number)
{
	(void)number;
	turn_next();
	for (;;)
		sched_yield();
}

static void *receive_until_told(void *channel)
{
	sigset_t all;
	sigemptyset(&all);
	sleeper = pthread_self();
	CHECK(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
	return receive(channel);
}

static void hold_up(void)
{
	struct sigaction act = {.sa_handler = linger, .sa_flags = SA_RESTART};
	CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
	CHECK(pthread_kill(sleeper, SIGUSR1) == 0);
	turn_reached(1);
}

static void sent(void)
{
	struct snarl_channel *c = make(1);
	snarl_channel_retain(c);
	leave("receiver", receive_until_told, c, 0, NULL);
	hold_up();
	CHECK(snarl_try_send(c, &value) == 0);
	snarl_channel_release(c);
}

static void closed(void)
{
	struct snarl_channel *c = make(1);
	snarl_channel_retain(c);
	leave("receiver", receive_until_told, c, 0, NULL);
	hold_up();
	snarl_channel_close(c);
	snarl_channel_release(c);
}

static void *wait_until_told(void *group)
{
	sigset_t all;
	sigemptyset(&all);
	sleeper = pthread_self();
	CHECK(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
	return wait_for_group(group);
}

static void done(void)
{
	struct snarl_wait_group *g = snarl_wait_group_new();
	CHECK(snarl_wait_group_add(g, 1) == 0);
	leave("waiter", wait_until_told, snarl_wait_group_retain(g), 0, NULL);
	hold_up();
	CHECK(snarl_wait_group_done(g) == 0);
	snarl_wait_group_release(g);
}

static void *listen_until_told(void *context)
{
	sigset_t all;
	sigemptyset(&all);
	sleeper = pthread_self();
	CHECK(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
	return listen(context);
}

static void cancelled(void)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	leave("listener", listen_until_told, snarl_context_retain(c), 0, NULL);
	hold_up();
	snarl_context_cancel(c);
	snarl_context_release(c);
}

/* The library's task would pass on what somebody sends, and is not seen to have the channel. */
static void fan(void)
{
	struct snarl_channel *to = make(1), *from = make(1);
	CHECK(snarl_fan_out(from, &to, 1, NULL) == 0);
	leave("receiver", receive, to, 0, NULL);
}

/* The topic's channel, in memory that was another one's before. */
static void subscription(void)
{
	struct snarl_topic *topic = snarl_topic_new(sizeof(int));
	for (int i = 0; i < 8; i++)
		snarl_channel_release(make(1));
	struct snarl_subscription *s = snarl_topic_subscribe(topic, 1, SNARL_FULL_BLOCK);
	CHECK(s);
	leave("receiver", receive, snarl_channel_retain(snarl_subscription_channel(s)), 0, NULL);
}

static const struct {
	const char *name;
	void (*run)(void);
} variants[] = {
	{"kept", kept},
	{"kept_group", kept_group},
	{"kept_context", kept_context},
	{"kept_parent", kept_parent},
	{"kept_with", kept_with},
	{"third", third},
	{"moved", moved},
	{"borrowed", borrowed},
	{"robust", robust},
	{"timer", timer},
	{"library", library},
	{"sent", sent},
	{"closed", closed},
	{"done", done},
	{"cancelled", cancelled},
	{"outsider", outsider},
	{"deadline", deadline},
	{"limited", limited},
	{"fan", fan},
	{"subscription", subscription},
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(argv[1], variants[i].name))
			variants[i].run();
	puts("done");
	return 0;
}
