/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that wait in a ring for locks of the program's own make; one that waits for its own. */
// variants: futex pthread rw mixed self
// expect: deadlock confirmed
// expect[self]: self-deadlock confirmed
// hangs
// json: any(o.type.startswith("annotated") for o in f.objects)
#include "annotated.h"

static struct annotated a, b;
static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static int mixed;

static void *left(void *unused)
{
	annotated_take(&a, 0);
	pthread_barrier_wait(&both);
	if (mixed)
		pthread_mutex_lock(&plain);
	else
		annotated_take(&b, 0);
	return unused;
}

static void *right(void *unused)
{
	if (mixed)
		pthread_mutex_lock(&plain);
	else
		annotated_take(&b, 0);
	pthread_barrier_wait(&both);
	annotated_take(&a, 0);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	const char *is = argc > 1 ? argv[1] : "futex";
	mixed = !strcmp(is, "mixed");
	annotated_init(&a, annotated_kind(is), 0);
	annotated_init(&b, annotated_kind(is), 0);
	pthread_barrier_init(&both, NULL, 2);
	if (!strcmp(is, "self")) {
		annotated_take(&a, 0);
		annotated_take(&a, 0);
	}
	START(&one, left, NULL);
	START(&two, right, NULL);
	JOIN(one);
	JOIN(two);
	puts("never");
	return 0;
}
