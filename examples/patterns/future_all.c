/* SPDX-License-Identifier: Apache-2.0
 *
 * Futures, all of them.  Several results are wanted together; the first failure would be known at
 * once, without waiting for the rest.
 *
 * Wrong: examples/channel/promise_not_kept.c.
 *
 *	1 + 4 + 9 = 14 */
#include <snarl_channel.h>
#include <stdint.h>
#include <stdio.h>

static int square(void *n, void **value)
{
	*value = (void *)((intptr_t)n * (intptr_t)n);
	return 0;
}

int main(void)
{
	struct snarl_future *squares[3], *all;
	intptr_t sum = 0;

	for (intptr_t i = 0; i < 3; i++)
		squares[i] = snarl_future_spawn("square", square, (void *)(i + 1), NULL, NULL);
	all = snarl_future_all(squares, 3);
	if (snarl_future_get(all, NULL) == 0) {
		for (int i = 0; i < 3; i++) {
			void *value;
			snarl_future_get(squares[i], &value);
			sum += (intptr_t)value;
		}
		printf("1 + 4 + 9 = %ld\n", (long)sum);
	}
	snarl_future_release(all);
	for (int i = 0; i < 3; i++)
		snarl_future_release(squares[i]);
	return 0;
}
