/* SPDX-License-Identifier: Apache-2.0
 *
 * Activating a plugin fails, and the way out neither publishes the result nor broadcasts.  Stuck:
 * the waiter in the condition, and the main thread, receiving from the waiter's done channel.
 * Repaired: the error is published and told. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: waiter waits activated
// stuck[bug]: main waits channel
#include "kernel.h"

enum state { INACTIVE, ACTIVE, FAILED };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t activated = PTHREAD_COND_INITIALIZER;
static enum state state;

static int load_manifest(void)
{
	return -ENOENT;
}

static void publish(enum state next)
{
	pthread_mutex_lock(&mutex);
	state = next;
	pthread_cond_broadcast(&activated);
	pthread_mutex_unlock(&mutex);
}

static void activate(void)
{
	if (load_manifest() == 0)
		publish(ACTIVE);
	else if (fixed)
		publish(FAILED);
}

static void *wait_active(void *done)
{
	pthread_mutex_lock(&mutex);
	while (state == INACTIVE)
		pthread_cond_wait(&activated, &mutex);
	pthread_mutex_unlock(&mutex);
	snarl_channel_close(done);
	snarl_channel_release(done);
	return NULL;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	struct snarl_channel *done = channel(0);
	struct snarl_task *waiter = spawn("waiter", wait_active, snarl_channel_retain(done));
	activate();
	snarl_receive(done, NULL);
	snarl_channel_release(done);
	return leave(waiter);
}
