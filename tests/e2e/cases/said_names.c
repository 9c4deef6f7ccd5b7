/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that the program has given names: reports use them, also of one that was not in use yet; a
 * name goes with its object, and not to the next one at its place. */
// expect: lock-order-inversion predicted
// json: sorted(o.name for o in f.objects) == ["accounts", "journal"]
// text: mutex 'journal' \(M
#include "said.h"

static pthread_mutex_t *accounts, *journal;

static void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
	pthread_mutex_lock(outer);
	pthread_mutex_lock(inner);
	pthread_mutex_unlock(inner);
	pthread_mutex_unlock(outer);
}

static void *one(void *unused)
{
	nest(accounts, journal);
	turn_next();
	turn_reached(2);
	return unused;
}

static void *two(void *unused)
{
	turn_reached(1);
	nest(journal, accounts);
	turn_next();
	return unused;
}

int main(void)
{
	pthread_t threads[2];
	accounts = calloc(1, sizeof *accounts);
	journal = calloc(1, sizeof *journal);
	snarl_name(accounts, "accounts");
	pthread_mutex_init(journal, NULL);
	snarl_name(journal, "of another");
	pthread_mutex_destroy(journal);
	pthread_mutex_init(journal, NULL);
	snarl_name(journal, "journal");
	START(&threads[0], one, NULL);
	START(&threads[1], two, NULL);
	JOIN(threads[0]);
	JOIN(threads[1]);
	free(accounts);
	free(journal);
	return 0;
}
