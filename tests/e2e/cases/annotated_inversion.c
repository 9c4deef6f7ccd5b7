/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks of the program's own make that are taken in opposite orders. Those that are made of
 * pthread's are one lock each all the same. */
// variants: futex pthread rw readers mixed
// expect: lock-order-inversion predicted
// json: len(f.objects) == 2 and any(o.type.startswith("annotated") for o in f.objects)
// text: forwards
// text: backwards
#include "annotated.h"

static struct annotated first, second;
static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
static unsigned outer_flags;
static int mixed;

static void take_second(void)
{
	if (mixed)
		pthread_mutex_lock(&plain);
	else
		annotated_take(&second, 0);
}

static void drop_second(void)
{
	if (mixed)
		pthread_mutex_unlock(&plain);
	else
		annotated_drop(&second, 0);
}

static void *forwards(void *unused)
{
	annotated_take(&first, outer_flags);
	take_second();
	drop_second();
	annotated_drop(&first, outer_flags);
	turn_next();
	turn_reached(2);
	return unused;
}

static void *backwards(void *unused)
{
	turn_reached(1);
	take_second();
	annotated_take(&first, 0);
	annotated_drop(&first, 0);
	drop_second();
	turn_next();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	const char *is = argc > 1 ? argv[1] : "futex";
	int readers = !strcmp(is, "readers");
	mixed = !strcmp(is, "mixed");
	outer_flags = readers ? READ_LOCK : 0;
	annotated_init(&first, annotated_kind(readers ? "rw" : is), 0);
	annotated_init(&second, annotated_kind(readers ? "rw" : is), 0);
	START(&one, forwards, NULL);
	START(&two, backwards, NULL);
	JOIN(one);
	JOIN(two);
	puts("done");
	return 0;
}
