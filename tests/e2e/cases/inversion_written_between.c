/* SPDX-License-Identifier: Apache-2.0
 *
 * Under a read lock a flag says in which order two locks are taken; writers of that rwlock change
 * it. Whether it is the flag that decides nobody can see: with a writer between the orders, always,
 * the inversion is a suspect; where both came up between the same two writers it is none of theirs.
 */
// variants: between toggled none same before again writer annotated annotated-same
// expect: lock-order-inversion predicted
// expect[between]: lock-order-inversion suspect
// expect[toggled]: lock-order-inversion suspect
// expect[writer]: lock-order-inversion suspect
// expect[annotated]: lock-order-inversion suspect
// json[between]: "write locks" in f.why and [o.type for o in f.objects].count("rwlock") == 1
// text[between]: is held for reading around the steps
#include "annotated.h"
#include "locks.h"

static struct lock a, b, outer;
static struct annotated marked;
static int annotated, backwards;

static void read_begin(void)
{
	if (annotated)
		annotated_take(&marked, READ_LOCK);
	else
		pthread_rwlock_rdlock(&outer.rwlock);
}

static void read_end(void)
{
	if (annotated)
		annotated_drop(&marked, READ_LOCK);
	else
		pthread_rwlock_unlock(&outer.rwlock);
}

/* A writer: it may change the order, or something else. */
static void write_once(int change)
{
	if (annotated)
		annotated_take(&marked, 0);
	else
		lock_take(&outer);
	backwards ^= change;
	if (annotated)
		annotated_drop(&marked, 0);
	else
		lock_drop(&outer);
}

static __attribute__((noinline)) void forward(void)
{
	read_begin();
	lock_take(&a);
	lock_take(&b);
	lock_drop(&b);
	lock_drop(&a);
	read_end();
}

static __attribute__((noinline)) void backward(void)
{
	read_begin();
	lock_take(&b);
	lock_take(&a);
	lock_drop(&a);
	lock_drop(&b);
	read_end();
}

static void by_flag(void)
{
	read_begin();
	struct lock *first = backwards ? &b : &a, *second = backwards ? &a : &b;
	lock_take(first);
	lock_take(second);
	lock_drop(second);
	lock_drop(first);
	read_end();
}

static const char *how;

static int is(const char *name)
{
	return !strcmp(how, name);
}

/* Both threads do the same, whatever the flag says. */
static void *follow(void *unused)
{
	int rounds = is("toggled") ? 200 : 2;
	for (int i = 0; i < rounds; i++) {
		turn_reached(3 * i + 1);
		by_flag();
		turn_next();
		turn_reached(3 * i + 3);
	}
	return unused;
}

static void rounds(void)
{
	int n = is("toggled") ? 200 : 2;
	for (int i = 0; i < n; i++) {
		turn_next();
		by_flag();
		turn_reached(3 * i + 2);
		write_once(1);
		turn_next();
	}
}

static void *go_backward(void *unused)
{
	turn_await(1);
	backward();
	turn_next();
	turn_await(3);
	return unused;
}

/* The main thread goes forward in the first section, the other one backward in the last. */
static void against(void)
{
	int writers = is("same") || is("annotated-same") ? 3 : is("again") ? 100 : 0;
	forward();
	if (is("before")) {
		forward();
	}
	for (int i = 0; i < writers; i++) {
		write_once(1);
		if (!is("again") || i + 1 < writers)
			forward();
	}
	turn_next();
	turn_await(2);
	/* An order that is new makes others look again, also after many writers. */
	if (is("again"))
		forward();
	turn_next();
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "between";
	pthread_t other;
	int flag = is("between") || is("toggled") || is("writer") || is("annotated");
	annotated = !strncmp(how, "annotated", 9);
	lock_init(&a, NORMAL);
	lock_init(&b, NORMAL);
	lock_init(&outer, is("writer") ? RWLOCK_WRITER : RWLOCK);
	annotated_init(&marked, annotated_kind("rw"), 0);
	write_once(0);
	START(&other, flag ? follow : go_backward, NULL);
	if (is("before"))
		write_once(0);
	if (flag)
		rounds();
	else
		against();
	JOIN(other);
	puts("done");
	return 5;
}
