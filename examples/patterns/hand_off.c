/* SPDX-License-Identifier: Apache-2.0
 *
 * Channel hand-off.  One task makes values, another uses them, and nothing is shared but the
 * channel.  The sender closes: it alone knows that no more will come.
 *
 * Wrong: examples/channel/orphan_receive.c, examples/channel/join_before_close.c,
 * examples/channel/send_on_closed.c, examples/channel/double_close.c.
 *
 *	sum of squares: 385 */
#include <snarl_channel.h>
#include <stdio.h>

SNARL_CHANNEL_OF(numbers, int);

static void *make_squares(void *argument)
{
	struct numbers *out = argument;

	for (int i = 1; i <= 10; i++)
		numbers_send(out, i * i);
	numbers_close(out);
	return NULL;
}

int main(void)
{
	struct numbers *squares = numbers_new(0);
	struct snarl_task *maker = snarl_task_spawn("maker", make_squares, squares, NULL);
	int sum = 0;

	for (int n; numbers_receive(squares, &n) == 0;)
		sum += n;
	printf("sum of squares: %d\n", sum);
	snarl_task_join(maker, NULL);
	snarl_task_release(maker);
	numbers_release(squares);
	return 0;
}
