/* SPDX-License-Identifier: Apache-2.0
 *
 * Rate limiter.  A burst goes through at once, then one for each interval.  Who cannot wait is told
 * so and sheds the load.
 *
 *	at once: 3, refused: 2
 *	one more, after a while */
#include <snarl_channel.h>
#include <stdio.h>

int main(void)
{
	struct snarl_limiter *requests = snarl_limiter_new(SNARL_SECOND / 20, 3);
	int64_t start = snarl_now();
	int passed = 0;

	for (int i = 0; i < 5; i++)
		passed += snarl_limiter_allow(requests, 1);
	printf("at once: %d, refused: %d\n", passed, 5 - passed);
	if (snarl_limiter_wait(requests, 1) == 0 && snarl_now() - start >= SNARL_SECOND / 20)
		printf("one more, after a while\n");
	snarl_limiter_release(requests);
	return 0;
}
