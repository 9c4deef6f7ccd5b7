/* SPDX-License-Identifier: Apache-2.0
 *
 * Pipeline.  Stages work at the same time, each on what the one before it gave.  The slow one has
 * two tasks, and `ordered` keeps the results in line.  What lies between stages is bounded, so a
 * slow stage slows the source down.  Closing the front ends it all, stage by stage.
 *
 * Wrong: examples/channel/pipeline_not_drained.c.
 *
 *	4 16 36 64 100 */
#include <snarl_channel.h>
#include <stdint.h>
#include <stdio.h>

static int keep_even(void *item, void **result, void *unused)
{
	(void)result;
	(void)unused;
	return (intptr_t)item % 2 ? 1 : 0;
}

static int square(void *item, void **result, void *unused)
{
	(void)unused;
	*result = (void *)((intptr_t)item * (intptr_t)item);
	return 0;
}

static void *feed(void *argument)
{
	struct snarl_pipeline *pipeline = argument;

	for (intptr_t i = 1; i <= 10; i++)
		snarl_pipeline_send(pipeline, (void *)i);
	snarl_pipeline_close(pipeline);
	return NULL;
}

int main(void)
{
	struct snarl_stage stages[] = {
		{.name = "filter", .function = keep_even, .capacity = 2},
		{.name = "square", .function = square, .parallel = 2, .ordered = 1, .capacity = 2},
	};
	struct snarl_pipeline *pipeline = snarl_pipeline_new(stages, 2, 2, NULL, NULL);
	struct snarl_task *feeder = snarl_task_spawn("feeder", feed, pipeline, NULL);
	const char *between = "";

	for (void *result; snarl_pipeline_receive(pipeline, &result) == 0; between = " ")
		printf("%s%ld", between, (long)(intptr_t)result);
	printf("\n");
	snarl_task_join(feeder, NULL);
	snarl_task_release(feeder);
	if (snarl_pipeline_wait(pipeline))
		return 1;
	snarl_pipeline_release(pipeline);
	return 0;
}
