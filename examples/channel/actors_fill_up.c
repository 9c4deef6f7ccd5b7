/* SPDX-License-Identifier: Apache-2.0
 *
 * Two actors send each other more than they take: as soon as both mailboxes are full, each waits
 * for room in the other's, and handles nothing meanwhile.
 *
 * Right: examples/patterns/ask.c: one direction is answered by promises, which never wait; or it
 * sends with a deadline. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include "asleep.h"
#include <snarl_channel.h>

static struct snarl_actor *ping, *pong;

static void play(struct snarl_actor *self, struct snarl_message *ball, void *unused)
{
	struct snarl_actor *other = self == ping ? pong : ping;

	(void)unused;
	for (int i = 0; i < 3; i++)
		snarl_actor_send(other, ball->body);
}

int main(void)
{
	struct snarl_behaviour pinging = {.name = "ping", .mailbox = 1, .handle = play};
	struct snarl_behaviour ponging = {.name = "pong", .mailbox = 1, .handle = play};

	ping = snarl_actor_new(&pinging, NULL, NULL);
	pong = snarl_actor_new(&ponging, NULL, NULL);
	snarl_actor_send(ping, "ball");
	await_others_asleep();
	snarl_actor_wait(ping);
	puts("never printed");
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 3 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits for actor R1, T2 'ping' waits to send on actor R2, T3
 *       'pong' waits to send on actor R1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for actor R1 here:
 *       #0  main  examples/channel/actors_fill_up.c:34:2
 *             34 | snarl_actor_wait(ping);
 *     T2 'ping' waits to send on actor R2 here:
 *       #0  play  examples/channel/actors_fill_up.c:22:3
 *             22 | snarl_actor_send(other, ball->body);
 *     T3 'pong' waits to send on actor R1 here:
 *       #0  play  examples/channel/actors_fill_up.c:22:3
 *             22 | snarl_actor_send(other, ball->body);
 *     an earlier wakeup on R1 came from T3 'pong' here, X s before T1 'main' began to wait:
 *       #0  play  examples/channel/actors_fill_up.c:22:3
 *             22 | snarl_actor_send(other, ball->body);
 *     T2 'ping' was created by T1 'main' in main at examples/channel/actors_fill_up.c:30:9
 *     T3 'pong' was created by T1 'main' in main at examples/channel/actors_fill_up.c:31:9
 *     actor R1: 0xX, first used by T1 'main' in main at examples/channel/actors_fill_up.c:32:2
 *     actor R2: 0xX, first used by T2 'ping' in play at examples/channel/actors_fill_up.c:22:3
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
