/* SPDX-License-Identifier: Apache-2.0
 *
 * A lock is held across a send, and who should receive needs the lock first.
 *
 * Right: examples/patterns/actor.c, where one task owns what the lock guards; or unlock, and then
 * send. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <pthread.h>
#include <snarl_channel.h>
#include <stdio.h>

SNARL_CHANNEL_OF(events, int);

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static int entries;

static void *count_events(void *argument)
{
	struct events *in = argument;

	for (int event; events_receive(in, &event) == 0;) {
		pthread_mutex_lock(&table);
		entries += event;
		pthread_mutex_unlock(&table);
	}
	return NULL;
}

int main(void)
{
	struct events *out = events_new(0);
	struct snarl_task *counter = snarl_task_spawn("counter", count_events, out, NULL);

	pthread_mutex_lock(&table);
	for (int event = 0; event < 10; event++)
		events_send(out, event);
	pthread_mutex_unlock(&table);
	events_close(out);
	snarl_task_join(counter, NULL);
	snarl_task_release(counter);
	events_release(out);
	printf("%d entries\n", entries);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 2 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits to send on channel K1, T2 'counter' waits for mutex
 *       'table' (M1)  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' acquired mutex 'table' (M1) here:
 *       #0  main  examples/channel/channel_deadlock.c:36:2
 *             36 | pthread_mutex_lock(&table);
 *     T1 'main' waits to send on channel K1 here, while it holds mutex 'table' (M1):
 *       #0  main  examples/channel/channel_deadlock.c:38:3
 *             38 | events_send(out, event);
 *     T2 'counter' waits for mutex 'table' (M1) here:
 *       #0  count_events  examples/channel/channel_deadlock.c:24:3
 *             24 | pthread_mutex_lock(&table);
 *     an earlier receive on K1 came from T2 'counter' here, X s before T1 'main' began to wait:
 *       #0  count_events  examples/channel/channel_deadlock.c:23:18
 *             23 | for (int event; events_receive(in, &event) == 0;) {
 *     T2 'counter' was created by T1 'main' in main at examples/channel/channel_deadlock.c:34:31
 *     mutex 'table' (M1): 0xX, static in channel_deadlock, declared at
 *         examples/channel/channel_deadlock.c:16
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/channel_deadlock.c:33:23
 *     fix: Hold no lock while sending, receiving or waiting for others; where that cannot be,
 *         wait with a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
