/* SPDX-License-Identifier: Apache-2.0
 *
 * Correct uses of annotated locks: under a common lock, with tries, by readers, taken again where
 * that is allowed, given up at once however often they were taken, diverted into the program's own
 * code, with signals inside, and one made of another. */
// variants: gate trying readers again all divert signals nested anew contended
// expect: silent
#include "annotated.h"

#define ROUNDS 500

static struct annotated a, b, outer;
static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
static const char *is;
static int count;

static int variant(const char *name)
{
	return !strcmp(is, name);
}

static void both(int backwards)
{
	unsigned flags = variant("readers") ? READ_LOCK : 0;
	struct annotated *one = backwards ? &b : &a, *two = backwards ? &a : &b;
	if (variant("gate"))
		annotated_take(&outer, 0);
	annotated_take(one, flags);
	if (!variant("trying"))
		annotated_take(two, flags);
	if (!variant("trying") || annotated_try(two))
		annotated_drop(two, flags);
	annotated_drop(one, flags);
	if (variant("gate"))
		annotated_drop(&outer, 0);
}

/* Reentrant: the annotations say so, and how often it was given up. */
static void again(void)
{
	TELL(__tsan_mutex_pre_lock(&a, REENTRANT));
	TELL(__tsan_mutex_post_lock(&a, REENTRANT, 0));
	TELL(__tsan_mutex_pre_lock(&a, REENTRANT));
	TELL(__tsan_mutex_post_lock(&a, REENTRANT, 0));
	if (variant("all")) {
		int times = 2;
		TELL(times = __tsan_mutex_pre_unlock(&a, REENTRANT | RECURSIVE_UNLOCK));
		TELL(__tsan_mutex_post_unlock(&a, REENTRANT | RECURSIVE_UNLOCK));
		CHECK(times == 2);
		TELL(__tsan_mutex_pre_lock(&a, REENTRANT | RECURSIVE_LOCK));
		TELL(__tsan_mutex_post_lock(&a, REENTRANT | RECURSIVE_LOCK, times));
	}
	for (int i = 0; i < 2; i++) {
		TELL(__tsan_mutex_pre_unlock(&a, REENTRANT));
		TELL(__tsan_mutex_post_unlock(&a, REENTRANT));
	}
}

/* The program's own code runs while the lock is being taken, and takes what others hold over it. */
static void divert(int backwards)
{
	if (backwards) {
		pthread_mutex_lock(&plain);
		annotated_take(&a, 0);
		annotated_drop(&a, 0);
		pthread_mutex_unlock(&plain);
		return;
	}
	TELL(__tsan_mutex_pre_lock(&a, 0));
	TELL(__tsan_mutex_pre_divert(&a, 0));
	pthread_mutex_lock(&plain);
	pthread_mutex_unlock(&plain);
	TELL(__tsan_mutex_post_divert(&a, 0));
	annotated_wait(&a, 0);
	TELL(__tsan_mutex_post_lock(&a, 0, 0));
	annotated_drop(&a, 0);
}

/* An inner mutex that is taken in whatever order, inside. */
static void nested(int backwards)
{
	if (!backwards)
		annotated_take(&a, 0);
	TELL(__tsan_mutex_pre_lock(&b, 0));
	annotated_take(&outer, 0);
	if (backwards)
		annotated_take(&a, 0), annotated_drop(&a, 0);
	annotated_drop(&outer, 0);
	TELL(__tsan_mutex_post_lock(&b, 0, 0));
	annotated_drop(&b, 0);
	if (!backwards)
		annotated_drop(&a, 0);
}

static void once(int backwards)
{
	if (variant("again") || variant("all"))
		return again();
	if (variant("divert"))
		return divert(backwards);
	both(backwards);
}

static void *work(void *backwards)
{
	int later = backwards != NULL;
	if (variant("contended")) {
		for (int i = 0; i < ROUNDS; i++) {
			annotated_take(&a, 0);
			count++;
			annotated_drop(&a, 0);
		}
		return NULL;
	}
	if (later)
		turn_reached(1);
	once(later);
	if (!later) {
		turn_next();
		turn_reached(2);
	}
	turn_next();
	return NULL;
}

/* Memory that serves other locks, which are told of as new. */
static void *anew(void *backwards)
{
	if (backwards)
		turn_reached(1);
	annotated_take(backwards ? &b : &a, 0);
	annotated_take(backwards ? &a : &b, 0);
	annotated_drop(backwards ? &a : &b, 0);
	annotated_drop(backwards ? &b : &a, 0);
	if (!backwards) {
		TELL(__tsan_mutex_destroy(&a, 0));
		TELL(__tsan_mutex_destroy(&b, 0));
		TELL(__tsan_mutex_create(&a, 0));
		TELL(__tsan_mutex_create(&b, 0));
	}
	turn_next();
	return NULL;
}

static void signals(void)
{
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	TELL(__tsan_mutex_pre_signal(&a, 0));
	pthread_cond_signal(&cond);
	TELL(__tsan_mutex_post_signal(&a, 0));
	pthread_cond_destroy(&cond);
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	is = argc > 1 ? argv[1] : "gate";
	annotated_init(&a,
		       variant("readers")     ? OF_READERS
		       : variant("contended") ? OF_PTHREAD
					      : OF_FUTEX,
		       0);
	annotated_init(&b, a.kind, 0);
	annotated_init(&outer, OF_PTHREAD, 0);
	if (variant("signals")) {
		signals();
	} else if (variant("nested")) {
		nested(0);
	} else {
		START(&one, variant("anew") ? anew : work, NULL);
		START(&two, variant("anew") ? anew : work, &a);
		JOIN(one);
		JOIN(two);
	}
	printf("done %d\n", count);
	return 0;
}
