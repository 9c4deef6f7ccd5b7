/* SPDX-License-Identifier: Apache-2.0
 *
 * Main leaves while some of its tasks can never go on: whatever they wait for only they could give,
 * since everybody else has given it up.  That is certain though the process ran on, and one finding
 * for all of them: a deadlock where a lock is held or they wait in a circle. */
// needs: channel
// variants: lock used rwlock circle join chain group context own_context with semaphore exchange
// expect: deadlock confirmed
// expect[join]: leaked-worker confirmed
// expect[chain]: leaked-worker confirmed
// expect[group]: leaked-worker confirmed
// expect[context]: leaked-worker confirmed
// expect[own_context]: leaked-worker confirmed
// expect[with]: leaked-worker confirmed
// expect[semaphore]: leaked-worker confirmed
// expect[exchange]: leaked-worker confirmed
// stuck[lock]: sender waits channel
// stuck[lock]: sender holds mutex
// stuck[lock]: receiver waits mutex
// stuck[used]: sender waits channel
// stuck[used]: sender holds mutex
// stuck[used]: receiver waits mutex
// stuck[rwlock]: sender waits channel
// stuck[rwlock]: sender holds rwlock
// stuck[rwlock]: writer waits rwlock
// stuck[circle]: first waits channel
// stuck[circle]: second waits channel
// stuck[join]: joiner waits receiver
// stuck[join]: receiver waits channel
// stuck[chain]: waiter waits wait group
// stuck[chain]: receiver waits channel
// stuck[group]: waiter waits wait group
// stuck[context]: listener waits context
// stuck[own_context]: listener waits context
// stuck[with]: receiver waits channel
// stuck[semaphore]: taker waits weighted semaphore
// stuck[exchange]: alone waits rendezvous
// text[lock]: 2 threads wait for each other, and nobody else could end it
// text[chain]: 2 threads were still blocked when the process ended
#include "case.h"
#include <snarl_channel.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static struct snarl_channel *other;
static struct snarl_wait_group *group;
static struct snarl_task *joined;
static pid_t tid[2];
static int value = 1;

static struct snarl_channel *make(int references)
{
	struct snarl_channel *c = snarl_channel_new(sizeof(int), 0);
	for (int i = 0; i < references; i++)
		snarl_channel_retain(c);
	snarl_channel_release(c);
	return c;
}

/* Leaves the task behind when it sleeps. */
static void leave(const char *name, void *(*function)(void *), void *argument, int n,
		  struct snarl_context *context)
{
	struct snarl_task *t = snarl_task_spawn(name, function, argument, context);
	CHECK(t);
	snarl_task_release(t);
	await_blocked(&tid[n]);
}

static void *send_locked(void *channel)
{
	pthread_mutex_lock(&mutex);
	publish_tid(&tid[0]);
	snarl_send(channel, &value);
	pthread_mutex_unlock(&mutex);
	snarl_channel_release(channel);
	return NULL;
}

static void *receive_locked(void *channel)
{
	publish_tid(&tid[1]);
	pthread_mutex_lock(&mutex);
	snarl_receive(channel, NULL);
	pthread_mutex_unlock(&mutex);
	snarl_channel_release(channel);
	return NULL;
}

static void lock(void)
{
	struct snarl_channel *c = make(2);
	leave("sender", send_locked, c, 0, NULL);
	leave("receiver", receive_locked, c, 1, NULL);
}

/* It is seen to have the channel since it looks into it, by a select that does not wait. */
static void *look_then_receive(void *unused)
{
	struct snarl_case c = {other, NULL, SNARL_RECEIVE, 0};
	CHECK(snarl_try_select(&c, 1) == -EAGAIN);
	turn_next();
	await_blocked(&tid[0]);
	receive_locked(other);
	return unused;
}

static void *send_when_looked(void *channel)
{
	turn_reached(1);
	return send_locked(channel);
}

static void used(void)
{
	other = make(2);
	struct snarl_task *t = snarl_task_spawn("receiver", look_then_receive, NULL, NULL);
	CHECK(t);
	snarl_task_release(t);
	leave("sender", send_when_looked, other, 0, NULL);
	await_blocked(&tid[1]);
}

static void *send_reading(void *channel)
{
	pthread_rwlock_rdlock(&rwlock);
	publish_tid(&tid[0]);
	snarl_send(channel, &value);
	pthread_rwlock_unlock(&rwlock);
	return NULL;
}

static void *receive_writing(void *channel)
{
	publish_tid(&tid[1]);
	pthread_rwlock_wrlock(&rwlock);
	snarl_receive(channel, NULL);
	pthread_rwlock_unlock(&rwlock);
	return NULL;
}

static void read_and_write(void)
{
	struct snarl_channel *c = make(2);
	leave("sender", send_reading, c, 0, NULL);
	leave("writer", receive_writing, c, 1, NULL);
}

/* Each sends what the other would receive next; both were spawned with the one and use the other.
 */
static void *first(void *channel)
{
	CHECK(snarl_try_receive(other, NULL) == -EAGAIN);
	publish_tid(&tid[0]);
	snarl_send(channel, &value);
	snarl_receive(other, NULL);
	return NULL;
}

static void *second(void *channel)
{
	publish_tid(&tid[1]);
	snarl_send(other, &value);
	snarl_receive(channel, NULL);
	return NULL;
}

static void circle(void)
{
	struct snarl_channel *c = make(2);
	other = make(2);
	leave("first", first, c, 0, NULL);
	leave("second", second, c, 1, NULL);
}

static void *receive(void *channel)
{
	publish_tid(&tid[0]);
	snarl_receive(channel, NULL);
	snarl_channel_release(channel);
	return NULL;
}

static void *join_it(void *unused)
{
	publish_tid(&tid[1]);
	snarl_task_join(joined, NULL);
	return unused;
}

static void join(void)
{
	joined = snarl_task_spawn("receiver", receive, make(1), NULL);
	CHECK(joined);
	await_blocked(&tid[0]);
	leave("joiner", join_it, NULL, 1, NULL);
}

static void *receive_then_done(void *mine)
{
	receive(other);
	snarl_wait_group_done(mine);
	snarl_wait_group_release(mine);
	return NULL;
}

static void *wait_for_group(void *mine)
{
	publish_tid(&tid[1]);
	snarl_wait_group_wait(mine);
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

/* Who would be done waits where nobody will ever send. */
static void chain(void)
{
	other = make(1);
	new_group(2);
	leave("receiver", receive_then_done, group, 0, NULL);
	leave("waiter", wait_for_group, group, 1, NULL);
}

static void alone_at_group(void)
{
	new_group(1);
	leave("waiter", wait_for_group, group, 1, NULL);
}

static void *listen(void *context)
{
	publish_tid(&tid[0]);
	snarl_receive(snarl_context_done(context), NULL);
	snarl_context_release(context);
	return NULL;
}

/* A context that nobody cancels, in one that nobody cancels. */
static void given_context(void)
{
	struct snarl_context *up = snarl_context_with_cancel(NULL);
	struct snarl_context *c = snarl_context_with_cancel(up);
	struct snarl_task *t = snarl_task_spawn("listener", listen, snarl_context_retain(c), NULL);
	CHECK(t);
	snarl_task_release(t);
	snarl_context_release(c);
	snarl_context_release(up);
	await_blocked(&tid[0]);
}

static void *listen_to_own(void *unused)
{
	publish_tid(&tid[0]);
	snarl_receive(snarl_context_done(snarl_task_context()), NULL);
	return unused;
}

static void own_context(void)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	leave("listener", listen_to_own, NULL, 0, c);
	snarl_context_release(c);
}

static void *receive_with_own(void *channel)
{
	publish_tid(&tid[0]);
	snarl_receive_with(channel, NULL, snarl_task_context());
	return NULL;
}

static void with(void)
{
	struct snarl_context *c = snarl_context_with_cancel(NULL);
	leave("receiver", receive_with_own, make(1), 0, c);
	snarl_context_release(c);
}

static void *take_twice(void *semaphore)
{
	publish_tid(&tid[0]);
	CHECK(snarl_semaphore_acquire(semaphore, 2) == 0);
	snarl_semaphore_acquire(semaphore, 2);
	snarl_semaphore_release(semaphore);
	return NULL;
}

static void semaphore(void)
{
	struct snarl_semaphore *s = snarl_semaphore_new(3);
	leave("taker", take_twice, snarl_semaphore_retain(s), 0, NULL);
	snarl_semaphore_release(s);
}

static void *meet(void *rendezvous)
{
	publish_tid(&tid[0]);
	snarl_rendezvous_exchange(rendezvous, NULL, NULL);
	snarl_rendezvous_release(rendezvous);
	return NULL;
}

static void exchange(void)
{
	struct snarl_rendezvous *r = snarl_rendezvous_new();
	leave("alone", meet, snarl_rendezvous_retain(r), 0, NULL);
	snarl_rendezvous_release(r);
}

static const struct {
	const char *name;
	void (*run)(void);
} variants[] = {
	{"lock", lock},
	{"used", used},
	{"rwlock", read_and_write},
	{"circle", circle},
	{"join", join},
	{"chain", chain},
	{"group", alone_at_group},
	{"context", given_context},
	{"own_context", own_context},
	{"with", with},
	{"semaphore", semaphore},
	{"exchange", exchange},
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(argv[1], variants[i].name))
			variants[i].run();
	puts("done");
	return 0;
}
