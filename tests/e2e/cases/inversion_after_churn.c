/* SPDX-License-Identifier: Apache-2.0
 *
 * Thousands of short-lived locks have come and gone in orders with a lasting one, and their records
 * have served others: an inversion of a new one with the lasting one is found all the same, with
 * its own stacks. */
// variants: leaf root destroyed same-address
// expect: lock-order-inversion predicted
// json: len(findings) == 1
// json: sorted({s.frames[0].function for s in f.stacks}) == ["back", "take_both"]
#include "case.h"

#define ROUNDS 5000

struct object {
	pthread_mutex_t mutex;
	char more[64];
};

static pthread_mutex_t lasting = PTHREAD_MUTEX_INITIALIZER;
static struct object *object, standing;
static int is_leaf, is_destroyed, is_standing;

static void make(void)
{
	object = is_standing ? &standing : malloc(sizeof *object);
	CHECK(object);
	if (is_destroyed) {
		CHECK(!pthread_mutex_init(&object->mutex, NULL));
	} else {
		/* As the constructor of a std::mutex does it, whose destructor does nothing. */
		memset(object, 0, sizeof *object);
	}
}

static void drop(void)
{
	if (is_destroyed)
		CHECK(!pthread_mutex_destroy(&object->mutex));
	if (!is_standing)
		free(object);
}

static void take_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	CHECK(!pthread_mutex_lock(first));
	CHECK(!pthread_mutex_lock(second));
	CHECK(!pthread_mutex_unlock(second));
	CHECK(!pthread_mutex_unlock(first));
}

static void *back(void *unused)
{
	turn_await(1);
	pthread_mutex_lock(is_leaf ? &object->mutex : &lasting);
	pthread_mutex_lock(is_leaf ? &lasting : &object->mutex);
	pthread_mutex_unlock(&lasting);
	pthread_mutex_unlock(&object->mutex);
	return unused;
}

/* The last object is used like all before it, by the same thread from the same places. */
int main(int argc, char **argv)
{
	pthread_t other;
	CHECK(argc == 2);
	is_leaf = strcmp(argv[1], "root") != 0;
	is_destroyed = !strcmp(argv[1], "destroyed");
	is_standing = !strcmp(argv[1], "same-address");
	pthread_create(&other, NULL, back, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		if (i)
			drop();
		make();
		take_both(is_leaf ? &lasting : &object->mutex, is_leaf ? &object->mutex : &lasting);
	}
	turn_next();
	pthread_join(other, NULL);
	puts("done");
	return 0;
}
