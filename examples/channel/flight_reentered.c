/* SPDX-License-Identifier: Apache-2.0
 *
 * To load a page, its parent is loaded by the same single flight; the root is its own parent, so
 * that the call waits for itself.  The library refuses it, and nobody looks at the result.
 *
 * Right: examples/patterns/single_flight.c: what is loaded needs nothing of the same flight. */
// needs: channel
// expect: self-deadlock suspect
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_flight *flight;

static int load(void *path, void **value)
{
	void *parent = NULL;

	snarl_flight_do(flight, "/", 1, load, path, &parent);
	*value = path;
	return 0;
}

int main(void)
{
	void *page = NULL;

	flight = snarl_flight_new(NULL);
	if (snarl_flight_do(flight, "/", 1, load, "/", &page) == 0)
		printf("loaded %s\n", (char *)page);
	snarl_flight_release(flight);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== self-deadlock (suspect): T1 'main' calls single flight R1 from within and would
 *       wait for itself  [id X]
 *     why: the call saw that and returned -EDEADLK; few programs look at the result
 *     T1 'main' calls single flight R1 here:
 *       #0  load                 examples/channel/flight_reentered.c:18:2
 *             18 | snarl_flight_do(flight, "/", 1, load, path, &parent);
 *       #1  flight_do            channel/flight.c:161:6
 *       #2  snarl_flight_try_do  channel/flight.c:167:1
 *       #3  main                 examples/channel/flight_reentered.c:28:6
 *     single flight R1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/flight_reentered.c:27:11
 *     fix: Do not wait for an object in what it runs: let the caller outside do it, or do the
 *         work directly; and look at the result.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
