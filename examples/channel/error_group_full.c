/* SPDX-License-Identifier: Apache-2.0
 *
 * A group with a limit, and a task of it that starts another one: it waits for room that only its
 * own end would make.
 *
 * Right: examples/patterns/error_group.c: who waits for the group starts its tasks; in a task,
 * snarl_error_group_try_go, and the work itself where there is no room. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_error_group *group;

static int list_files(void *unused)
{
	(void)unused;
	return 0;
}

static int list_folder(void *unused)
{
	return snarl_error_group_go(group, "files", list_files, unused);
}

int main(void)
{
	group = snarl_error_group_new(NULL, 1);
	snarl_error_group_go(group, "folder", list_folder, NULL);
	if (snarl_error_group_wait(group) == 0)
		puts("listed");
	snarl_error_group_release(group);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 2 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' and 1 more wait for error group W1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for error group W1 here:
 *       #0  main  examples/channel/error_group_full.c:31:6
 *             31 | if (snarl_error_group_wait(group) == 0)
 *     T2 'folder' waits for error group W1 here:
 *       #0  list_folder  examples/channel/error_group_full.c:24:9
 *             24 | return snarl_error_group_go(group, "files", list_files, unused);
 *     T2 'folder' was created by T1 'main' in main at examples/channel/error_group_full.c:30:2
 *     error group W1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/error_group_full.c:29:10
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
