/* SPDX-License-Identifier: Apache-2.0
 *
 * A new object's lock is initialised and held while the object is put on a list, under the list's
 * lock; others take first the list's lock and then the object's. Nobody can know the object before
 * it is on the list. Of every lock type; while another lock is held, and with two locks in the
 * object. */
// variants: normal recursive errorcheck adaptive pi rwlock writer spin mtx mtx-timed
// variants: mtx-recursive outer two
// expect: silent
// json: summary.refuted["not-yet-known"] >= 1
#include "locks.h"

struct object {
	struct lock lock, second;
	int state;
};

static struct lock list_lock, outer;
static struct object *listed;
static int holds_outer, two;

static void publish(struct object *o)
{
	lock_take(&list_lock);
	listed = o;
	lock_drop(&list_lock);
}

static void *creator(void *kind)
{
	struct object *o = calloc(1, sizeof *o);
	if (holds_outer)
		lock_take(&outer);
	lock_init(&o->lock, *(enum lock_kind *)kind);
	lock_init(&o->second, *(enum lock_kind *)kind);
	lock_take(&o->lock);
	if (two)
		lock_take(&o->second);
	publish(o);
	o->state = 1;
	if (two)
		lock_drop(&o->second);
	lock_drop(&o->lock);
	if (holds_outer)
		lock_drop(&outer);
	turn_next();
	return NULL;
}

static void *visitor(void *unused)
{
	turn_await(1);
	lock_take(&list_lock);
	lock_take(&listed->lock);
	CHECK(listed->state == 1);
	lock_drop(&listed->lock);
	lock_drop(&list_lock);
	if (two) {
		lock_take(&list_lock);
		lock_take(&listed->second);
		lock_drop(&listed->second);
		lock_drop(&list_lock);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, other;
	const char *how = argc > 1 ? argv[1] : "normal";
	holds_outer = !strcmp(how, "outer");
	two = !strcmp(how, "two");
	enum lock_kind kind = holds_outer || two ? NORMAL : lock_kind(how);
	lock_init(&list_lock, kind);
	lock_init(&outer, NORMAL);
	START(&one, creator, &kind);
	START(&other, visitor, NULL);
	JOIN(one);
	JOIN(other);
	free(listed);
	puts("done");
	return 7;
}
