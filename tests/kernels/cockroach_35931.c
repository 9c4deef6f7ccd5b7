/* SPDX-License-Identifier: Apache-2.0
 *
 * A flow is cancelled: under the registry's mutex an error row is pushed into the receiver's
 * channel, which has one slot, is full, and has no consumer as the flow never started.  Stuck: the
 * main thread in that send, with the mutex.  Repaired: a row that finds no room is dropped. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: main waits channel
#include "kernel.h"

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_channel *rows;

static void push(int row)
{
	if (fixed)
		snarl_try_send(rows, &row);
	else
		snarl_send(rows, &row);
}

static void cancel_flow(void)
{
	pthread_mutex_lock(&registry);
	push(-1);
	pthread_mutex_unlock(&registry);
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	rows = channel(1);
	push(1);
	cancel_flow();
	snarl_channel_release(rows);
	puts("main leaves");
	return 0;
}
