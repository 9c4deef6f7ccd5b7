/* SPDX-License-Identifier: Apache-2.0
 *
 * Short-lived locks whose records serve one another: what one of them was part of is never held
 * against the next.  Two threads take objects and a lasting lock in one order, then new objects at
 * the same addresses in the other order. */
// variants: plain destroyed
// expect: silent
#include "case.h"

#define ROUNDS 2000
#define OBJECTS 8

static pthread_mutex_t lasting = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t objects[OBJECTS];
static pthread_barrier_t both;
static int is_destroyed;

static void make_all(void)
{
	for (int i = 0; i < OBJECTS; i++) {
		if (is_destroyed)
			CHECK(!pthread_mutex_init(&objects[i], NULL));
		else
			memset(&objects[i], 0, sizeof objects[i]);
	}
}

static void drop_all(void)
{
	for (int i = 0; is_destroyed && i < OBJECTS; i++)
		CHECK(!pthread_mutex_destroy(&objects[i]));
}

static void take_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	CHECK(!pthread_mutex_lock(first));
	CHECK(!pthread_mutex_lock(second));
	CHECK(!pthread_mutex_unlock(second));
	CHECK(!pthread_mutex_unlock(first));
}

/* Three generations a round: before the lasting lock, after it, and in a ring of its own. */
static void use_all(int generation)
{
	for (int i = 0; i < OBJECTS; i++) {
		pthread_mutex_t *next = &objects[(i + 1) % OBJECTS];
		if (generation == 0)
			take_both(&objects[i], &lasting);
		else if (generation == 1)
			take_both(&lasting, &objects[i]);
		else if (i + 1 < OBJECTS)
			take_both(&objects[i], next);
	}
}

static void *work(void *argument)
{
	for (int round = 0; round < ROUNDS; round++) {
		if (argument)
			make_all();
		pthread_barrier_wait(&both);
		use_all(round % 3);
		pthread_barrier_wait(&both);
		if (argument)
			drop_all();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t other;
	is_destroyed = argc > 1 && !strcmp(argv[1], "destroyed");
	pthread_barrier_init(&both, NULL, 2);
	pthread_create(&other, NULL, work, NULL);
	work(&other);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&both);
	puts("done");
	return 0;
}
