/* SPDX-License-Identifier: Apache-2.0
 *
 * Rendezvous.  Two threads meet and swap what they brought; neither goes on before the other is
 * there.  Here a buffer that is full goes one way while an empty one comes the other.
 *
 * Wrong: examples/channel/rendezvous_alone.c.
 *
 *	3 buffers with 12 bytes */
#include <snarl_channel.h>
#include <stdio.h>

#define ROUNDS 3

struct buffer {
	int bytes;
};

/* Fills whatever buffer it has, and swaps it for an empty one. */
static void *fill(void *rendezvous)
{
	struct buffer own = {0}, *mine = &own;
	void *theirs;

	for (int i = 0; i < ROUNDS; i++) {
		mine->bytes = i + 3;
		if (snarl_rendezvous_exchange(rendezvous, mine, &theirs))
			break;
		mine = theirs;
	}
	/* The buffer on this stack is in use until the other says that it has done. */
	snarl_rendezvous_exchange(rendezvous, NULL, NULL);
	return NULL;
}

int main(void)
{
	struct snarl_rendezvous *rendezvous = snarl_rendezvous_new();
	struct snarl_task *filler = snarl_task_spawn("filler", fill, rendezvous, NULL);
	struct buffer own = {0}, *mine = &own;
	int buffers = 0, bytes = 0;
	void *theirs;

	for (; buffers < ROUNDS; buffers++) {
		mine->bytes = 0;
		if (snarl_rendezvous_exchange(rendezvous, mine, &theirs))
			break;
		mine = theirs;
		bytes += mine->bytes;
	}
	snarl_rendezvous_exchange(rendezvous, NULL, NULL);
	printf("%d buffers with %d bytes\n", buffers, bytes);
	snarl_task_join(filler, NULL);
	snarl_task_release(filler);
	snarl_rendezvous_release(rendezvous);
	return 0;
}
