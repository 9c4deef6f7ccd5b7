/* SPDX-License-Identifier: Apache-2.0
 *
 * A declared order of locks: a single thread that takes them against it is told at once; as
 * declared, by trylock, or without a declaration of one of them it is not. */
// variants: level subclass address late ordered ordered_subclass ordered_address try undeclared
// expect: silent
// expect[level]: lock-order-inversion predicted
// expect[subclass]: lock-order-inversion predicted
// expect[address]: lock-order-inversion predicted
// expect[late]: lock-order-inversion predicted
// json[level]: f.message == "thread T1 'main' takes mutex 'locks[0]' (M2) while it holds mutex 'locks[1]' (M1), against their declared order"
// json[level]: roles(f) == ["holds", "wants"]
#include "said.h"

static pthread_mutex_t locks[2];

static void nest(int outer, int inner, int try)
{
	pthread_mutex_lock(&locks[outer]);
	if (try)
		CHECK(pthread_mutex_trylock(&locks[inner]) == 0);
	else
		pthread_mutex_lock(&locks[inner]);
	pthread_mutex_unlock(&locks[inner]);
	pthread_mutex_unlock(&locks[outer]);
}

static void declare(const char *is)
{
	if (strstr(is, "address"))
		for (int i = 0; i < 2; i++)
			snarl_lock_level(&locks[i], 5, 0);
	else if (strstr(is, "subclass"))
		for (int i = 0; i < 2; i++)
			snarl_lock_level(&locks[i], 5, i);
	else if (strcmp(is, "undeclared"))
		for (int i = 0; i < 2; i++)
			snarl_lock_level(&locks[i], i - 1, 0);
	else
		snarl_lock_level(&locks[0], 1, 0);
}

int main(int argc, char **argv)
{
	const char *is = argc > 1 ? argv[1] : "level";
	int right = !strncmp(is, "ordered", 7);
	/* Before it is known at all. */
	if (!strcmp(is, "late"))
		declare("level");
	for (int i = 0; i < 2; i++)
		pthread_mutex_init(&locks[i], NULL);
	if (strcmp(is, "late"))
		declare(is);
	nest(!right, right, !strcmp(is, "try"));
	return 0;
}
