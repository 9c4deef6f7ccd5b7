/* SPDX-License-Identifier: Apache-2.0
 *
 * Fan-out and fan-in.  Elements of one channel are spread over several workers, whichever is free,
 * and what they make is gathered in one channel again.  Each channel is closed by who sends on it,
 * and so the end passes through.
 *
 * Wrong: examples/channel/fan_in_abandoned.c, examples/channel/channel_and_lock_knot.c.
 *
 *	sum of doubles: 110 */
#include <snarl_channel.h>
#include <stdio.h>

#define WORKERS 3

struct worker {
	struct snarl_channel *in, *out;
	struct snarl_task *task;
};

static void *double_all(void *worker)
{
	struct worker *w = worker;

	for (int n; snarl_receive(w->in, &n) == 0;) {
		n *= 2;
		snarl_send(w->out, &n);
	}
	snarl_channel_close(w->out);
	return NULL;
}

static void *count(void *out)
{
	for (int i = 1; i <= 10; i++)
		snarl_send(out, &i);
	snarl_channel_close(out);
	return NULL;
}

int main(void)
{
	struct snarl_channel *numbers = snarl_channel_new(sizeof(int), 0);
	struct snarl_channel *in[WORKERS], *out[WORKERS], *doubles;
	struct worker workers[WORKERS];
	struct snarl_task *counter;
	int sum = 0;

	for (int i = 0; i < WORKERS; i++) {
		workers[i].in = in[i] = snarl_channel_new(sizeof(int), 0);
		workers[i].out = out[i] = snarl_channel_new(sizeof(int), 0);
		workers[i].task = snarl_task_spawn("double", double_all, &workers[i], NULL);
	}
	counter = snarl_task_spawn("count", count, numbers, NULL);
	snarl_fan_out(numbers, in, WORKERS, NULL);
	doubles = snarl_fan_in(out, WORKERS, 0, NULL);
	for (int n; snarl_receive(doubles, &n) == 0;)
		sum += n;
	printf("sum of doubles: %d\n", sum);

	snarl_task_join(counter, NULL);
	snarl_task_release(counter);
	for (int i = 0; i < WORKERS; i++) {
		snarl_task_join(workers[i].task, NULL);
		snarl_task_release(workers[i].task);
		snarl_channel_release(in[i]);
		snarl_channel_release(out[i]);
	}
	snarl_channel_release(doubles);
	snarl_channel_release(numbers);
	return 0;
}
