/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of the channel library that would wait for their own caller: they return EDEADLK, which
 * programs overlook.  Each with a twin that asks for something else, or waits for somebody else. */
// needs: channel
// variants: flight pool actor join other_key other_pool other_actor other_task
// expect: self-deadlock suspect
// expect[other_key]: silent
// expect[other_pool]: silent
// expect[other_actor]: silent
// expect[other_task]: silent
#include "case.h"
#include <snarl_channel.h>

static struct snarl_flight *flight;
static struct snarl_pool *pool, *other_pool;
static struct snarl_actor *other_actor;
static struct snarl_task *task;
static int other;

static int answer(void *unused, void **value)
{
	*value = unused;
	return 0;
}

/* Runs for the key "a", and asks for it again. */
static int ask_again(void *unused, void **value)
{
	int e = snarl_flight_do(flight, other ? "b" : "a", 1, answer, unused, value);
	CHECK(e == (other ? 0 : -EDEADLK));
	return 0;
}

static void fly(void)
{
	void *value;
	flight = snarl_flight_new(NULL);
	CHECK(flight && snarl_flight_do(flight, "a", 1, ask_again, NULL, &value) == 0);
	snarl_flight_release(flight);
}

static int shut_down(void *unused, void **value)
{
	int e = snarl_pool_shutdown(other ? other_pool : pool);
	CHECK(e == (other ? 0 : -EDEADLK));
	return answer(unused, value);
}

static void shut_down_pools(void)
{
	struct snarl_job job = {.function = shut_down};
	struct snarl_future *f = NULL;
	void *value;
	pool = snarl_pool_new("pool", 1, 1, SNARL_FULL_BLOCK, NULL);
	other_pool = snarl_pool_new("other", 1, 1, SNARL_FULL_BLOCK, NULL);
	CHECK(pool && other_pool && snarl_pool_submit(pool, &job, &f) == 0);
	CHECK(snarl_future_get(f, &value) == 0);
	snarl_future_release(f);
	CHECK(snarl_pool_shutdown(pool) == 0);
	snarl_pool_release(pool);
	snarl_pool_release(other_pool);
}

static void *join_it(void *unused)
{
	turn_await(1);
	int e = snarl_task_join(task, NULL);
	CHECK(e == (other ? 0 : -EDEADLK));
	return unused;
}

static void *nothing(void *unused)
{
	return unused;
}

static void join(void)
{
	struct snarl_task *joiner = snarl_task_spawn("joiner", join_it, NULL, NULL);
	task = other ? snarl_task_spawn("other", nothing, NULL, NULL) : joiner;
	turn_next();
	CHECK(snarl_task_join(joiner, NULL) == 0);
	snarl_task_release(joiner);
	if (other)
		snarl_task_release(task);
}

static void wait_for_it(struct snarl_actor *self, struct snarl_message *m, void *state)
{
	int e = snarl_actor_wait(other ? other_actor : self);
	CHECK(e == (other ? 0 : -EDEADLK));
	(void)m;
	(void)state;
}

static void act(void)
{
	struct snarl_behaviour waits = {.name = "actor", .mailbox = 1, .handle = wait_for_it};
	struct snarl_actor *actor = snarl_actor_new(&waits, NULL, NULL);
	other_actor = snarl_actor_new(&waits, NULL, NULL);
	CHECK(actor && other_actor && snarl_actor_stop(other_actor) == 0);
	CHECK(snarl_actor_send(actor, NULL) == 0 && snarl_actor_stop(actor) == 0);
	CHECK(snarl_actor_wait(actor) == 0 && snarl_actor_wait(other_actor) == 0);
	snarl_actor_release(actor);
	snarl_actor_release(other_actor);
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "flight";
	other = strstr(variant, "other") != NULL;
	if (strstr(variant, "key") || !strcmp(variant, "flight"))
		fly();
	else if (strstr(variant, "pool"))
		shut_down_pools();
	else if (strstr(variant, "actor"))
		act();
	else
		join();
	puts("done");
	return 0;
}
