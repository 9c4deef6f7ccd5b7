/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests as scopes of their own, side by side in one process: each that leaves something behind is
 * told by its name, and no other.  "clean": all give back what they took. */
// variants: leaks clean
// expect[leaks]: leaked-worker confirmed
// expect[leaks]: thread-leak confirmed
// expect[leaks]: lock-held-at-scope-end confirmed
// expect[clean]: silent
// json[leaks]: sorted(f.scope for f in findings) == ["test 11", "test 27", "test 43"]
// stdout[leaks]: 3
// stdout[clean]: 0
#include "case.h"
#include <snarl.h>

#define TESTS 50
static int leaky;
static sem_t for_ever, done;
static pthread_mutex_t kept[TESTS];
static int failed;

static void *waits(void *semaphore)
{
	CHECK(sem_wait(semaphore) == 0);
	return NULL;
}

static void *ends(void *unused)
{
	return unused;
}

static void leak(int n, pthread_t *thread)
{
	if (n == 11)
		START(thread, waits, &for_ever);
	if (n == 27)
		START(thread, ends, NULL);
	if (n == 43)
		CHECK(pthread_mutex_lock(&kept[n]) == 0);
}

static void *test(void *number)
{
	int n = (int)(long)number;
	char name[32];
	pthread_t helper, leaked;
	snprintf(name, sizeof name, "test %d", n);
	snarl_scope_begin(name);
	START(&helper, waits, &done);
	if (leaky)
		leak(n, &leaked);
	CHECK(sem_post(&done) == 0);
	JOIN(helper);
	if (snarl_scope_end()) {
		CHECK(strstr(snarl_text(), name));
		__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
	}
	if (leaky && n == 43)
		pthread_mutex_unlock(&kept[n]);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t tests[TESTS];
	leaky = argc > 1 && !strcmp(argv[1], "leaks");
	sem_init(&for_ever, 0, 0);
	sem_init(&done, 0, 0);
	for (int i = 0; i < TESTS; i++)
		pthread_mutex_init(&kept[i], NULL);
	for (int i = 0; i < TESTS; i++)
		START(&tests[i], test, (void *)(long)i);
	for (int i = 0; i < TESTS; i++)
		JOIN(tests[i]);
	printf("%d\n", failed);
	return 0;
}
