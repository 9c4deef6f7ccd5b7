/* SPDX-License-Identifier: Apache-2.0
 *
 * Assigning a token sends it, under the token lock, on the one-slot channel of the keeper; the
 * keeper's loop, the only receiver, has just got a tick and wants the token lock to delete what has
 * expired.  Stuck: one client in the send with the lock, the other and the keeper at the lock, the
 * main thread at the wait group.  Repaired: tokens are added to a map with a mutex of its own. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: keeper waits tokens
// stuck[bug]: client-0 waits channel
// stuck[bug]: client-0 holds tokens
// stuck[bug]: client-1 waits tokens
// stuck[bug]: main waits wait group
#include "kernel.h"

static pthread_rwlock_t tokens = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t map = PTHREAD_MUTEX_INITIALIZER; /* the repaired keeper's */
static struct snarl_channel *added, *stop;
static struct snarl_wait_group *group;
static int kept;
static pid_t client_tid[2];

static void keep(int token)
{
	pthread_mutex_lock(&map);
	kept += token;
	pthread_mutex_unlock(&map);
}

static void delete_expired(void)
{
	pthread_rwlock_wrlock(&tokens);
	pthread_rwlock_unlock(&tokens);
}

/* The first tick finds the client that holds the lock on its way into the full channel. */
static void on_tick(void)
{
	static int ticks;

	if (ticks++ == 0) {
		turn_next();
		await_stuck(&client_tid[0]);
		await_stuck(&client_tid[1]);
	}
	delete_expired();
}

static void *run_keeper(void *ticker)
{
	int token;
	struct snarl_case cases[] = {
		{.channel = stop}, {.channel = added, .value = &token}, {.channel = ticker}};

	for (int chosen; (chosen = snarl_select(cases, 3)) != 0;)
		if (chosen == 1)
			keep(token);
		else
			on_tick();
	snarl_channel_release(ticker);
	return NULL;
}

static void assign(int token)
{
	pthread_rwlock_wrlock(&tokens);
	if (fixed)
		keep(token);
	else
		snarl_send(added, &token);
	pthread_rwlock_unlock(&tokens);
}

/* The first client gets two tokens, and the second of these finds the channel full. */
static void *authenticate(void *number)
{
	long n = (long)number;

	turn_reached(1);
	if (n == 1)
		await_stuck(&client_tid[0]);
	publish_tid(&client_tid[n]);
	assign(1);
	assign(1);
	snarl_wait_group_done(group);
	return NULL;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	added = channel(1);
	stop = channel(0);
	group = snarl_wait_group_new();
	snarl_wait_group_add(group, 2);
	struct snarl_task *keeper =
		spawn("keeper", run_keeper, snarl_ticker_new(SNARL_MILLISECOND));
	struct snarl_task *first = spawn("client-0", authenticate, (void *)0L);
	struct snarl_task *second = spawn("client-1", authenticate, (void *)1L);
	snarl_wait_group_wait(group);
	snarl_channel_close(stop);
	int status = leave(keeper, first, second);
	CHECK(kept == 4);
	snarl_channel_release(added);
	snarl_channel_release(stop);
	snarl_wait_group_release(group);
	return status;
}
