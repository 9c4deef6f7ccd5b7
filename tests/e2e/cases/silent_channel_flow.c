/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools, pipelines and topics at work and shut down: their own tasks sleep between
 * the program's calls, and are left behind asleep. */
// needs: channel
// expect: silent
// variants: pool reject pipeline topic left
#include "case.h"
#include <snarl_channel.h>

static int count;

static int add_one(void *unused, void **value)
{
	(void)unused;
	__atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
	*value = NULL;
	return 0;
}

static void pool(void)
{
	struct snarl_job job = {.function = add_one};
	struct snarl_pool *p = snarl_pool_new("pool", 2, 1, SNARL_FULL_BLOCK, NULL);
	for (int i = 0; i < 300; i++) {
		struct snarl_future *f = NULL;
		CHECK(snarl_pool_submit(p, &job, i % 3 ? NULL : &f) == 0);
		if (f) {
			CHECK(snarl_future_get(f, NULL) == 0);
			snarl_future_release(f);
		}
	}
	CHECK(snarl_pool_shutdown(p) == 0 && count == 300);
	snarl_pool_release(p);
}

static int wait_for_turn(void *unused, void **value)
{
	(void)unused;
	*value = NULL;
	turn_await(1);
	return 0;
}

/* Full, and its callers do not wait, though nobody else runs. */
static void reject(void)
{
	struct snarl_job job = {.function = wait_for_turn};
	struct snarl_pool *p = snarl_pool_new("pool", 1, 1, SNARL_FULL_REJECT, NULL);
	int e = 0;
	for (int i = 0; i < 20; i++)
		e = snarl_pool_submit(p, &job, NULL);
	CHECK(e == -EAGAIN);
	turn_next();
	CHECK(snarl_pool_shutdown(p) == 0);
	snarl_pool_release(p);
}

static int pass(void *item, void **result, void *unused)
{
	(void)unused;
	*result = item;
	return 0;
}

static void *feed(void *pipeline)
{
	static int items[200];
	for (int i = 0; i < 200; i++)
		CHECK(snarl_pipeline_send(pipeline, &items[i]) == 0);
	CHECK(snarl_pipeline_close(pipeline) == 0);
	return NULL;
}

static void pipeline(void)
{
	struct snarl_stage stages[] = {{.name = "first", .function = pass, .parallel = 2},
				       {.name = "second", .function = pass, .ordered = 1}};
	struct snarl_pipeline *p = snarl_pipeline_new(stages, 2, 2, NULL, NULL);
	CHECK(p);
	struct snarl_task *t = snarl_task_spawn("feeder", feed, p, NULL);
	void *item;
	int n = 0;
	while (snarl_pipeline_receive(p, &item) == 0)
		n++;
	CHECK(n == 200 && snarl_pipeline_wait(p) == 0);
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
	snarl_pipeline_release(p);
}

static void *no_more(void *unused)
{
	return unused;
}

static void left(void)
{
	struct snarl_pool *p = snarl_pool_new("pool", 3, 1, SNARL_FULL_BLOCK, NULL);
	struct snarl_task *t = snarl_task_spawn("task", no_more, NULL, NULL);
	CHECK(p && snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
}

static void topic(void)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s = snarl_topic_subscribe(t, 4, SNARL_FULL_DROP_OLDEST);
	int v = 3;
	CHECK(snarl_topic_publish(t, &v) == 1 && snarl_subscription_receive(s, &v) == 0);
	CHECK(snarl_topic_close(t) == 0 && snarl_subscription_receive(s, &v) == -EPIPE);
	snarl_subscription_release(s);
	snarl_topic_release(t);
}

static const struct {
	const char *name;
	void (*run)(void);
} variants[] = {{"pool", pool},
		{"reject", reject},
		{"pipeline", pipeline},
		{"topic", topic},
		{"left", left}};

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(argv[1], variants[i].name))
			variants[i].run();
	puts("done");
	return 0;
}
