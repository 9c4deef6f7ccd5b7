/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks that leave their thread in other ways than by returning, fork, spawn tasks of their own
 * from many threads at once, and are joined late; handles that are kept when their task is long
 * over. */
// needs: channel
// expect: silent
// variants: exit fork crowd kept keep_none
#include "case.h"
#include <snarl_channel.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static struct snarl_task *spawn(const char *name, void *(*function)(void *), void *argument)
{
	struct snarl_task *t = snarl_task_spawn(name, function, argument, NULL);
	CHECK(t);
	return t;
}

static void join(struct snarl_task *t)
{
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
}

static void *leave(void *unused)
{
	CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
	if (unused)
		return unused;
	pthread_exit(NULL);
}

static void leave_by_exit(void)
{
	for (int i = 0; i < 50; i++) {
		join(spawn("leaves", leave, NULL));
		join(spawn("returns", leave, &mutex));
	}
}

static void *send_one(void *channel)
{
	int v = 1;
	CHECK(snarl_send(channel, &v) == 0);
	return NULL;
}

/* The child has one thread and uses only what it makes. */
static void in_child(void)
{
	struct snarl_channel *c = snarl_channel_new(sizeof(int), 0);
	struct snarl_task *t = spawn("child's", send_one, c);
	CHECK(snarl_receive(c, NULL) == 0);
	join(t);
	snarl_channel_release(c);
}

static void *fork_one(void *unused)
{
	int status;
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child) {
		in_child();
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return unused;
}

static void fork_in_task(void)
{
	for (int i = 0; i < 5; i++) {
		join(spawn("forks", fork_one, NULL));
		fork_one(NULL);
	}
}

static void *spawn_some(void *depth)
{
	struct snarl_task *t[2];
	if (!depth)
		return NULL;
	for (int i = 0; i < 2; i++)
		t[i] = spawn("nested", spawn_some, (char *)depth - 1);
	for (int i = 0; i < 2; i++)
		join(t[i]);
	return NULL;
}

static void crowd(void)
{
	pthread_t thread[4];
	for (int i = 0; i < 4; i++)
		START(&thread[i], spawn_some, (void *)5);
	for (int i = 0; i < 4; i++)
		JOIN(thread[i]);
}

static void keep_handles(void)
{
	struct snarl_task *kept[40];
	for (int i = 0; i < 40; i++)
		kept[i] = snarl_task_retain(spawn("kept", leave, &mutex));
	for (int i = 39; i >= 0; i--) {
		join(kept[i]);
		CHECK(snarl_task_join(kept[i], NULL) == -EINVAL);
		snarl_task_release(kept[i]);
	}
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "exit";
	if (!strcmp(variant, "exit"))
		leave_by_exit();
	else if (!strcmp(variant, "fork"))
		fork_in_task();
	else if (!strcmp(variant, "crowd"))
		crowd();
	else
		keep_handles();
	if (!strcmp(variant, "keep_none")) {
		snarl_task_keep_idle(0);
		keep_handles();
		crowd();
	}
	puts("done");
	return 0;
}
