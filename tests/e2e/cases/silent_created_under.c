/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread is created under a lock that it has to get before its own step, and its creator's step
 * comes before it gives the lock up: the steps never meet. Of every lock type; by pthread and C11;
 * with further locks held, threads created, and readers behind a writer. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer spin mtx
// variants: mtx-timed mtx-recursive several reader inner
// expect: silent
// json: summary.refuted["created-under"] == 1
#include "locks.h"

static struct lock a, b, other;
static const char *how;
static int reads;

static void *worker(void *unused)
{
	if (reads) {
		pthread_rwlock_rdlock(&a.rwlock);
		pthread_rwlock_unlock(&a.rwlock);
	} else {
		lock_take(&a); /* the start gate */
		lock_drop(&a);
	}
	lock_take(&b);
	lock_take(&a);
	lock_drop(&a);
	lock_drop(&b);
	return unused;
}

static int c11_worker(void *unused)
{
	worker(unused);
	return 0;
}

static void step(void)
{
	lock_take(&b);
	lock_drop(&b);
}

int main(int argc, char **argv)
{
	pthread_t one, two = 0;
	thrd_t three;
	how = argc > 1 ? argv[1] : "normal";
	int several = !strcmp(how, "several"), inner = !strcmp(how, "inner");
	reads = !strcmp(how, "reader");
	lock_init(&a, reads ? RWLOCK : several || inner ? NORMAL : lock_kind(how));
	lock_init(&b, a.kind);
	lock_init(&other, NORMAL);
	if (several)
		lock_take(&other);
	lock_take(&a);
	if (inner) {
		lock_take(&other); /* on top while the thread is created, gone at the step */
		START(&one, worker, NULL);
		lock_drop(&other);
	} else {
		START(&one, worker, NULL);
	}
	if (several)
		START(&two, worker, NULL);
	if (a.kind >= MTX)
		CHECK(thrd_create(&three, c11_worker, NULL) == thrd_success);
	step();
	lock_drop(&a);
	if (several)
		lock_drop(&other);
	JOIN(one);
	if (several)
		JOIN(two);
	if (a.kind >= MTX)
		CHECK(thrd_join(three, NULL) == thrd_success);
	puts("done");
	return 7;
}
