/* SPDX-License-Identifier: Apache-2.0
 *
 * Three kinds of waits in one knot: main waits for the group before it reads the reports, the saver
 * reports while it holds the table, and the checker, which would be done at once, needs the table.
 *
 * Right: examples/patterns/fan.c: somebody receives while others send, and no lock is held
 * meanwhile. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <pthread.h>
#include <snarl_channel.h>
#include <stdio.h>

SNARL_CHANNEL_OF(reports, const char *);

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_wait_group *group;
static struct reports *reports;

static void *check_table(void *unused)
{
	pthread_mutex_lock(&table);
	pthread_mutex_unlock(&table);
	snarl_wait_group_done(group);
	return unused;
}

static void *save_table(void *unused)
{
	pthread_mutex_lock(&table);
	snarl_wait_group_add(group, 1);
	snarl_task_detach(snarl_task_spawn("checker", check_table, NULL, NULL));
	reports_send(reports, "saved");
	pthread_mutex_unlock(&table);
	snarl_wait_group_done(group);
	return unused;
}

int main(void)
{
	const char *report;

	group = snarl_wait_group_new();
	reports = reports_new(0);
	snarl_wait_group_add(group, 1);
	snarl_task_detach(snarl_task_spawn("saver", save_table, NULL, NULL));
	snarl_wait_group_wait(group);
	reports_close(reports);
	while (reports_receive(reports, &report) == 0)
		puts(report);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 3 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits for wait group W1, T2 'saver' waits to send on channel
 *       K1, T3 'checker' waits for mutex 'table' (M1)  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for wait group W1 here:
 *       #0  main  examples/channel/channel_and_lock_knot.c:48:2
 *             48 | snarl_wait_group_wait(group);
 *     T2 'saver' acquired mutex 'table' (M1) here:
 *       #0  save_table  examples/channel/channel_and_lock_knot.c:31:2
 *             31 | pthread_mutex_lock(&table);
 *     T2 'saver' waits to send on channel K1 here, while it holds mutex 'table' (M1):
 *       #0  save_table  examples/channel/channel_and_lock_knot.c:34:2
 *             34 | reports_send(reports, "saved");
 *     T3 'checker' waits for mutex 'table' (M1) here:
 *       #0  check_table  examples/channel/channel_and_lock_knot.c:23:2
 *             23 | pthread_mutex_lock(&table);
 *     T2 'saver' was created by T1 'main' in main at
 *         examples/channel/channel_and_lock_knot.c:47:2
 *     T3 'checker' was created by T2 'saver' in save_table at
 *         examples/channel/channel_and_lock_knot.c:33:2
 *     wait group W1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/channel_and_lock_knot.c:44:10
 *     mutex 'table' (M1): 0xX, static in channel_and_lock_knot, declared at
 *         examples/channel/channel_and_lock_knot.c:17
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/channel_and_lock_knot.c:45:12
 *     fix: Hold no lock while sending, receiving or waiting for others; where that cannot be,
 *         wait with a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
