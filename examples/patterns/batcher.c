/* SPDX-License-Identifier: Apache-2.0
 *
 * Batcher.  What is cheaper together is collected: a batch goes when it is full or when its first
 * element has waited for a minute.  Shutdown flushes the rest, so nothing is lost.
 *
 * Wrong: examples/channel/batcher_flush_waits.c.
 *
 *	wrote 4
 *	wrote 4
 *	wrote 2 */
#include <snarl_channel.h>
#include <stdio.h>

static void write_rows(const void *rows, size_t count, void *unused)
{
	(void)rows;
	(void)unused;
	printf("wrote %zu\n", count);
}

int main(void)
{
	struct snarl_batch rows = {
		.element_size = sizeof(int),
		.size = 4,
		.interval = 60 * SNARL_SECOND,
		.capacity = 16,
		.flush = write_rows,
	};
	struct snarl_batcher *batcher = snarl_batcher_new(&rows, NULL);

	for (int i = 0; i < 10; i++)
		snarl_batcher_add(batcher, &i);
	snarl_batcher_shutdown(batcher);
	snarl_batcher_release(batcher);
	return 0;
}
