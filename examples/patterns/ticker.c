/* SPDX-License-Identifier: Apache-2.0
 *
 * Ticker.  Something is done every so often, until somebody says stop: the ticker and the context's
 * done channel are cases of one select.  A slow receiver misses ticks, they do not pile up.
 *
 * Wrong: examples/channel/ticker_stopped.c.
 *
 *	tick 1
 *	tick 2
 *	tick 3
 *	stopped */
#include <snarl_channel.h>
#include <stdio.h>

int main(void)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_channel *ticker = snarl_ticker_new(2 * SNARL_MILLISECOND);
	struct snarl_case cases[] = {
		{snarl_context_done(context), NULL, SNARL_RECEIVE, 0},
		{ticker, NULL, SNARL_RECEIVE, 0},
	};
	int ticks = 0;

	while (snarl_select_ordered(cases, 2) == 1) {
		printf("tick %d\n", ++ticks);
		if (ticks == 3)
			snarl_context_cancel(context);
	}
	printf("stopped\n");
	snarl_timer_stop(ticker);
	snarl_channel_release(ticker);
	snarl_context_release(context);
	return 0;
}
